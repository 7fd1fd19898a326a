using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Keeps one of the counters of a loop that stay apart by a constant: the first indices of subgroups that run side by side. In:
/// Simd level, equal nodes merged. Out: a parameter of a loop's header that enters as another one plus a constant, and to which each
/// turn adds the same number, is that sum. Invariant: values are the same.
/// </summary>
internal static class InductionVariables
{
    public static void Run(PassContext context, Function f)
    {
        context.BuildLoops(f);
        var map = context.Replacements;
        var rewriter = context.Rewriter;
        rewriter.F = f;
        map.Clear(f);
        LinearForm first = new(), second = new();
        for (int loop = 0; loop < context.Loops.Count; loop++)
        {
            var header = context.Loops.Header(loop);
            for (int i = 1; i < f.Params(header).Length; i++)
            {
                if (f.TypeOf(f.Params(header)[i]) != IrType.I32)
                    continue;
                for (int k = 0; k < i; k++)
                {
                    if (f.TypeOf(f.Params(header)[k]) != IrType.I32 || map.Resolve(f.Params(header)[k]) != f.Params(header)[k]
                        || !StayApart(context, f, loop, header, k, i, first, second))
                    {
                        continue;
                    }

                    var before = f[header].First;
                    var distance = rewriter.Constant(before, IrType.I32, second.Constant - first.Constant);
                    map.Set(f.Params(header)[i], rewriter.Insert(before, Op.IAdd, IrType.I32, f.Params(header)[k], distance));
                    break;
                }
            }
        }

        map.Apply(f);
    }

    private static bool StayApart(PassContext context, Function f, int loop, BlockId header, int k, int i, LinearForm first, LinearForm second)
    {
        bool hasEntry = false;
        foreach (var edge in context.Flow.Predecessors(header))
        {
            var arguments = f.Arguments(f.Terminator(edge.From), edge.Target);
            if (context.Loops.Contains(loop, edge.From))
            {
                var added = Added(f, arguments[k], f.Params(header)[k]);
                if (added.IsNone || added != Added(f, arguments[i], f.Params(header)[i]))
                    return false;
                continue;
            }

            first.Set(f, arguments[k]);
            second.Set(f, arguments[i]);
            if (hasEntry || !first.HasTermsOf(second))
                return false;
            hasEntry = true;
        }

        return hasEntry;
    }

    /// <summary>What is added to a parameter; None where that is not what is done.</summary>
    private static ValueId Added(Function f, ValueId sum, ValueId param)
    {
        if (f[sum].Op != Op.IAdd)
            return ValueId.None;
        ValueId a = f.Operand(sum, 0), b = f.Operand(sum, 1);
        return a == param ? b : b == param ? a : ValueId.None;
    }
}
