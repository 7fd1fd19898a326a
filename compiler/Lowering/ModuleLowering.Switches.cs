using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>OpSwitch: a chain of comparisons, or a search tree where there are many cases.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Targets that are asked for one after the other: beyond, the time for many cases would grow with their
    /// square, when compiling as well, as all that have not been asked for wait with the lanes that may be theirs.</summary>
    private const int MaxChain = 16;

    /// <summary>Literals that follow one another and have one target; unsigned.</summary>
    private readonly record struct CaseRange(ulong First, ulong Last, uint Label);

    private void LowerSwitch(in Instruction terminator)
    {
        var operands = _module.Operands(terminator);
        var selector = Leaf(operands[0]);
        var type = _f.TypeOf(selector);
        uint @default = operands[1];
        var targets = new List<uint>();
        var literals = new Dictionary<uint, List<long>>();
        int cases = _module.SwitchCaseCount(terminator);
        CountWork(cases);
        for (int i = 0; i < cases; i++)
        {
            var @case = _module.SwitchCase(terminator, i);
            if (@case.Label == @default)
                continue;
            if (!literals.TryGetValue(@case.Label, out var list))
            {
                literals.Add(@case.Label, list = []);
                targets.Add(@case.Label);
            }

            list.Add((long)@case.Literal);
        }

        if (targets.Count == 0)
            Jump(Target(@default), PhiArguments(@default));
        else if (targets.Count <= MaxChain)
            Chain(selector, targets, literals, @default);
        else
            Search(selector, Ranges(type, literals), @default);
    }

    /// <summary>One branch for each target but the default.</summary>
    private void Chain(ValueId selector, List<uint> targets, Dictionary<uint, List<long>> literals, uint @default)
    {
        var type = _f.TypeOf(selector);
        for (int i = 0; i < targets.Count; i++)
        {
            var hit = ValueId.None;
            foreach (long literal in literals[targets[i]])
            {
                var equal = _b.Compare(Op.IEq, selector, _b.Const(type, literal));
                hit = hit.IsNone ? equal : _b.Or(hit, equal);
            }

            var arguments = PhiArguments(targets[i]);
            if (i == targets.Count - 1)
            {
                Branch(hit, Target(targets[i]), arguments, Target(@default), PhiArguments(@default));
                return;
            }

            var next = _f.NewBlock();
            Branch(hit, Target(targets[i]), arguments, next, []);
            Begin(next);
        }
    }

    private static CaseRange[] Ranges(IrType type, Dictionary<uint, List<long>> literals)
    {
        var ranges = new List<CaseRange>();
        foreach (var (label, list) in literals)
        {
            foreach (long literal in list)
            {
                ulong bits = IntegerMath.Mask((ulong)literal, type.Bits);
                ranges.Add(new CaseRange(bits, bits, label));
            }
        }

        ranges.Sort(static (a, b) => a.First.CompareTo(b.First));
        int count = 0;
        for (int i = 0; i < ranges.Count; i++)
        {
            var range = ranges[i];
            if (count > 0 && ranges[count - 1].Label == range.Label && ranges[count - 1].Last + 1 == range.First)
                ranges[count - 1] = ranges[count - 1] with { Last = range.Last };
            else
                ranges[count++] = range;
        }

        ranges.RemoveRange(count, ranges.Count - count);
        return [.. ranges];
    }

    /// <summary>Halves the ranges until one is left.</summary>
    private void Search(ValueId selector, ReadOnlySpan<CaseRange> ranges, uint @default)
    {
        var type = _f.TypeOf(selector);
        if (ranges.Length > 1)
        {
            int middle = ranges.Length / 2;
            BlockId below = _f.NewBlock(), above = _f.NewBlock();
            Branch(_b.Compare(Op.ULt, selector, _b.Const(type, (long)ranges[middle].First)), below, [], above, []);
            Begin(below);
            Search(selector, ranges[..middle], @default);
            Begin(above);
            Search(selector, ranges[middle..], @default);
            return;
        }

        var (first, last, label) = ranges[0];
        var hit = first == last
            ? _b.Compare(Op.IEq, selector, _b.Const(type, (long)first))
            : _b.Compare(Op.ULe, _b.ISub(selector, _b.Const(type, (long)first)), _b.Const(type, (long)(last - first)));
        Branch(hit, Target(label), PhiArguments(label), Target(@default), PhiArguments(@default));
    }
}
