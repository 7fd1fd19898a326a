using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Changes single nodes: what simplification rules are written with.</summary>
/// <remarks>A rule gives None where it has nothing to say, the node itself after changing it in place, or another value
/// that stands for it.</remarks>
internal sealed class Rewriter
{
    public Function F { get; set; } = null!;

    public Op OpOf(ValueId id) => F[id].Op;

    public bool IsConst(ValueId id, out ulong bits)
    {
        ref var node = ref F[id];
        bits = (ulong)node.Imm;
        return node.Op == Op.Const;
    }

    public bool IsConst(ValueId id) => F[id].Op == Op.Const;

    /// <summary>A new constant in front of a node.</summary>
    public ValueId Constant(ValueId before, IrType type, ulong bits)
    {
        var id = F.NewNode(Op.Const, type, [], (long)bits);
        Place(before, id);
        return id;
    }

    /// <summary>A new node in front of another.</summary>
    public ValueId Insert(ValueId before, Op op, IrType type, ValueId a, NodeFlags flags = NodeFlags.None)
    {
        var id = F.NewNode(op, type, [a], flags: flags);
        Place(before, id);
        return id;
    }

    public ValueId Insert(ValueId before, Op op, IrType type, ValueId a, ValueId b, NodeFlags flags = NodeFlags.None)
    {
        var id = F.NewNode(op, type, [a, b], flags: flags);
        Place(before, id);
        return id;
    }

    public ValueId InsertSelect(ValueId before, IrType type, ValueId condition, ValueId a, ValueId b)
    {
        var id = F.NewNode(Op.Select, type, [condition, a, b]);
        Place(before, id);
        return id;
    }

    public ValueId BecomeConst(ValueId id, ulong bits)
    {
        F.SetOperands(id, []);
        Set(id, Op.Const, NodeFlags.None);
        F[id].Imm = (long)bits;
        return id;
    }

    public ValueId Become(ValueId id, Op op, ValueId a, NodeFlags flags = NodeFlags.None)
    {
        F.SetOperands(id, [a]);
        return Set(id, op, flags);
    }

    public ValueId Become(ValueId id, Op op, ValueId a, ValueId b, NodeFlags flags = NodeFlags.None)
    {
        F.SetOperands(id, [a, b]);
        return Set(id, op, flags);
    }

    public ValueId Become(ValueId id, Op op, ValueId a, ValueId b, ValueId c, NodeFlags flags = NodeFlags.None)
    {
        F.SetOperands(id, [a, b, c]);
        return Set(id, op, flags);
    }

    /// <summary>All bits of a scalar set.</summary>
    public static ulong Ones(IrType type) => IntegerMath.Mask(ulong.MaxValue, type.Bits);

    private void Place(ValueId before, ValueId id)
    {
        F[id].SpirvOffset = F[before].SpirvOffset;
        F.InsertBefore(before, id);
    }

    private ValueId Set(ValueId id, Op op, NodeFlags flags)
    {
        ref var node = ref F[id];
        node.Op = op;
        node.Imm = 0;
        node.Aux = 0;
        node.Flags = flags;
        return id;
    }
}
