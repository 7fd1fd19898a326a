using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>
/// Runs an Invocation-level function, workgroup by workgroup. Subgroups run one after the other up to a barrier or the
/// end. Within one, the lanes that stand at the earliest place of the layout go on together, so that lanes which parted
/// meet again at the merge block. A barrier lets the workgroup go on once all its living invocations wait at it.
/// </summary>
internal sealed class InvocationMachine
{
    private const int Finished = int.MaxValue;
    private readonly Function _f;
    private readonly KernelRun _run;
    private readonly RegionImage _image;
    private readonly RegionMemory _memory;
    private readonly StepCounter _steps;
    private readonly int _lanes, _invocations, _subgroups;

    /// <summary>Nodes in layout order; a program counter is an index here. Of a block: its first.</summary>
    private readonly ValueId[] _code;
    private readonly int[] _blockStart;

    /// <summary>Per subgroup: value v of lane l at v * lanes + l.</summary>
    private readonly ulong[][] _values;
    private readonly int[] _pc;
    private readonly bool[] _waiting;

    /// <summary>Per private array, of all invocations.</summary>
    private readonly ulong[][] _private;
    private readonly bool[] _active;
    private readonly ulong[] _results, _scratch;
    private (uint X, uint Y, uint Z) _group;

    public InvocationMachine(KernelRun run, RegionImage image, StepCounter steps)
    {
        _run = run;
        _f = run.Function;
        _image = image;
        _memory = new RegionMemory(image);
        _steps = steps;
        _lanes = run.LaneCount;
        _invocations = _f.LocalSize.X * _f.LocalSize.Y * _f.LocalSize.Z;
        _subgroups = (_invocations + _lanes - 1) / _lanes;
        var code = new List<ValueId>();
        _blockStart = new int[_f.BlockCount];
        foreach (var block in _f.Layout)
        {
            _blockStart[block.Index] = code.Count;
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
                code.Add(id);
        }

        _code = [.. code];
        _values = new ulong[_subgroups][];
        for (int i = 0; i < _subgroups; i++)
            _values[i] = new ulong[_f.NodeCount * _lanes];
        _pc = new int[_subgroups * _lanes];
        _waiting = new bool[_subgroups * _lanes];
        _private = new ulong[_f.PrivateArrays.Count][];
        for (int i = 0; i < _private.Length; i++)
            _private[i] = new ulong[_f.PrivateArrays[i].Length * _subgroups * _lanes];
        _active = new bool[_lanes];
        _results = new ulong[_lanes];
        _scratch = new ulong[_lanes * 16];
    }

    public void Run()
    {
        var groups = _run.Groups;
        for (uint z = 0; z < groups.Z; z++)
        {
            for (uint y = 0; y < groups.Y; y++)
            {
                for (uint x = 0; x < groups.X; x++)
                {
                    _group = (x + _run.BaseGroup.X, y + _run.BaseGroup.Y, z + _run.BaseGroup.Z);
                    RunWorkgroup();
                }
            }
        }
    }

    private void RunWorkgroup()
    {
        Array.Clear(_image.Bytes, _image.ScratchOffset, _f.WorkgroupBytes);
        foreach (ulong[] array in _private)
            Array.Clear(array);
        for (int i = 0; i < _pc.Length; i++)
            _pc[i] = i < _invocations ? 0 : Finished;
        do
        {
            Array.Clear(_waiting);
            for (int subgroup = 0; subgroup < _subgroups; subgroup++)
                RunSubgroup(subgroup);
        }
        while (ReleaseBarrier());
    }

    /// <summary>True where all living invocations wait at one barrier; false where none lives.</summary>
    private bool ReleaseBarrier()
    {
        int at = Finished;
        for (int i = 0; i < _invocations; i++)
        {
            if (_pc[i] == Finished)
                continue;
            if (at != Finished && at != _pc[i])
                throw new KernelTrap(TrapCode.DivergentBarrier);
            at = _pc[i];
        }

        return at != Finished;
    }

    private void RunSubgroup(int subgroup)
    {
        int first = subgroup * _lanes;
        while (true)
        {
            int pc = Finished;
            for (int lane = 0; lane < _lanes; lane++)
            {
                if (!_waiting[first + lane] && _pc[first + lane] < pc)
                    pc = _pc[first + lane];
            }

            if (pc == Finished)
                return;
            for (int lane = 0; lane < _lanes; lane++)
                _active[lane] = !_waiting[first + lane] && _pc[first + lane] == pc;
            RunTogether(subgroup, pc);
        }
    }

    /// <summary>Runs the active lanes from a place to the end of its block, or to a barrier.</summary>
    private void RunTogether(int subgroup, int pc)
    {
        int first = subgroup * _lanes;
        while (true)
        {
            var id = _code[pc++];
            _steps.Step(id);
            ref var node = ref _f[id];
            switch (node.Op)
            {
                case Op.Barrier:
                    for (int lane = 0; lane < _lanes; lane++)
                    {
                        if (_active[lane])
                        {
                            _pc[first + lane] = pc;
                            _waiting[first + lane] = true;
                        }
                    }

                    return;
                case Op.Jump:
                case Op.Branch:
                case Op.Return:
                case Op.Unreachable:
                    Transfer(subgroup, id, node);
                    return;
                default:
                    Execute(subgroup, id, node);
                    break;
            }
        }
    }

    private void Transfer(int subgroup, ValueId id, in Node node)
    {
        ulong[] values = _values[subgroup];
        for (int lane = 0; lane < _lanes; lane++)
        {
            if (!_active[lane])
                continue;
            if (node.Op == Op.Unreachable)
                throw new KernelTrap(TrapCode.Unreachable);
            if (node.Op == Op.Return)
            {
                _pc[subgroup * _lanes + lane] = Finished;
                continue;
            }

            int target = node.Op == Op.Branch && values[_f.Operand(id, 0).Index * _lanes + lane] == 0 ? 1 : 0;
            var to = target == 0 ? node.Target0 : node.Target1;
            var arguments = _f.Arguments(id, target);
            var parameters = _f.Params(to);
            Span<ulong> copy = arguments.Length <= _scratch.Length ? _scratch : new ulong[arguments.Length];
            for (int i = 0; i < arguments.Length; i++)
                copy[i] = values[arguments[i].Index * _lanes + lane];
            for (int i = 0; i < arguments.Length; i++)
                values[parameters[i].Index * _lanes + lane] = copy[i];
            _pc[subgroup * _lanes + lane] = _blockStart[to.Index];
        }
    }

    private void Execute(int subgroup, ValueId id, in Node node)
    {
        ulong[] values = _values[subgroup];
        var operands = _f.Operands(id);
        Span<ulong> result = values.AsSpan(id.Index * _lanes, _lanes);
        if ((OpTable.Info(node.Op).Effect & Effect.Convergent) != 0)
        {
            Converge(node, values, operands, result);
            return;
        }

        for (int lane = 0; lane < _lanes; lane++)
        {
            if (!_active[lane])
                continue;
            ulong a = operands.Length > 0 ? values[operands[0].Index * _lanes + lane] : 0;
            ulong b = operands.Length > 1 ? values[operands[1].Index * _lanes + lane] : 0;
            ulong c = operands.Length > 2 ? values[operands[2].Index * _lanes + lane] : 0;
            ulong d = operands.Length > 3 ? values[operands[3].Index * _lanes + lane] : 0;
            ulong e = operands.Length > 4 ? values[operands[4].Index * _lanes + lane] : 0;
            int invocation = subgroup * _lanes + lane;
            long address = (long)a + (uint)b + node.Imm;
            switch (node.Op)
            {
                case Op.Const: result[lane] = (ulong)node.Imm; break;
                case Op.Builtin: result[lane] = Builtin((BuiltinValue)node.Aux, invocation); break;
                case Op.BufferBase: result[lane] = DescriptorTables.ReadAddress(_f, _image, node.Aux, a, (int)node.Imm); break;
                case Op.BufferRange: result[lane] = Descriptor(node.Aux, a).Range; break;
                case Op.PushBase:
                    result[lane] = BinaryPrimitives.ReadUInt64LittleEndian(_image.Frame.AsSpan(ArgumentFrame.PushConstantOffset));
                    break;
                case Op.WorkgroupBase: result[lane] = (ulong)_image.ScratchOffset; break;
                case Op.Confine: result[lane] = IntegerMath.Mask(a, _run.RegionBits); break;
                case Op.Load:
                    result[lane] = operands.Length < 3 || c != 0 ? _memory.Load(node.Type.Scalar, address) : 0;
                    break;
                case Op.Store:
                    if (operands.Length < 4 || d != 0)
                        _memory.Store(_f.TypeOf(operands[2]).Scalar, address, c);
                    break;
                case Op.AtomicRmw:
                    result[lane] = operands.Length < 4 || d != 0
                        ? _memory.AtomicRmw((AtomicKind)node.Aux, node.Type.Scalar, address, c) : 0;
                    break;
                case Op.AtomicCompareExchange:
                    result[lane] = operands.Length < 5 || e != 0
                        ? _memory.CompareExchange(node.Type.Scalar, address, c, d) : 0;
                    break;
                case Op.PrivateLoad: result[lane] = Private(node.Aux, invocation, a); break;
                case Op.PrivateStore: Private(node.Aux, invocation, a) = b; break;
                case Op.TrapIf:
                    if (a != 0)
                        throw new KernelTrap((TrapCode)node.Aux, (long)b);
                    break;
                case Op.MemoryBarrier: break;
                default:
                    result[lane] = _run.Doubt?.Evaluate(node.Op, node.Type.Scalar, _f.TypeOf(operands[0]).Scalar, a, b, c)
                        ?? ScalarMath.Evaluate(node.Op, node.Type.Scalar, _f.TypeOf(operands[0]).Scalar, a, b, c);
                    break;
            }
        }
    }

    private void Converge(in Node node, ulong[] values, ReadOnlySpan<ValueId> operands, Span<ulong> result)
    {
        ReadOnlySpan<ulong> value = operands.Length > 0 ? values.AsSpan(operands[0].Index * _lanes, _lanes) : default;
        int firstLane = SubgroupMath.First(_active);
        switch (node.Op)
        {
            case Op.SubgroupReduce:
            case Op.SubgroupInclusiveScan:
            case Op.SubgroupExclusiveScan:
                SubgroupMath.Combine(node.Op, (ReduceKind)node.Aux, node.Type.Scalar, (int)node.Imm, value, _active, _results);
                break;
            case Op.SubgroupAny: Array.Fill(_results, SubgroupMath.Any(value, _active) ? 1UL : 0); break;
            case Op.SubgroupAll: Array.Fill(_results, SubgroupMath.All(value, _active) ? 1UL : 0); break;
            case Op.SubgroupBallot: Array.Fill(_results, SubgroupMath.Ballot(value, _active)); break;
            case Op.SubgroupBroadcastFirst: Array.Fill(_results, value[firstLane]); break;
            case Op.SubgroupShuffle:
                var source = values.AsSpan(operands[1].Index * _lanes, _lanes);
                for (int lane = 0; lane < _lanes; lane++)
                    _results[lane] = SubgroupMath.Shuffle(value, _active, source[lane]);
                break;
            case Op.SubgroupElect:
                for (int lane = 0; lane < _lanes; lane++)
                    _results[lane] = lane == firstLane ? 1UL : 0;
                break;
            default: throw new InvalidOperationException($"{node.Op} is not a subgroup op");
        }

        for (int lane = 0; lane < _lanes; lane++)
        {
            if (_active[lane])
                result[lane] = _results[lane];
        }
    }

    private ref ulong Private(int array, int invocation, ulong index)
    {
        int length = _f.PrivateArrays[array].Length;
        if (index >= (ulong)length)
            throw new InvalidOperationException($"index {index} of p{array} is not below {length}: lowering must clamp it");
        return ref _private[array][invocation * length + (int)index];
    }

    private BufferDescriptor Descriptor(int resource, ulong element) =>
        DescriptorTables.Read(_f, _image, resource, element);

    private ulong Builtin(BuiltinValue builtin, int invocation) => builtin switch
    {
        BuiltinValue.WorkgroupIdX => _group.X,
        BuiltinValue.WorkgroupIdY => _group.Y,
        BuiltinValue.WorkgroupIdZ => _group.Z,
        BuiltinValue.NumWorkgroupsX => _run.Groups.X,
        BuiltinValue.NumWorkgroupsY => _run.Groups.Y,
        BuiltinValue.NumWorkgroupsZ => _run.Groups.Z,
        BuiltinValue.LocalIdX => (ulong)(invocation % _f.LocalSize.X),
        BuiltinValue.LocalIdY => (ulong)(invocation / _f.LocalSize.X % _f.LocalSize.Y),
        BuiltinValue.LocalIdZ => (ulong)(invocation / (_f.LocalSize.X * _f.LocalSize.Y)),
        BuiltinValue.LocalIndex => (ulong)invocation,
        BuiltinValue.SubgroupId => (ulong)(invocation / _lanes),
        BuiltinValue.NumSubgroups => (ulong)_subgroups,
        BuiltinValue.SubgroupLane => (ulong)(invocation % _lanes),
        BuiltinValue.SubgroupSize => (ulong)_lanes,
        _ => throw new InvalidOperationException($"unknown builtin {builtin}"),
    };
}
