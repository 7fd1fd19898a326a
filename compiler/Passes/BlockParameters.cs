using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>Drops block parameters together with their arguments on every edge.</summary>
internal static class BlockParameters
{
    /// <summary>Parameters before one that it is compared with, at most.</summary>
    private const int MaxCompared = 16;

    /// <summary>
    /// Replaces parameters that have one value on every edge, or on every edge but those that pass the parameter itself,
    /// and those that always equal another parameter of their block.
    /// </summary>
    /// <remarks>Needs context.Flow up to date, and no unreachable block in the layout.</remarks>
    public static void Simplify(PassContext context, Function f)
    {
        var map = context.Replacements;
        var dropped = context.Uses;
        map.Clear(f);
        dropped.Clear(f);
        bool any = false, changed = true;
        while (changed)
        {
            changed = false;
            foreach (var block in f.Layout)
            {
                var parameters = f.Params(block);
                for (int i = 0; i < parameters.Length; i++)
                {
                    if (dropped[parameters[i]] != 0)
                        continue;
                    var value = OnlyValue(context, f, block, i);
                    if (value.IsNone)
                        value = EqualParameter(context, f, block, i, dropped);
                    if (value.IsNone)
                        continue;
                    map.Set(parameters[i], value);
                    dropped.Add(parameters[i]);
                    changed = any = true;
                }
            }
        }

        if (!any)
            return;
        foreach (var block in f.Layout)
            RemoveWhere(context, f, block, dropped, whenZero: false);
        map.Apply(f);
    }

    /// <summary>Drops the parameters of a block whose count is 0.</summary>
    public static void RemoveWhereUnused(PassContext context, Function f, BlockId block, UseCounts live) =>
        RemoveWhere(context, f, block, live, whenZero: true);

    private static void RemoveWhere(PassContext context, Function f, BlockId block, UseCounts counts, bool whenZero)
    {
        var parameters = f.Params(block);
        int kept = 0;
        foreach (var param in parameters)
        {
            if (counts[param] == 0 != whenZero)
                kept++;
        }

        if (kept == parameters.Length)
            return;
        foreach (var edge in context.Flow.Predecessors(block))
            DropArguments(context, f, f.Terminator(edge.From), edge.Target, block, counts, whenZero);
        var list = context.MoreValues;
        list.Clear();
        foreach (var param in f.Params(block))
        {
            if (counts[param] == 0 != whenZero)
                list.Add(param);
            else
                f[param].Block = BlockId.None;
        }

        f.SetParams(block, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list));
    }

    private static void DropArguments(PassContext context, Function f, ValueId terminator, int target, BlockId block,
        UseCounts counts, bool whenZero)
    {
        var list = context.MoreValues;
        list.Clear();
        var arguments = f.Arguments(terminator, target);
        var parameters = f.Params(block);
        for (int i = 0; i < parameters.Length; i++)
        {
            if (counts[parameters[i]] == 0 != whenZero)
                list.Add(arguments[i]);
        }

        f.SetArguments(terminator, target, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(list));
    }

    /// <summary>The one value that a parameter has, itself left aside; else None.</summary>
    private static ValueId OnlyValue(PassContext context, Function f, BlockId block, int index)
    {
        var map = context.Replacements;
        var self = f.Params(block)[index];
        var only = ValueId.None;
        foreach (var edge in context.Flow.Predecessors(block))
        {
            var value = map.Resolve(f.Arguments(f.Terminator(edge.From), edge.Target)[index]);
            if (value == self || value == only)
                continue;
            if (!only.IsNone)
                return ValueId.None;
            only = value;
        }

        return only;
    }

    /// <summary>An earlier parameter of the block with the same argument on each edge.</summary>
    private static ValueId EqualParameter(PassContext context, Function f, BlockId block, int index, UseCounts dropped)
    {
        var map = context.Replacements;
        var parameters = f.Params(block);
        for (int other = Math.Max(0, index - MaxCompared); other < index; other++)
        {
            if (dropped[parameters[other]] != 0 || f.TypeOf(parameters[other]) != f.TypeOf(parameters[index]))
                continue;
            bool equal = true;
            foreach (var edge in context.Flow.Predecessors(block))
            {
                var arguments = f.Arguments(f.Terminator(edge.From), edge.Target);
                equal &= map.Resolve(arguments[other]) == map.Resolve(arguments[index]);
            }

            if (equal)
                return parameters[other];
        }

        return ValueId.None;
    }
}
