using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Accesses through an element of an array of descriptors. A descriptor is the same for all lanes of an access, an index
/// may differ between them: the access stands in a loop in which the first lane's index is taken, the lanes with that
/// index do the access, and leave once they meet the others, which go round again.
/// </summary>
/// <remarks>
/// <code>
/// header:          current = SubgroupBroadcastFirst(index)
///                  mine = index == current
///                  branch mine: access, latch(zeros)
/// access:          ... one descriptor, current ...
///                  jump latch(results)
/// latch(results):  branch mine: after, header
/// </code>
/// Where the SIMD stage finds the index uniform, the broadcast is the index, the condition is true and the loop goes. An
/// index that is not decorated NonUniform takes the same way: it costs nothing where the shader keeps its word.
/// </remarks>
internal sealed partial class ModuleLowering
{
    /// <summary>What is emitted for one descriptor, and the values that it gives.</summary>
    private delegate ValueId[] DescriptorAccess(ValueId element);

    /// <summary>Emits an access for the descriptor that each invocation's index names.</summary>
    /// <param name="index">Index in the array of descriptors (i32), in range.</param>
    /// <param name="access">Called once. Its element is a constant, or uniform for the subgroup. It may make blocks of
    /// its own.</param>
    /// <returns>What the access gave, in each invocation.</returns>
    private ValueId[] ForEachDescriptor(ValueId index, DescriptorAccess access)
    {
        if (_b.TryConst(index, out _))
            return access(index);
        if (IsSurelyUniform(index, 0))
            return access(_b.Emit(Op.SubgroupBroadcastFirst, IrType.I32, [index]));
        SplitIfHeader();
        BlockId header = _f.NewBlock(), body = _f.NewBlock(), latch = _f.NewBlock(), after = _f.NewBlock();
        Jump(header, []);
        _f.Layout.Add(header);
        _b.Block = header;
        _f[header].Merge = after;
        _f[header].Continue = latch;
        var current = _b.Emit(Op.SubgroupBroadcastFirst, IrType.I32, [index]);
        var mine = _b.Compare(Op.IEq, index, current);
        Branch(mine, body, [], latch, []);
        Begin(body);
        var results = access(current);
        var kept = new ValueId[results.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = _f.AddParam(latch, _f.TypeOf(results[i]));
            _f.AddArgument(_f.Terminator(header), 1, _b.Zero(_f.TypeOf(results[i])));
        }

        Jump(latch, results);
        Begin(latch);
        Branch(mine, after, [], header, []);
        _ssa.Seal(header);
        Begin(after);
        return kept;
    }

    /// <summary>True where an index is made of what a workgroup shares, whatever the flow around it: then no loop is
    /// needed, and the broadcast only says so.</summary>
    private bool IsSurelyUniform(ValueId id, int depth)
    {
        const int maxDepth = 8;
        ref var node = ref _f[id];
        switch (node.Op)
        {
            case Op.Const:
                return true;
            case Op.Builtin:
                return (BuiltinValue)node.Aux is >= BuiltinValue.WorkgroupIdX and <= BuiltinValue.NumWorkgroupsZ
                    or BuiltinValue.SubgroupId or BuiltinValue.NumSubgroups or BuiltinValue.SubgroupSize;
            case Op.BufferBase or Op.BufferRange or Op.PushBase:
                break;
            case Op.Load when (node.Flags & NodeFlags.ReadOnly) != 0:
                break;
            default:
                if (OpTable.Info(node.Op).Lanes != LaneRule.Elementwise)
                    return false;
                break;
        }

        if (depth == maxDepth)
            return false;
        foreach (var operand in _f.Operands(id))
        {
            if (!IsSurelyUniform(operand, depth + 1))
                return false;
        }

        return true;
    }
}
