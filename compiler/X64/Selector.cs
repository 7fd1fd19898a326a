using Iced.Intel;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Instruction selection: Simd-level IR to machine instructions on virtual registers, block by block in layout order.
/// </summary>
/// <remarks>
/// <para>Where values live: uniform integers, bools (0 or 1) and bases in general registers; uniform floats as full
/// vectors that repeat them, so that Splat is free; lanes of up to 32 bits in one vector, one 32-bit element each,
/// narrow ones zero-extended; lanes of 64 bits in two vectors, the lower lanes first; lanes.bool in a mask register
/// (AVX-512), or as a vector of 0 and -1 (AVX2).</para>
/// <para>A node whose one user stands in the same block and can take it in (a compare, a load) is deferred: it is
/// selected when its user asks for it.</para>
/// </remarks>
internal sealed partial class Selector
{
    /// <summary>Vector constants that have one register for the whole kernel; far more than there are registers.</summary>
    private const int MaxSharedConstants = 128;

    private readonly Function _f;
    private readonly MachineFunction _m;
    private readonly List<Diagnostic> _diagnostics;
    private readonly bool _avx512;
    private readonly int _lanes, _regionBits;
    private readonly OperandSize _full;
    private readonly Reg[] _value, _second;
    private readonly int[] _uses, _machineBlock, _depth;
    private readonly ValueId[] _user;

    /// <summary>The parameter of a loop's header that a value is passed to along the back edge; None for others.</summary>
    private readonly ValueId[] _flowsBack;
    private readonly bool[] _deferred, _isHeader;
    private readonly Dictionary<(ulong Bits, int Bytes), Reg> _constants = [];
    private readonly List<(Reg Reg, MachineInstruction Inst, ulong Bits, int Bytes)> _prologue = [];
    private readonly List<int> _cold = [];
    private readonly List<BlockId> _reached = [];
    private readonly Dictionary<int, Reg> _biased = [];
    private BlockId _block;
    private int _current, _loopDepth, _spirv;
    private bool _failed;

    public Selector(Function f, MachineFunction m, in TargetFeatures target, List<Diagnostic> diagnostics)
    {
        _f = f;
        _m = m;
        _diagnostics = diagnostics;
        _avx512 = target.Avx512;
        _lanes = target.LaneCount;
        _regionBits = target.RegionBits;
        _full = _avx512 ? OperandSize.B512 : OperandSize.B256;
        _value = SpareArrays<Reg>.Take(f.NodeCount);
        _second = SpareArrays<Reg>.Take(f.NodeCount);
        _uses = SpareArrays<int>.Take(f.NodeCount);
        _user = SpareArrays<ValueId>.Take(f.NodeCount);
        _flowsBack = SpareArrays<ValueId>.Take(f.NodeCount);
        Array.Fill(_value, Reg.None, 0, f.NodeCount);
        Array.Fill(_second, Reg.None, 0, f.NodeCount);
        Array.Clear(_uses, 0, f.NodeCount);
        Array.Clear(_user, 0, f.NodeCount);
        Array.Fill(_flowsBack, ValueId.None, 0, f.NodeCount);
        _deferred = new bool[f.NodeCount];
        _machineBlock = new int[f.BlockCount];
        _depth = new int[f.BlockCount];
        _isHeader = new bool[f.BlockCount];
    }

    /// <summary>Leaves the arrays for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<Reg>.Leave(_value);
        SpareArrays<Reg>.Leave(_second);
        SpareArrays<int>.Leave(_uses);
        SpareArrays<ValueId>.Leave(_user);
        SpareArrays<ValueId>.Leave(_flowsBack);
    }

    /// <summary>Selects the whole function. False where something was refused, with a diagnostic.</summary>
    public bool Run()
    {
        FindReached();
        CountUses();
        FindLoops();
        int prologue = _m.NewBlock(0);
        _m.Layout.Add(prologue);
        foreach (var b in _reached)
        {
            _machineBlock[b.Index] = _m.NewBlock(_depth[b.Index]);
            foreach (var p in _f.Params(b))
                Define(p);
        }

        foreach (var b in _reached)
            SelectBlock(b);
        _m.Layout.AddRange(_cold);
        ref var entry = ref _m.Block(prologue);
        entry.Start = _m.CodeCount;
        foreach (var (reg, inst, bits, bytes) in _prologue)
            _m.SetRematerialize(reg, _m.Add(inst), bits, bytes);
        entry = ref _m.Block(prologue);
        entry.Count = _m.CodeCount - entry.Start;
        entry.Terminator = TerminatorKind.Jump;
        entry.Target0 = _machineBlock[_f.Entry.Index];
        return !_failed;
    }

    /// <summary>
    /// The blocks that control may come to, in order. The passes may leave a branch on a constant; code behind its other side
    /// would be code that nothing leads to, of which the verifier knows nothing, and which it rejects.
    /// </summary>
    private void FindReached()
    {
        var isReached = new bool[_f.BlockCount];
        var waiting = new Stack<BlockId>();
        waiting.Push(_f.Entry);
        while (waiting.TryPop(out var b))
        {
            if (isReached[b.Index])
                continue;
            isReached[b.Index] = true;
            ref var node = ref _f[_f.Terminator(b)];
            bool isBranch = node.Op == Op.Branch;
            bool decided = isBranch && IsConst(_f.Operand(_f.Terminator(b), 0));
            bool then = decided && (_f[_f.Operand(_f.Terminator(b), 0)].Imm & 1) != 0;
            if (!node.Target0.IsNone && (!decided || then))
                waiting.Push(node.Target0);
            if (isBranch && !(decided && then))
                waiting.Push(node.Target1);
        }

        foreach (var b in _f.Layout)
        {
            if (isReached[b.Index])
                _reached.Add(b);
        }
    }

    private void CountUses()
    {
        foreach (var b in _reached)
        {
            for (var v = _f[b].First; !v.IsNone; v = _f[v].Next)
            {
                foreach (var o in _f.Operands(v))
                {
                    _uses[o.Index]++;
                    _user[o.Index] = v;
                }
            }
        }
    }

    private void FindLoops()
    {
        var order = new int[_f.BlockCount];
        for (int i = 0; i < _f.Layout.Count; i++)
            order[_f.Layout[i].Index] = i;
        var end = new int[_f.BlockCount];
        Array.Fill(end, -1);
        foreach (var b in _reached)
        {
            var t = _f.Terminator(b);
            ref var node = ref _f[t];
            if (!node.Target0.IsNone && order[node.Target0.Index] <= order[b.Index])
            {
                end[node.Target0.Index] = Math.Max(end[node.Target0.Index], order[b.Index]);
                NoteBackEdge(t, 0, node.Target0);
            }

            if (node.Op == Op.Branch && order[node.Target1.Index] <= order[b.Index])
            {
                end[node.Target1.Index] = Math.Max(end[node.Target1.Index], order[b.Index]);
                NoteBackEdge(t, 1, node.Target1);
            }
        }

        foreach (var b in _f.Layout)
        {
            for (int i = order[b.Index]; i <= end[b.Index]; i++)
                _depth[_f.Layout[i].Index]++;
            _isHeader[b.Index] = end[b.Index] >= 0;
        }
    }

    private void NoteBackEdge(ValueId terminator, int target, BlockId header)
    {
        var arguments = _f.Arguments(terminator, target);
        for (int i = 0; i < arguments.Length; i++)
            _flowsBack[arguments[i].Index] = _f.Params(header)[i];
    }

    private void SelectBlock(BlockId b)
    {
        _block = b;
        _loopDepth = _depth[b.Index];
        Begin(_machineBlock[b.Index]);
        _m.Block(_current).LoopHeader = _isHeader[b.Index];
        _biased.Clear();
        for (var v = _f[b].First; !v.IsNone; v = _f[v].Next)
        {
            _spirv = _f[v].SpirvOffset;
            if (CanDefer(v))
                _deferred[v.Index] = true;
            else if (_f[v].Op is Op.LoadStrided or Op.StoreStrided && SelectRecords(v, out var last))
                v = last;
            else if (_f[v].Op == Op.Gather && SelectGatheredRecords(v, out last))
                v = last;
            else
                Select(v);
        }
    }

    /// <summary>Starts a machine block at the current end of the code and of the layout.</summary>
    private void Begin(int block)
    {
        _current = block;
        _m.Layout.Add(block);
        _m.Block(block).Start = _m.CodeCount;
    }

    /// <summary>Ends the current machine block.</summary>
    private void End(TerminatorKind kind, int target0 = -1, int target1 = -1, Condition condition = default, int exitCode = 0)
    {
        ref var block = ref _m.Block(_current);
        block.Count = _m.CodeCount - block.Start;
        block.Terminator = kind;
        block.Target0 = target0;
        block.Target1 = target1;
        block.Condition = condition;
        block.ExitCode = exitCode;
    }

    private int NewBlock(int extraDepth = 0) => _m.NewBlock(_loopDepth + extraDepth);

    private void Refuse(ValueId v, string why)
    {
        _failed = true;
        ref var node = ref _f[v];
        _diagnostics.Add(new Diagnostic(node.SpirvOffset == 0 ? -1 : node.SpirvOffset,
            $"{OpTable.Info(node.Op).Name} on {node.Type}: {why}"));
        if (!node.Type.IsVoid && _value[v.Index].IsNone)
            Define(v);
    }

    // Values --------------------------------------------------------------------------------------------------------

    private static bool IsVector(IrType type) => type.Lanes || type.IsFloat;

    /// <summary>Vectors that hold a value: two for lanes of 64 bits.</summary>
    private static int Halves(IrType type) => type.Lanes && type.Bits == 64 ? 2 : 1;

    private RegKind KindOf(IrType type)
    {
        if (type.Lanes && type.Scalar == Scalar.Bool)
            return _avx512 ? RegKind.Mask : RegKind.Vec;
        if (IsVector(type))
            return RegKind.Vec;
        return type.Bits == 64 ? RegKind.G64 : RegKind.G32;
    }

    /// <summary>Makes the register (or two) of a node's result.</summary>
    private Reg Define(ValueId v)
    {
        var type = _f.TypeOf(v);
        _value[v.Index] = _m.NewReg(KindOf(type));
        if (Halves(type) == 2)
            _second[v.Index] = _m.NewReg(RegKind.Vec);
        return _value[v.Index];
    }

    /// <summary>Says that a node's result is in these registers.</summary>
    private void Set(ValueId v, Reg first) => _value[v.Index] = first;

    private void Set(ValueId v, Reg first, Reg second)
    {
        _value[v.Index] = first;
        _second[v.Index] = second;
    }

    private void SetHalf(ValueId v, int half, Reg reg)
    {
        if (half == 0)
            _value[v.Index] = reg;
        else
            _second[v.Index] = reg;
    }

    /// <summary>The register of a value, made now if it is a constant or deferred.</summary>
    private Reg R(ValueId v, int half = 0)
    {
        if (_f[v].Op == Op.Const)
            return Constant(v);
        if (_deferred[v.Index])
            Force(v);
        return half == 0 ? _value[v.Index] : _second[v.Index];
    }

    private void Force(ValueId v)
    {
        _deferred[v.Index] = false;
        int spirv = _spirv;
        _spirv = _f[v].SpirvOffset;
        Select(v);
        _spirv = spirv;
    }

    private bool IsConst(ValueId v) => _f[v].Op == Op.Const;

    private bool IsConst(ValueId v, long value) => _f[v].Op == Op.Const && _f[v].Imm == value;

    /// <summary>A uniform constant that an instruction can hold as a sign-extended 32-bit immediate.</summary>
    private bool IsImmediate(ValueId v, out int immediate)
    {
        ref var node = ref _f[v];
        immediate = (int)node.Imm;
        return node.Op == Op.Const && !node.Type.Lanes && !node.Type.IsFloat
            && (node.Type.Bits <= 32 || node.Imm == immediate);
    }

    private bool IsTrueMask(ValueId v) => IsConst(v) && (_f[v].Imm & 1) != 0;

    private Reg Constant(ValueId v)
    {
        ref var node = ref _f[v];
        var type = node.Type;
        if (type.Lanes && type.Scalar == Scalar.Bool)
            return MaskConstant((node.Imm & 1) != 0);
        if (IsVector(type))
            return VectorConstant(ElementBits(type, node.Imm), type.Bits == 64 ? 8 : 4);
        return IntegerConstant(node.Imm, KindOf(type));
    }

    private static ulong ElementBits(IrType type, long bits) => type.Bits switch
    {
        1 => (bits & 1) != 0 ? uint.MaxValue : 0u,
        8 => (byte)bits,
        16 => (ushort)bits,
        32 => (uint)bits,
        _ => (ulong)bits,
    };

    private Reg IntegerConstant(long value, RegKind kind)
    {
        var reg = _m.NewReg(kind);
        IntegerConstant(reg, value, kind);
        return reg;
    }

    private void IntegerConstant(Reg reg, long value, RegKind kind)
    {
        bool wide = kind == RegKind.G64 && (ulong)value > uint.MaxValue;
        var inst = New(wide ? Code.Mov_r64_imm64 : Code.Mov_r32_imm32, 2);
        inst.R0 = reg;
        inst.Sizes = wide ? Sizes(OperandSize.B64) : Sizes(OperandSize.B32);
        inst.ImmOperand = 1;
        inst.ImmKind = wide ? OpKind.Immediate64 : OpKind.Immediate32;
        inst.Immediate = wide ? value : (uint)value;
        _m.Add(inst);
    }

    /// <summary>Whether a vector constant is loaded where it is used. Inside of loops it has a register from the prologue on, or is
    /// loaded again where there is none for it; but with thousands of such lives, all of the kernel's length, to allocate
    /// registers would take time that grows with the square of that length.</summary>
    private bool IsConstantLocal((ulong, int) constant) =>
        _loopDepth == 0 || (_constants.Count >= MaxSharedConstants && !_constants.ContainsKey(constant));

    /// <summary>A vector that repeats an element of 4 or 8 bytes.</summary>
    private Reg VectorConstant(ulong bits, int bytes)
    {
        if (IsConstantLocal((bits, bytes)))
        {
            var local = _m.NewReg(RegKind.Vec);
            var inst = ConstantLoad(local, bits, bytes);
            _m.SetRematerialize(local, _m.Add(inst), bits, bytes);
            return local;
        }

        if (!_constants.TryGetValue((bits, bytes), out var reg))
        {
            reg = _m.NewReg(RegKind.Vec);
            _constants.Add((bits, bytes), reg);
            _prologue.Add((reg, ConstantLoad(reg, bits, bytes), bits, bytes));
        }

        return reg;
    }

    private MachineInstruction ConstantLoad(Reg reg, ulong bits, int bytes)
    {
        if (bits == 0)
        {
            // The machine knows x ^ x as zero whatever x is, so a fixed register serves.
            var zero = New(VectorOps.Of(V.XorD, _avx512), 3);
            zero.R0 = reg;
            zero.R1 = zero.R2 = new Reg(Reg.FirstVec);
            zero.Sizes = Sizes(_full);
            return zero;
        }

        var inst = New(_avx512
            ? bytes == 4 ? Code.EVEX_Vbroadcastss_zmm_k1z_xmmm32 : Code.EVEX_Vbroadcastsd_zmm_k1z_xmmm64
            : bytes == 4 ? Code.VEX_Vbroadcastss_ymm_m32 : Code.VEX_Vbroadcastsd_ymm_m64, 2);
        inst.R0 = reg;
        inst.Sizes = Sizes(_full);
        inst.MemOperand = 1;
        inst.Mem = Mem.Pool(_m.Pool.Scalar(bits, bytes), false);
        return inst;
    }

    /// <summary>A constant vector of different 32-bit elements.</summary>
    private Reg VectorOf(ReadOnlySpan<int> elements)
    {
        int offset = _m.Pool.Vector(elements);
        var key = ((ulong)offset, -1);
        bool isLocal = IsConstantLocal(key);
        if (!isLocal && _constants.TryGetValue(key, out var reg))
            return reg;
        reg = _m.NewReg(RegKind.Vec);
        var inst = New(_avx512 ? Code.EVEX_Vmovups_zmm_k1z_zmmm512 : Code.VEX_Vmovups_ymm_ymmm256, 2);
        inst.R0 = reg;
        inst.Sizes = Sizes(_full);
        inst.MemOperand = 1;
        inst.Mem = Mem.Pool(offset, false);
        if (isLocal)
        {
            _m.SetRematerialize(reg, _m.Add(inst), 0, 0);
            return reg;
        }

        _constants.Add(key, reg);
        _prologue.Add((reg, inst, 0, 0));
        return reg;
    }

    /// <summary>0, step, 2 * step, ... from <paramref name="first"/> on, one per lane.</summary>
    private Reg LaneSequence(int first, int step)
    {
        Span<int> elements = stackalloc int[16];
        for (int i = 0; i < _lanes; i++)
            elements[i] = first + i * step;
        return VectorOf(elements[.._lanes]);
    }

    /// <summary>A value as the last source of a vector instruction: a constant may stay in memory.</summary>
    private Src VectorSource(ValueId v, V op, int half = 0)
    {
        ref var node = ref _f[v];
        if (node.Op == Op.Const && !(node.Type.Lanes && node.Type.Scalar == Scalar.Bool))
            return ConstantSource(ElementBits(node.Type, node.Imm), node.Type.Bits == 64 ? 8 : 4, op);
        if (_deferred[v.Index] && node.Op == Op.LoadContiguous && (VectorOps.Folds(op, _avx512) & InstFlags.FoldsLast) != 0)
        {
            _deferred[v.Index] = false;
            return ContiguousAddress(v, 0);
        }

        var load = node.Op == Op.Splat ? _f.Operand(v, 0) : v;
        if (_deferred[v.Index] && _deferred[load.Index] && _f[load].Op == Op.Load
            && (VectorOps.Folds(op, _avx512) & InstFlags.Broadcasts32) != 0)
        {
            _deferred[v.Index] = _deferred[load.Index] = false;
            var address = UniformAddress(load);
            address.Broadcast = true;
            return address;
        }

        return R(v, half);
    }

    private Src ConstantSource(ulong bits, int bytes, V op)
    {
        var folds = VectorOps.Folds(op, _avx512);
        if (bits == 0 || folds == InstFlags.None || !IsConstantLocal((bits, bytes)))
            return VectorConstant(bits, bytes);
        bool broadcast = (folds & (bytes == 4 ? InstFlags.Broadcasts32 : InstFlags.Broadcasts64)) != 0;
        return Mem.Pool(broadcast ? _m.Pool.Scalar(bits, bytes) : _m.Pool.Splat(bits, bytes), broadcast);
    }
}
