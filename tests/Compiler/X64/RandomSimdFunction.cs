using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Tests.X64;

/// <summary>
/// Random Simd-level functions: elementwise ops of all types, masks, accesses of all shapes, values that live across
/// diamonds and loops. Reads buffer 0, reads and writes buffer 1, and stores what is alive at the end to buffer 2.
/// </summary>
internal sealed class RandomSimdFunction
{
    /// <summary>Bytes of buffers 0, 1 and 2.</summary>
    public const int InputBytes = 4096, ScratchBytes = 4096, OutputBytes = 64 * 1024;

    private static readonly Scalar[] Numbers =
        [Scalar.I8, Scalar.I16, Scalar.I32, Scalar.I32, Scalar.I32, Scalar.I64, Scalar.F16, Scalar.F32, Scalar.F32, Scalar.F32, Scalar.F64];

    private readonly Random _random;
    private readonly Function _f = new() { Level = FunctionLevel.Simd };
    private readonly List<ValueId> _values = [];
    private readonly bool _avx512;
    private readonly ValueId[] _bases = new ValueId[3];
    private BlockId _block;

    private RandomSimdFunction(int seed, bool avx512)
    {
        _random = new Random(seed);
        _avx512 = avx512;
    }

    /// <param name="avx512">Also what only the AVX-512 path supports.</param>
    public static Function Make(int seed, int size, bool avx512)
    {
        var made = new RandomSimdFunction(seed, avx512);
        made.Build(size);
        return made._f;
    }

    private void Build(int size)
    {
        for (int i = 0; i < 3; i++)
            _f.Resources.Add(new Resource(0, i, 1, 16 * i, 16, -1));
        _block = NewBlock();
        var zero = Const(IrType.I32, 0);
        for (int i = 0; i < 3; i++)
        {
            _bases[i] = Add(Op.BufferBase, IrType.Base, [zero], 0, i);
            _values.RemoveAt(_values.Count - 1);
        }

        foreach (var scalar in Numbers)
        {
            LoadContiguous(scalar, true);
            UniformLoad(scalar);
        }

        Compare(true);
        Compare(false);
        while (size > 0)
        {
            int piece = 4 + _random.Next(12);
            size -= piece;
            switch (_random.Next(4))
            {
                case 0: Diamond(piece); break;
                case 1: Loop(piece); break;
                default: Straight(piece); break;
            }
        }

        StoreAll();
        Append(Op.Return, IrType.Void, []);
    }

    private BlockId NewBlock()
    {
        var b = _f.NewBlock();
        _f.Layout.Add(b);
        return b;
    }

    private ValueId Append(Op op, IrType type, ValueId[] operands, long imm = 0, int aux = 0, NodeFlags flags = NodeFlags.None)
    {
        var id = _f.NewNode(op, type, operands, imm, aux, flags);
        _f.Append(_block, id);
        return id;
    }

    private ValueId Add(Op op, IrType type, ValueId[] operands, long imm = 0, int aux = 0, NodeFlags flags = NodeFlags.None)
    {
        var id = Append(op, type, operands, imm, aux, flags);
        // Which NaN comes out of two is nobody's promise: none is kept.
        if (type.IsFloat && op != Op.Splat)
        {
            var ordered = Append(Op.FEq, new IrType(Scalar.Bool, type.Lanes), [id, id]);
            id = Append(Op.Select, type, [ordered, id, Const(type, 0)]);
        }

        _values.Add(id);
        return id;
    }

    private ValueId Const(IrType type, long bits) => Append(Op.Const, type, [], bits);

    private bool Chance(int percent) => _random.Next(100) < percent;

    private long RandomBits(IrType type)
    {
        long bits = _random.Next(5) switch
        {
            0 => 0,
            1 => 1,
            2 => _random.Next(100),
            3 => -1,
            _ => _random.NextInt64(long.MinValue, long.MaxValue),
        };
        if (type.Scalar == Scalar.F32 && Chance(80))
            bits = BitConverter.SingleToInt32Bits((float)((_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(12))));
        if (type.Scalar == Scalar.F64 && Chance(80))
            bits = BitConverter.DoubleToInt64Bits((_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(22)));
        return type.Bits == 64 ? bits : bits & ((1L << type.Bits) - 1);
    }

    /// <summary>A value of a type: mostly the recent ones, sometimes a constant.</summary>
    private ValueId Get(IrType type)
    {
        if (Chance(15))
            return Const(type, RandomBits(type));
        int found = -1, tries = 0;
        for (int i = _values.Count - 1 - (Chance(50) ? _random.Next(_values.Count) : 0); i >= 0; i--)
        {
            if (_f.TypeOf(_values[i]) != type)
                continue;
            found = i;
            if (tries++ > 3 || Chance(40))
                break;
        }

        return found >= 0 ? _values[found] : Const(type, RandomBits(type));
    }

    private IrType RandomType() => new(Numbers[_random.Next(Numbers.Length)], Chance(70));

    private void Straight(int count)
    {
        for (int i = 0; i < count; i++)
            Step();
    }

    private void Step()
    {
        var type = RandomType();
        switch (_random.Next(12))
        {
            case < 6:
                if (type.IsFloat)
                    FloatOp(type);
                else
                    IntegerOp(type);
                break;
            case 6: Compare(Chance(70)); break;
            case 7: SelectOp(type); break;
            case 8: Conversion(); break;
            case 9: LaneOp(type); break;
            default: MemoryOp(); break;
        }
    }

    private void IntegerOp(IrType type)
    {
        Op[] ops = [Op.IAdd, Op.ISub, Op.IMul, Op.UMulHi, Op.SMulHi, Op.UDiv, Op.SDiv, Op.URem, Op.SRem, Op.And, Op.Or, Op.Xor, Op.Not,
            Op.Shl, Op.LShr, Op.AShr, Op.UMin, Op.UMax, Op.SMin, Op.SMax, Op.PopCount, Op.BitReverse, Op.Clz, Op.Ctz];
        if (type.Bits == 32)
            ops = [.. ops, Op.UDot4, Op.SDot4];
        var op = ops[_random.Next(ops.Length)];
        ValueId[] operands = OpTable.Info(op).MaxOperands == 1 ? [Get(type)] : [Get(type), Get(type)];
        Add(op, type, operands);
    }

    private void FloatOp(IrType type)
    {
        Op[] ops = [Op.FAdd, Op.FSub, Op.FMul, Op.FDiv, Op.FNeg, Op.FAbs, Op.FSqrt, Op.FMin, Op.FMax, Op.FFloor, Op.FCeil, Op.FTrunc,
            Op.FRoundEven];
        if (type.Bits > 16)
            ops = [.. ops, Op.FFma, Op.FFma];
        var op = ops[_random.Next(ops.Length)];
        ValueId[] operands = OpTable.Info(op).MaxOperands switch
        {
            1 => [Get(type)],
            2 => [Get(type), Get(type)],
            _ => [Get(type), Get(type), Get(type)],
        };
        Add(op, type, operands);
    }

    private ValueId Compare(bool lanes)
    {
        var type = new IrType(Numbers[_random.Next(Numbers.Length)], lanes);
        Op[] ops = type.IsFloat ? [Op.FEq, Op.FLt, Op.FLe, Op.FNe, Op.FUnordered] : [Op.IEq, Op.INe, Op.ULt, Op.ULe, Op.SLt, Op.SLe];
        var result = new IrType(Scalar.Bool, lanes);
        var c = Add(ops[_random.Next(ops.Length)], result, [Get(type), Get(type)]);
        if (!Chance(40))
            return c;
        return _random.Next(4) switch
        {
            0 => Add(Op.Not, result, [c]),
            1 => Add(Op.And, result, [c, Get(result)]),
            2 => Add(Op.Or, result, [Get(result), c]),
            _ => Add(Op.Xor, result, [Get(result), c]),
        };
    }

    private void SelectOp(IrType type)
    {
        if (Chance(15))
            type = type with { Scalar = Scalar.Bool };
        Add(Op.Select, type, [Get(new IrType(Scalar.Bool, type.Lanes)), Get(type), Get(type)]);
    }

    private void Conversion()
    {
        bool lanes = Chance(70);
        IrType T(Scalar s) => new(s, lanes);
        Scalar[] ints = [Scalar.I8, Scalar.I16, Scalar.I32, Scalar.I64];
        Scalar[] floats = [Scalar.F16, Scalar.F32, Scalar.F64];
        IrType i = T(ints[_random.Next(4)]), f = T(floats[_random.Next(3)]);
        switch (_random.Next(8))
        {
            case 0:
                if (i.Bits > 8)
                    Add(Op.Trunc, T(ints[_random.Next(i.Bits == 64 ? 3 : i.Bits == 32 ? 2 : 1)]), [Get(i)]);
                break;
            case 1:
            case 2:
                if (i.Bits < 64)
                    Add(Chance(50) ? Op.ZExt : Op.SExt, T(ints[i.Bits == 32 ? 3 : i.Bits == 16 ? 2 + _random.Next(2) : 1 + _random.Next(3)]), [Get(i)]);
                break;
            case 3:
                Add(Chance(50) ? Op.FToS : Op.FToU, i, [Get(f)]);
                break;
            case 4:
                Add(Chance(50) ? Op.SToF : Op.UToF, f, [Get(i)]);
                break;
            case 5:
                if (f.Bits < 64)
                    Add(Op.FWiden, T(f.Bits == 32 ? Scalar.F64 : Chance(50) ? Scalar.F32 : Scalar.F64), [Get(f)]);
                break;
            case 6:
                if (f.Bits > 16)
                    Add(Op.FNarrow, T(f.Bits == 32 || Chance(50) ? Scalar.F16 : Scalar.F32), [Get(f)]);
                break;
            default:
                var (a, b) = f.Bits switch { 16 => (Scalar.I16, Scalar.F16), 32 => (Scalar.I32, Scalar.F32), _ => (Scalar.I64, Scalar.F64) };
                if (Chance(50))
                    (a, b) = (b, a);
                Add(Op.Bitcast, T(a), [Get(T(b))]);
                break;
        }
    }

    private void LaneOp(IrType type)
    {
        IrType lanes = type.AsLanes, uniform = type.AsUniform;
        switch (_random.Next(12))
        {
            case 0: Add(Op.Splat, lanes, [Get(uniform)]); break;
            case 1: Add(Op.LaneIndex, IrType.I32.AsLanes, []); break;
            case 2: Add(Chance(50) ? Op.MaskAny : Op.MaskAll, IrType.Bool, [Get(IrType.Mask)]); break;
            case 3: Add(Op.MaskBits, IrType.I32, [Get(IrType.Mask)]); break;
            case 4: Add(Op.MaskFromBits, IrType.Mask, [Get(IrType.I32)]); break;
            case 5: Add(Op.FirstLane, IrType.I32, [Get(IrType.Mask)]); break;
            case 6: Add(Op.ExtractLane, uniform, [Get(lanes), Get(IrType.I32)]); break;
            case 7: Add(Op.SubgroupBroadcastFirst, uniform, [Get(lanes), Get(IrType.Mask)]); break;
            case 8:
                Add(Op.SubgroupShuffle, lanes, [Get(lanes), Add(Op.And, IrType.I32.AsLanes, [Get(IrType.I32.AsLanes), Const(IrType.I32.AsLanes, 31)]),
                    Get(IrType.Mask)]);
                break;
            case 9:
                var vote = _random.Next(3) switch { 0 => Op.SubgroupAny, 1 => Op.SubgroupAll, _ => Op.SubgroupBallot };
                Add(vote, vote == Op.SubgroupBallot ? IrType.I32 : IrType.Bool, [Get(IrType.Mask), Get(IrType.Mask)]);
                break;
            case 10: Add(Op.SubgroupElect, IrType.Mask, [Get(IrType.Mask)]); break;
            default:
                // The order of float sums and products is the machine's own.
                var kind = type.IsFloat
                    ? ReduceKind.FMin + _random.Next(2)
                    : (ReduceKind)_random.Next((int)ReduceKind.FAdd);
                var reduce = _random.Next(3) switch { 0 => Op.SubgroupReduce, 1 => Op.SubgroupInclusiveScan, _ => Op.SubgroupExclusiveScan };
                bool toUniform = reduce == Op.SubgroupReduce && Chance(50);
                Add(reduce, toUniform ? uniform : lanes, [Get(lanes), Get(IrType.Mask)], toUniform || Chance(50) ? 0 : 1 << _random.Next(4), (int)kind);
                break;
        }
    }

    // Memory --------------------------------------------------------------------------------------------------------

    /// <summary>A uniform byte offset, a multiple of the alignment, with room for some bytes in a buffer.</summary>
    private ValueId Offset(int bytes, int room, int alignment)
    {
        int limit = bytes - room;
        if (Chance(40))
            return Const(IrType.I32, _random.Next(limit / alignment) * alignment);
        int mask = 1;
        while (mask * 2 <= limit)
            mask *= 2;
        return Append(Op.And, IrType.I32, [Get(IrType.I32), Const(IrType.I32, (mask - 1) & -alignment)]);
    }

    private ValueId LaneOffset(int bytes, int alignment) => Append(Op.And, IrType.I32.AsLanes,
        [Get(IrType.I32.AsLanes), Const(IrType.I32.AsLanes, (bytes / 2 - 1) & -alignment)]);

    /// <summary>Region addresses of elements of a buffer, with bits above the region's that do not count.</summary>
    private ValueId WideAddress(int buffer, int alignment)
    {
        var table = Append(Op.Confine, IrType.Base, [Append(Op.ArgLoad, IrType.I64, [], 0, ArgumentFrame.DescriptorSetOffsets)]);
        var start = Append(Op.Load, IrType.I64, [table, Const(IrType.I32, 16 * buffer)]);
        var lanes = IrType.I64.AsLanes;
        var sum = Append(Op.IAdd, lanes, [Append(Op.Splat, lanes, [start]),
            Append(Op.ZExt, lanes, [LaneOffset(InputBytes, alignment)])]);
        return Append(Op.Or, lanes, [sum, Const(lanes, 0x5A00000000000000)]);
    }

    private static readonly int[] RecordSizes = [2, 3, 4, 6, 8, 12, 16];

    private ValueId AccessMask() => Chance(40) ? Const(IrType.Mask, 1) : Get(IrType.Mask);

    private void LoadContiguous(Scalar scalar, bool whole = false)
    {
        var type = new IrType(scalar, true);
        Add(Op.LoadContiguous, type, [_bases[Chance(50) ? 0 : 1], Offset(InputBytes, 1024, type.Bytes),
            whole ? Const(IrType.Mask, 1) : AccessMask()], _random.Next(4) * 8, 0, Chance(50) ? NodeFlags.NoWrap : NodeFlags.None);
    }

    /// <summary>Some elements of records of 2 to 16 words, by one mask or by several.</summary>
    private void LoadRecords()
    {
        int words = RecordSizes[_random.Next(RecordSizes.Length)];
        var type = Chance(50) ? IrType.F32.AsLanes : IrType.I32.AsLanes;
        var (offset, mask) = (Offset(InputBytes, 1024, 4), AccessMask());
        for (int c = 0; c < words; c++)
        {
            if (Chance(75))
                Add(Op.LoadStrided, type, [_bases[0], offset, Chance(80) ? mask : AccessMask()], 4 * c, 4 * words);
        }
    }

    private void StoreRecords()
    {
        int words = RecordSizes[_random.Next(RecordSizes.Length)];
        var type = Chance(50) ? IrType.F32.AsLanes : IrType.I32.AsLanes;
        var (offset, mask) = (Offset(ScratchBytes, 1024, 4), AccessMask());
        int skipped = Chance(50) ? -1 : _random.Next(words);
        for (int c = 0; c < words; c++)
        {
            if (c != skipped)
                Append(Op.StoreStrided, IrType.Void, [_bases[1], offset, Get(type), Chance(80) ? mask : AccessMask()], 4 * c, 4 * words);
        }
    }

    private void UniformLoad(Scalar scalar)
    {
        var type = new IrType(scalar);
        var offset = Offset(InputBytes, 64, type.Bytes);
        if (Chance(50))
            Add(Op.Load, type, [_bases[0], offset], _random.Next(4) * 8);
        else
            Add(Op.Load, type, [_bases[0], offset, Get(IrType.Bool)], _random.Next(4) * 8);
    }

    private void MemoryOp()
    {
        var type = new IrType(Numbers[_random.Next(Numbers.Length)], true);
        switch (_random.Next(16))
        {
            case 14: LoadRecords(); break;
            case 15: StoreRecords(); break;
            case 11:
                Add(Op.GatherWide, type, [WideAddress(0, type.Bytes), AccessMask()], _random.Next(4) * 8);
                break;
            case 12:
                Append(Op.ScatterWide, IrType.Void, [WideAddress(1, type.Bytes), Get(type), AccessMask()], _random.Next(4) * 8);
                break;
            case 13:
                var atomic = type.Bits == 64 ? IrType.I64.AsLanes : IrType.I32.AsLanes;
                Add(Op.LaneAtomicRmwWide, atomic, [WideAddress(1, atomic.Bytes), Get(atomic), AccessMask()], 8,
                    _random.Next((int)AtomicKind.Exchange + 1));
                break;
            case 0:
            case 1: LoadContiguous(type.Scalar); break;
            case 2: UniformLoad(type.Scalar); break;
            case 3:
                Add(Op.LoadStrided, type, [_bases[0], Offset(InputBytes, 1024, type.Bytes), AccessMask()], 0, 8 * (1 + _random.Next(3)));
                break;
            case 4:
                Add(Op.Gather, type, [_bases[0], LaneOffset(InputBytes, type.Bytes), AccessMask()], _random.Next(4) * 8);
                break;
            case 5:
                Append(Op.StoreContiguous, IrType.Void, [_bases[1], Offset(ScratchBytes, 1024, type.Bytes), Get(type), AccessMask()]);
                break;
            case 6:
                Append(Op.Scatter, IrType.Void, [_bases[1], LaneOffset(ScratchBytes, type.Bytes), Get(type), AccessMask()], _random.Next(4) * 8);
                break;
            case 7:
                Append(Op.StoreStrided, IrType.Void, [_bases[1], Offset(ScratchBytes, 1024, type.Bytes), Get(type), AccessMask()], 0,
                    8 * (1 + _random.Next(3)));
                break;
            case 8:
                Append(Op.Store, IrType.Void, [_bases[1], Offset(ScratchBytes, 64, type.Bytes), Get(type.AsUniform), Get(IrType.Bool)]);
                break;
            default:
                Atomic();
                break;
        }
    }

    private void Atomic()
    {
        var type = (Chance(70) ? IrType.I32 : IrType.I64) with { Lanes = Chance(60) };
        var kind = (int)(AtomicKind)_random.Next((int)AtomicKind.Exchange + 1);
        bool exchange = Chance(25);
        if (type.Lanes)
        {
            var offset = LaneOffset(ScratchBytes, type.Bytes);
            var id = exchange
                ? Append(Op.LaneAtomicCompareExchange, type, [_bases[1], offset, Get(type), Get(type), AccessMask()], 8)
                : Append(Op.LaneAtomicRmw, type, [_bases[1], offset, Get(type), AccessMask()], 8, kind);
            if (Chance(50))
                _values.Add(id);
        }
        else
        {
            var offset = Offset(ScratchBytes, 64, type.Bytes);
            var id = exchange
                ? Append(Op.AtomicCompareExchange, type, [_bases[1], offset, Get(type), Get(type), Get(IrType.Bool)], 8)
                : Append(Op.AtomicRmw, type, [_bases[1], offset, Get(type), Get(IrType.Bool)], 8, kind);
            if (Chance(50))
                _values.Add(id);
        }
    }

    // Control -------------------------------------------------------------------------------------------------------

    private ValueId[] Some(int count, List<IrType> types)
    {
        var chosen = new ValueId[count];
        for (int i = 0; i < count; i++)
        {
            if (types.Count <= i)
                types.Add(Chance(20) ? new IrType(Scalar.Bool, Chance(60)) : RandomType());
            chosen[i] = Get(types[i]);
        }

        return chosen;
    }

    private void Diamond(int size)
    {
        int outside = _values.Count;
        var condition = Chance(50) ? Compare(false) : Append(Op.MaskAny, IrType.Bool, [Compare(true)]);
        int count = _random.Next(6);
        var types = new List<IrType>();
        bool half = Chance(30);
        var skipped = Some(count, types);
        var from = _block;
        BlockId then = NewBlock(), @else = half ? BlockId.None : NewBlock(), merge = NewBlock();
        _f.Branch(from, condition, then, [], half ? merge : @else, half ? skipped : []);
        Arm(then, merge, size / 2, count, types);
        if (!half)
            Arm(@else, merge, size / 2, count, types);
        _block = merge;
        _values.RemoveRange(outside, _values.Count - outside);
        foreach (var type in types)
            _values.Add(_f.AddParam(merge, type));
    }

    private void Arm(BlockId block, BlockId merge, int size, int count, List<IrType> types)
    {
        _block = block;
        int outside = _values.Count;
        Straight(size);
        var arguments = Some(count, types);
        _f.Jump(_block, merge, arguments);
        _values.RemoveRange(outside, _values.Count - outside);
    }

    private void Loop(int size)
    {
        int outside = _values.Count;
        int count = 1 + _random.Next(8);
        var types = new List<IrType>();
        var initial = Some(count, types);
        BlockId header = NewBlock(), body = NewBlock();
        _f.Jump(_block, header, [Const(IrType.I32, 0), .. initial]);
        var counter = _f.AddParam(header, IrType.I32);
        foreach (var type in types)
            _values.Add(_f.AddParam(header, type));
        _values.Add(counter);
        _block = header;
        if (Chance(50))
            Straight(size / 3);
        var more = Append(Op.ULt, IrType.Bool, [counter, Const(IrType.I32, 1 + _random.Next(4))]);
        int kept = _values.Count;
        var exitBlock = header;
        _block = body;
        Straight(size);
        var next = Append(Op.IAdd, IrType.I32, [counter, Const(IrType.I32, 1)]);
        var arguments = Chance(30) ? Rotated(header, count) : Some(count, types);
        for (int i = 0; i < count; i++)
        {
            if (_f.TypeOf(arguments[i]) != types[i])
                arguments[i] = Get(types[i]);
        }

        _f.Jump(_block, header, [next, .. arguments]);
        _values.RemoveRange(kept, _values.Count - kept);
        var exit = NewBlock();
        _f.Branch(exitBlock, more, body, [], exit, []);
        _block = exit;
        // What the header defined dominates the exit.
        if (_values.Count - outside > 12)
            _values.RemoveRange(outside + 12, _values.Count - outside - 12);
    }

    /// <summary>The header's parameters, each passed on as the next: cycles of moves.</summary>
    private ValueId[] Rotated(BlockId header, int count)
    {
        var parameters = _f.Params(header).ToArray();
        var rotated = new ValueId[count];
        for (int i = 0; i < count; i++)
            rotated[i] = parameters[1 + (i + 1) % count];
        return rotated;
    }

    private void StoreAll()
    {
        int offset = 0;
        foreach (var v in _values.ToArray())
        {
            var type = _f.TypeOf(v);
            var value = v;
            if (type.Scalar == Scalar.Bool)
            {
                type = type with { Scalar = Scalar.I32 };
                value = Append(Op.Select, type, [v, Const(type, 1), Const(type, 0)]);
            }

            if (offset + 16 * type.Bytes > OutputBytes)
                return;
            var at = Const(IrType.I32, offset);
            if (type.Lanes)
                Append(Op.StoreContiguous, IrType.Void, [_bases[2], at, value, Const(IrType.Mask, 1)]);
            else
                Append(Op.Store, IrType.Void, [_bases[2], at, value]);
            offset += 16 * type.Bytes;
        }
    }
}
