using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>
/// Runs a Simd-level function the way machine code would: one thread of control against an argument frame, uniform
/// values once, the others once per lane.
/// </summary>
internal sealed class SimdMachine(KernelRun run, RegionImage image, StepCounter steps)
{
    private readonly Function _f = run.Function;
    private readonly RegionMemory _memory = new(image);
    private readonly int _lanes = run.LaneCount;

    /// <summary>Value v of lane l at v * lanes + l; a uniform value at lane 0.</summary>
    private readonly ulong[] _values = new ulong[run.Function.NodeCount * run.LaneCount];
    private readonly bool[] _mask = new bool[run.LaneCount];
    private readonly ulong[] _results = new ulong[run.LaneCount];
    private ulong[] _copy = new ulong[64 * run.LaneCount];

    public void Run()
    {
        var block = _f.Entry;
        while (true)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                steps.Step(id);
                ref var node = ref _f[id];
                switch (node.Op)
                {
                    case Op.Return: return;
                    case Op.Unreachable: throw new KernelTrap(TrapCode.Unreachable);
                    case Op.Jump: block = Transfer(id, 0); break;
                    case Op.Branch: block = Transfer(id, Uniform(_f.Operand(id, 0)) != 0 ? 0 : 1); break;
                    default: Execute(id, node); continue;
                }

                break;
            }
        }
    }

    private BlockId Transfer(ValueId id, int target)
    {
        var to = target == 0 ? _f[id].Target0 : _f[id].Target1;
        var arguments = _f.Arguments(id, target);
        var parameters = _f.Params(to);
        if (_copy.Length < arguments.Length * _lanes)
            _copy = new ulong[arguments.Length * _lanes];
        for (int i = 0; i < arguments.Length; i++)
            Lanes(arguments[i]).CopyTo(_copy.AsSpan(i * _lanes));
        for (int i = 0; i < arguments.Length; i++)
            _copy.AsSpan(i * _lanes, _lanes).CopyTo(Lanes(parameters[i]));
        return to;
    }

    private Span<ulong> Lanes(ValueId id) => _values.AsSpan(id.Index * _lanes, _lanes);

    private ref ulong Uniform(ValueId id) => ref _values[id.Index * _lanes];

    private ReadOnlySpan<bool> Mask(ValueId id)
    {
        var bits = Lanes(id);
        for (int lane = 0; lane < _lanes; lane++)
            _mask[lane] = bits[lane] != 0;
        return _mask;
    }

    private void Execute(ValueId id, in Node node)
    {
        if (OpTable.Info(node.Op).Lanes == LaneRule.Elementwise)
            Elementwise(id, node);
        else if ((OpTable.Info(node.Op).Effect & Effect.Convergent) != 0)
            Converge(id, node);
        else if (OpTable.Info(node.Op).Lanes == LaneRule.SimdOnly)
            SimdOnly(id, node);
        else
            UniformOnly(id, node);
    }

    private void Elementwise(ValueId id, in Node node)
    {
        var operands = _f.Operands(id);
        var result = Lanes(id);
        if (node.Op == Op.Const)
        {
            result.Fill((ulong)node.Imm);
            return;
        }

        var scalar = _f.TypeOf(operands[0]).Scalar;
        int count = node.Type.Lanes ? _lanes : 1;
        var a = Lanes(operands[0]);
        var b = operands.Length > 1 ? Lanes(operands[1]) : default;
        var c = operands.Length > 2 ? Lanes(operands[2]) : default;
        for (int lane = 0; lane < count; lane++)
        {
            result[lane] = ScalarMath.Evaluate(node.Op, node.Type.Scalar, scalar, a[lane],
                b.IsEmpty ? 0 : b[lane], c.IsEmpty ? 0 : c[lane]);
        }
    }

    private void UniformOnly(ValueId id, in Node node)
    {
        var operands = _f.Operands(id);
        ulong a = operands.Length > 0 ? Uniform(operands[0]) : 0;
        ulong b = operands.Length > 1 ? Uniform(operands[1]) : 0;
        ulong c = operands.Length > 2 ? Uniform(operands[2]) : 0;
        ulong d = operands.Length > 3 ? Uniform(operands[3]) : 0;
        long address = (long)a + (uint)b + node.Imm;
        ref ulong result = ref Uniform(id);
        switch (node.Op)
        {
            case Op.BufferBase: result = DescriptorTables.ReadAddress(_f, image, node.Aux, a, (int)node.Imm); break;
            case Op.BufferRange: result = DescriptorTables.Read(_f, image, node.Aux, a).Range; break;
            case Op.PushBase: result = Argument(ArgumentFrame.PushConstantOffset, 8); break;
            case Op.Confine: result = IntegerMath.Mask(a, run.RegionBits); break;
            case Op.Load:
                result = operands.Length < 3 || c != 0 ? _memory.Load(node.Type.Scalar, address) : 0;
                break;
            case Op.Store:
                if (operands.Length < 4 || d != 0)
                    _memory.Store(_f.TypeOf(operands[2]).Scalar, address, c);
                break;
            case Op.AtomicRmw:
                result = operands.Length < 4 || d != 0
                    ? _memory.AtomicRmw((AtomicKind)node.Aux, node.Type.Scalar, address, c) : 0;
                break;
            case Op.AtomicCompareExchange:
                result = operands.Length < 5 || Uniform(operands[4]) != 0
                    ? _memory.CompareExchange(node.Type.Scalar, address, c, d) : 0;
                break;
            case Op.TrapIf: TrapIf(node, operands); break;
            case Op.MemoryBarrier: break;
            default: throw new InvalidOperationException($"{node.Op} at Simd level");
        }
    }

    private void TrapIf(in Node node, ReadOnlySpan<ValueId> operands)
    {
        int count = _f.TypeOf(operands[0]).Lanes ? _lanes : 1;
        for (int lane = 0; lane < count; lane++)
        {
            if (Lanes(operands[0])[lane] == 0)
                continue;
            long address = operands.Length < 2 ? 0
                : (long)Lanes(operands[1])[_f.TypeOf(operands[1]).Lanes ? lane : 0];
            throw new KernelTrap((TrapCode)node.Aux, address);
        }
    }

    private void Converge(ValueId id, in Node node)
    {
        var operands = _f.Operands(id);
        var mask = Mask(operands[^1]);
        var value = Lanes(operands[0]);
        int first = SubgroupMath.First(mask);
        switch (node.Op)
        {
            case Op.SubgroupReduce:
            case Op.SubgroupInclusiveScan:
            case Op.SubgroupExclusiveScan:
                SubgroupMath.Combine(node.Op, (ReduceKind)node.Aux, node.Type.Scalar, (int)node.Imm, value, mask, _results);
                _results.CopyTo(Lanes(id));
                break;
            case Op.SubgroupAny: Uniform(id) = SubgroupMath.Any(value, mask) ? 1UL : 0; break;
            case Op.SubgroupAll: Uniform(id) = SubgroupMath.All(value, mask) ? 1UL : 0; break;
            case Op.SubgroupBallot: Uniform(id) = SubgroupMath.Ballot(value, mask); break;
            case Op.SubgroupBroadcastFirst: Uniform(id) = value[first]; break;
            case Op.SubgroupShuffle:
                var source = Lanes(operands[1]);
                bool lanes = _f.TypeOf(operands[1]).Lanes;
                for (int lane = 0; lane < _lanes; lane++)
                    _results[lane] = SubgroupMath.Shuffle(value, mask, source[lanes ? lane : 0]);
                _results.CopyTo(Lanes(id));
                break;
            case Op.SubgroupElect:
                var elected = Lanes(id);
                elected.Clear();
                if (mask[first])
                    elected[first] = 1;
                break;
            default: throw new InvalidOperationException($"{node.Op} is not a subgroup op");
        }
    }

    private void SimdOnly(ValueId id, in Node node)
    {
        var operands = _f.Operands(id);
        var result = Lanes(id);
        switch (node.Op)
        {
            case Op.Splat: result.Fill(Uniform(operands[0])); break;
            case Op.LaneIndex:
                for (int lane = 0; lane < _lanes; lane++)
                    result[lane] = (ulong)lane;
                break;
            case Op.LaneCount: result[0] = (ulong)_lanes; break;
            case Op.MaskAny: result[0] = Mask(operands[0]).Contains(true) ? 1UL : 0; break;
            case Op.MaskAll: result[0] = Mask(operands[0]).Contains(false) ? 0UL : 1; break;
            case Op.MaskBits:
                var set = Mask(operands[0]);
                ulong bits = 0;
                for (int lane = 0; lane < _lanes; lane++)
                    bits |= set[lane] ? 1UL << lane : 0;
                result[0] = bits;
                break;
            case Op.MaskFromBits:
                for (int lane = 0; lane < _lanes; lane++)
                    result[lane] = Uniform(operands[0]) >> lane & 1;
                break;
            case Op.FirstLane: result[0] = (ulong)SubgroupMath.First(Mask(operands[0])); break;
            case Op.ExtractLane: result[0] = Lanes(operands[0])[(int)(Uniform(operands[1]) & (ulong)(_lanes - 1))]; break;
            case Op.ArgLoad: result[0] = Argument(node.Aux, node.Type.Bytes); break;
            case Op.ScratchBase: result[0] = (ulong)image.ScratchOffset; break;
            case Op.DiagnosticStore: break;
            default: Access(id, node, operands); break;
        }
    }

    /// <summary>Memory accesses with lanes: by ascending lane, where the mask (the last operand) is set.</summary>
    private void Access(ValueId id, in Node node, ReadOnlySpan<ValueId> operands)
    {
        var mask = Mask(operands[^1]);
        var result = Lanes(id);
        bool wide = node.Op is Op.GatherWide or Op.ScatterWide or Op.LaneAtomicRmwWide or Op.LaneAtomicCompareExchangeWide;
        int value = wide ? 1 : 2;
        for (int lane = 0; lane < _lanes; lane++)
        {
            if (!mask[lane])
            {
                if (!node.Type.IsVoid)
                    result[lane] = 0;
                continue;
            }

            long address = wide
                ? (long)IntegerMath.Mask(Lanes(operands[0])[lane] + (ulong)node.Imm, run.RegionBits)
                : (long)Uniform(operands[0]) + node.Imm + LaneOffset(node, operands[1], operands, lane);
            switch (node.Op)
            {
                case Op.LoadContiguous or Op.LoadStrided or Op.Gather or Op.GatherWide:
                    result[lane] = _memory.Load(node.Type.Scalar, address);
                    break;
                case Op.StoreContiguous or Op.StoreStrided or Op.Scatter or Op.ScatterWide:
                    _memory.Store(_f.TypeOf(operands[value]).Scalar, address, Lanes(operands[value])[lane]);
                    break;
                case Op.LaneAtomicRmw or Op.LaneAtomicRmwWide:
                    result[lane] = _memory.AtomicRmw((AtomicKind)node.Aux, node.Type.Scalar, address, Lanes(operands[value])[lane]);
                    break;
                case Op.LaneAtomicCompareExchange or Op.LaneAtomicCompareExchangeWide:
                    result[lane] = _memory.CompareExchange(node.Type.Scalar, address, Lanes(operands[value])[lane],
                        Lanes(operands[value + 1])[lane]);
                    break;
                default: throw new InvalidOperationException($"{node.Op} at Simd level");
            }
        }
    }

    private long LaneOffset(in Node node, ValueId offset, ReadOnlySpan<ValueId> operands, int lane)
    {
        if (_f.TypeOf(offset).Lanes)
            return (int)Lanes(offset)[lane];
        int size = node.Type.IsVoid ? _f.TypeOf(operands[2]).Bytes : node.Type.Bytes;
        return (int)Uniform(offset) + (long)lane * (node.Op is Op.LoadStrided or Op.StoreStrided ? node.Aux : size);
    }

    private ulong Argument(int offset, int bytes)
    {
        var at = image.Frame.AsSpan(offset);
        return bytes == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
    }
}
