using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Turns small branches into selects. In: a function whose empty blocks and unreachable ones are gone. Out: a branch both
/// of whose sides only compute a few cheap pure values before they meet has become straight-line code with
/// <see cref="Op.Select"/>s. Invariant: nothing with an effect is executed more often. Lanes would run both sides of a
/// divergent branch anyway, and a select needs no mask.
/// </summary>
internal static class BranchToSelect
{
    /// <summary>Nodes of one side that are executed for nothing, at most, and parameters of the meeting block.</summary>
    private const int MaxNodes = 6, MaxSelects = 6;

    public static bool Run(PassContext context, Function f)
    {
        context.Flow.Build(f);
        bool any = false;
        // Inner branches first: they come later in the layout.
        for (int i = f.Layout.Count - 1; i >= 0; i--)
            any |= !f[f.Layout[i]].Removed && Convert(context, f, f.Layout[i]);
        if (any)
            ControlFlowSimplification.DropJoined(context, f);
        return any;
    }

    private static bool Convert(PassContext context, Function f, BlockId block)
    {
        var branch = f.Terminator(block);
        if (f[branch].Op != Op.Branch || !f[block].Continue.IsNone)
            return false;
        BlockId then = f[branch].Target0, otherwise = f[branch].Target1;
        bool thenIsSide = IsSide(context, f, block, then, out var afterThen);
        bool otherwiseIsSide = IsSide(context, f, block, otherwise, out var afterOtherwise);
        BlockId meet;
        if (then == otherwise)
        {
            meet = then;
            thenIsSide = otherwiseIsSide = false;
        }
        else if (thenIsSide && afterThen == otherwise)
        {
            meet = otherwise;
            otherwiseIsSide = false;
        }
        else if (otherwiseIsSide && afterOtherwise == then)
        {
            meet = then;
            thenIsSide = false;
        }
        else if (thenIsSide && otherwiseIsSide && afterThen == afterOtherwise)
        {
            meet = afterThen;
        }
        else
        {
            return false;
        }

        var first = thenIsSide ? f.Arguments(f.Terminator(then), 0) : f.Arguments(branch, 0);
        var second = otherwiseIsSide ? f.Arguments(f.Terminator(otherwise), 0) : f.Arguments(branch, 1);
        if (context.Flow.Position(meet) <= context.Flow.Position(block) || CountDifferent(first, second) > MaxSelects)
            return false;
        if (thenIsSide)
            Hoist(f, then, branch);
        if (otherwiseIsSide)
            Hoist(f, otherwise, branch);
        Replace(f, block, branch, meet, thenIsSide ? then : BlockId.None, otherwiseIsSide ? otherwise : BlockId.None);
        return true;
    }

    /// <summary>A block that only the branch leads to and that only computes a few cheap values before it jumps on.</summary>
    private static bool IsSide(PassContext context, Function f, BlockId block, BlockId side, out BlockId next)
    {
        next = BlockId.None;
        if (f[side].Removed || context.Flow.Predecessors(side).Length != 1 || !f[side].Merge.IsNone || f.Params(side).Length > 0 || side == block)
            return false;
        int count = 0;
        for (var id = f[side].First; !id.IsNone; id = f[id].Next)
        {
            var op = f[id].Op;
            if (op == Op.Jump)
            {
                next = f[id].Target0;
                return true;
            }

            if (!IsCheap(f, id) || (op != Op.Const && ++count > MaxNodes))
                return false;
        }

        return false;
    }

    /// <summary>Short elementwise ops, and loads of push constants, which are always there.</summary>
    private static bool IsCheap(Function f, ValueId id)
    {
        var op = f[id].Op;
        if (op == Op.Load)
            return f[f.Operand(id, 0)].Op == Op.PushBase && (f[id].Flags & NodeFlags.ReadOnly) != 0;
        return OpTable.Info(op) is { IsPure: true, Lanes: LaneRule.Elementwise } &&
            op is not (Op.UDiv or Op.SDiv or Op.URem or Op.SRem or Op.UMulHi or Op.SMulHi or Op.UDot4 or Op.SDot4 or Op.FDiv or Op.FSqrt or Op.FRsqrt);
    }

    private static int CountDifferent(ReadOnlySpan<ValueId> first, ReadOnlySpan<ValueId> second)
    {
        int count = 0;
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] != second[i])
                count++;
        }

        return count;
    }

    private static void Hoist(Function f, BlockId side, ValueId before)
    {
        while (f[f[side].First].Op != Op.Jump)
        {
            var id = f[side].First;
            f.Unlink(id);
            f.InsertBefore(before, id);
        }
    }

    private static void Replace(Function f, BlockId block, ValueId branch, BlockId meet, BlockId then, BlockId otherwise)
    {
        var condition = f.Operand(branch, 0);
        ValueId thenFrom = then.IsNone ? branch : f.Terminator(then);
        ValueId otherwiseFrom = otherwise.IsNone ? branch : f.Terminator(otherwise);
        int otherwiseTarget = otherwise.IsNone ? 1 : 0;
        int count = f.Params(meet).Length;
        f.CurrentSpirvOffset = f[branch].SpirvOffset;
        for (int i = 0; i < count; i++)
        {
            ValueId a = f.Arguments(thenFrom, 0)[i], b = f.Arguments(otherwiseFrom, otherwiseTarget)[i];
            if (a == b)
                continue;
            var select = f.NewNode(Op.Select, f.TypeOf(a), [condition, a, b]);
            f.InsertBefore(branch, select);
            f.Arguments(thenFrom, 0)[i] = select;
        }

        f.SetJump(branch, meet, f.Arguments(thenFrom, 0));
        if (f[block].Continue.IsNone)
            f[block].Merge = BlockId.None;
        Drop(f, then, block);
        Drop(f, otherwise, block);
    }

    private static void Drop(Function f, BlockId side, BlockId block)
    {
        if (side.IsNone)
            return;
        f[side].Removed = true;
        f[side].Merge = block;
    }
}
