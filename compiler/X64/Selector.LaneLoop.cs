using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Loops over the set lanes of a mask, for what the machine has no vector instruction for.</summary>
internal sealed partial class Selector
{
    private const int AllLanes = 0xFFFF;

    /// <summary>A loop being emitted: the lane's number in a register and in every element of a vector.</summary>
    private struct LaneLoop
    {
        public Reg Bits, Lane, LaneVector, Result, SecondResult;
        public int Header, Exit;
    }

    /// <summary>Address parts that do not change from lane to lane.</summary>
    private struct LaneAccess
    {
        public bool Wide;
        public Reg Base, Offsets, HighOffsets;
        public int Displacement;
    }

    private LaneLoop BeginLanes(Reg mask, bool result, bool wideResult = false)
    {
        var loop = new LaneLoop
        {
            Bits = _m.NewReg(RegKind.G32), Result = Reg.None, SecondResult = Reg.None, Header = NewBlock(1), Exit = NewBlock(),
        };
        if (mask.IsNone)
            IntegerConstant(loop.Bits, AllLanes & ((1 << _lanes) - 1), RegKind.G32);
        else
            Copy(loop.Bits, MaskBits(mask));
        if (result)
        {
            loop.Result = _m.NewReg(RegKind.Vec);
            _m.Add(ConstantLoad(loop.Result, 0, 4));
            if (wideResult)
            {
                loop.SecondResult = _m.NewReg(RegKind.Vec);
                _m.Add(ConstantLoad(loop.SecondResult, 0, 4));
            }
        }

        TestSelf(loop.Bits, RegKind.G32);
        End(TerminatorKind.ConditionalJump, loop.Exit, loop.Header, Condition.Equal);
        Begin(loop.Header);
        _loopDepth++;
        loop.Lane = Two(Code.Tzcnt_r32_rm32, RegKind.G32, loop.Bits, OperandSize.B32, OperandSize.B32);
        loop.LaneVector = ToVector(loop.Lane);
        return loop;
    }

    private void EndLanes(in LaneLoop loop)
    {
        // blsr dst, src: clears the lowest set bit and says whether any is left.
        Two(Code.VEX_Blsr_r32_rm32, loop.Bits, loop.Bits, OperandSize.B32, OperandSize.B32);
        TestSelf(loop.Bits, RegKind.G32);
        End(TerminatorKind.ConditionalJump, loop.Header, loop.Exit, Condition.NotEqual);
        _loopDepth--;
        Begin(loop.Exit);
    }

    /// <summary>The loop's lane of a vector of 32-bit elements, in a general register.</summary>
    private Reg ExtractLane(Reg vector, in LaneLoop loop) => ToGeneral(Vec(V.PermD, loop.LaneVector, vector));

    /// <summary>Puts a value that stands in every element into the loop's lane of the result.</summary>
    private void InsertLane(in LaneLoop loop, Reg value, bool wide)
    {
        if (!wide)
        {
            InsertWhere(loop.Result, LaneEquals(LaneSequence(0, 1), loop.LaneVector, false), value, false);
            return;
        }

        // Lane numbers as 64-bit elements, twice.
        var lane = Vec(V.SrlIQ, Vec(V.SllIQ, loop.LaneVector, 32), 32);
        InsertWhere(loop.Result, LaneEquals(WideLanes(0), lane, true), value, true);
        InsertWhere(loop.SecondResult, LaneEquals(WideLanes(_lanes / 2), lane, true), value, true);
    }

    private Reg WideLanes(int first)
    {
        Span<int> elements = stackalloc int[16];
        elements.Clear();
        for (int i = 0; i < _lanes / 2; i++)
            elements[2 * i] = first + i;
        return VectorOf(elements[.._lanes]);
    }

    private Reg LaneEquals(Reg lanes, Reg lane, bool wide)
    {
        if (!_avx512)
            return Vec(wide ? V.CmpEqQ : V.CmpEqD, lanes, lane);
        var mask = _m.NewReg(RegKind.Mask);
        Vec(wide ? V.CmpQ : V.CmpD, mask, lanes, lane, 0);
        return mask;
    }

    private void InsertWhere(Reg result, Reg mask, Reg value, bool wide)
    {
        if (_avx512)
            Copy(result, Blend(mask, value, result, wide));
        else
            Copy(result, BlendVector(mask, value, result));
    }

    private LaneAccess PrepareLaneAccess(ValueId v)
    {
        ref var node = ref _f[v];
        bool wide = node.Op is Op.ScatterWide or Op.LaneAtomicRmwWide or Op.LaneAtomicCompareExchangeWide;
        if (wide)
        {
            var address = _f.Operand(v, 0);
            Reg low = R(address), high = R(address, 1);
            if (node.Imm != 0)
            {
                low = Vec(V.AddQ, low, K64((ulong)node.Imm, V.AddQ));
                high = Vec(V.AddQ, high, K64((ulong)node.Imm, V.AddQ));
            }

            return new LaneAccess { Wide = true, Base = Reg.None, Offsets = low, HighOffsets = high };
        }

        // The lanes' offsets count as signed: biased like those of contiguous accesses.
        var offsets = Vec(V.XorD, LaneOffsets(v), K32(0x80000000, V.XorD));
        long displacement = node.Imm + int.MinValue;
        if (displacement != (int)displacement)
        {
            offsets = Vec(V.AddD, offsets, K32((uint)node.Imm, V.AddD));
            displacement = int.MinValue;
        }

        return new LaneAccess { Base = R(_f.Operand(v, 0)), Offsets = offsets, Displacement = (int)displacement };
    }

    private Mem LaneAddress(in LaneAccess access, in LaneLoop loop)
    {
        if (access.Wide)
        {
            var address = ToGeneral64(Extract64(access.Offsets, access.HighOffsets, loop.Lane));
            return Mem.At(Confine(address), 0);
        }

        return Mem.At(access.Base, ExtractLane(access.Offsets, loop), 1, access.Displacement);
    }
}
