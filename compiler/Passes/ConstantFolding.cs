using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Evaluates what is constant and applies algebraic rules. In: any function. Out: the same function with elementwise ops
/// on constants evaluated (<see cref="ScalarMath"/>), constants as right operands, branches on constants turned into
/// jumps. Invariant: values are bit for bit the same, NaN payloads aside. Blocks that can no longer be reached stay for
/// <see cref="DeadCodeElimination"/>.
/// </summary>
internal static class ConstantFolding
{
    /// <summary>Rules that one node goes through, at most: a guard against rules that undo each other.</summary>
    private const int MaxSteps = 8;

    public static void Run(PassContext context, Function f)
    {
        var map = context.Replacements;
        var rewriter = context.Rewriter;
        rewriter.F = f;
        map.Clear(f);
        foreach (var block in f.Layout)
        {
            var next = ValueId.None;
            for (var id = f[block].First; !id.IsNone; id = next)
            {
                next = f[id].Next;
                map.ResolveOperands(f, id);
                var result = id;
                for (int step = 0; step < MaxSteps && result == id; step++)
                    result = Simplify(rewriter, id);
                if (result.IsNone || result == id)
                    continue;
                map.Set(id, result);
                f.Unlink(id);
            }
        }

        map.Apply(f);
    }

    private static ValueId Simplify(Rewriter rewriter, ValueId id)
    {
        var f = rewriter.F;
        var op = f[id].Op;
        ref readonly var info = ref OpTable.Info(op);
        if (op is Op.Const or Op.Param)
            return ValueId.None;
        if (op is Op.Branch)
        {
            FoldBranch(rewriter, id);
            return ValueId.None;
        }

        if (info.Lanes == LaneRule.Elementwise)
        {
            if (Evaluate(rewriter, id))
                return ValueId.None;
            return op switch
            {
                Op.Select => SelectRules.Simplify(rewriter, id),
                >= Op.IAdd and <= Op.SLe => IntegerRules.Simplify(rewriter, id),
                >= Op.FAdd and <= Op.FUnordered => FloatRules.Simplify(rewriter, id),
                _ => ConversionRules.Simplify(rewriter, id),
            };
        }

        return AccessRules.Simplify(rewriter, id);
    }

    /// <summary>Elementwise on constants only: the node becomes a constant.</summary>
    private static bool Evaluate(Rewriter rewriter, ValueId id)
    {
        var f = rewriter.F;
        var operands = f.Operands(id);
        ulong a = 0, b = 0, c = 0;
        for (int i = 0; i < operands.Length; i++)
        {
            if (!rewriter.IsConst(operands[i], out ulong bits))
                return false;
            if (i == 0)
                a = bits;
            else if (i == 1)
                b = bits;
            else
                c = bits;
        }

        ulong value = ScalarMath.Evaluate(f[id].Op, f[id].Type.Scalar, f.TypeOf(operands[0]).Scalar, a, b, c);
        rewriter.BecomeConst(id, value);
        return true;
    }

    private static void FoldBranch(Rewriter rewriter, ValueId id)
    {
        var f = rewriter.F;
        var condition = f.Operand(id, 0);
        if (rewriter.IsConst(condition, out ulong bits))
        {
            BranchToJump(f, id, bits != 0 ? 0 : 1);
        }
        else if (f[id].Target0 == f[id].Target1 && f.Arguments(id, 0).SequenceEqual(f.Arguments(id, 1)))
        {
            BranchToJump(f, id, 0);
        }
        else if (f[condition].Op == Op.Not)
        {
            f.SetBranch(id, f.Operand(condition, 0), f[id].Target1, f.Arguments(id, 1), f[id].Target0, f.Arguments(id, 0));
        }
    }

    /// <summary>Keeps one side of a branch. A selection header without a branch is no header any more.</summary>
    internal static void BranchToJump(Function f, ValueId id, int target)
    {
        ref var node = ref f[id];
        f.SetJump(id, target == 0 ? node.Target0 : node.Target1, f.Arguments(id, target));
        var block = f[id].Block;
        if (f[block].Continue.IsNone)
            f[block].Merge = BlockId.None;
    }
}
