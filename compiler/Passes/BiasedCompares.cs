using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Unsigned comparisons of lanes as signed ones, for machines that have no others: of numbers below 2^31 as they are, of others
/// with 2^31 added to both sides. In: Simd level, before equal nodes are merged and invariant ones leave loops. Out: no ult of
/// 32-bit lanes. Invariant: bit for bit the same.
/// </summary>
/// <remarks>Where only comparisons need a sum with a uniform number, or such a number itself, the bias is added to the number: a
/// scalar addition, and of bounds one outside of the loop.</remarks>
internal static class BiasedCompares
{
    private const uint Bias = 0x80000000;
    private const int MaxDepth = 6;

    public static void Run(PassContext context, Function f)
    {
        var compares = context.Values;
        compares.Clear();
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (IsUnsigned(f, id))
                    compares.Add(id);
            }
        }

        if (compares.Count == 0)
            return;
        var rewriter = context.Rewriter;
        rewriter.F = f;
        context.Uses.Build(f);
        var compared = new int[f.NodeCount];
        foreach (var id in compares)
        {
            foreach (var operand in f.Operands(id))
                compared[operand.Index]++;
        }

        var pass = new Biaser(rewriter, context.Uses, compared);
        foreach (var id in compares)
        {
            ValueId a = f.Operand(id, 0), b = f.Operand(id, 1);
            if (Bound(f, a, 0) >= Bias || Bound(f, b, 0) >= Bias)
                (a, b) = (pass.Biased(id, a), pass.Biased(id, b));
            rewriter.Become(id, Op.SLt, a, b);
        }
    }

    private static bool IsUnsigned(Function f, ValueId id) =>
        f[id].Op == Op.ULt && f.TypeOf(f.Operand(id, 0)) is { Lanes: true, Bits: 32 };

    /// <summary>A number that an i32, taken as unsigned, does not exceed in any lane.</summary>
    private static ulong Bound(Function f, ValueId id, int depth)
    {
        ref var node = ref f[id];
        if (node.Op == Op.Const)
            return (uint)node.Imm;
        if (depth == MaxDepth)
            return uint.MaxValue;
        switch (node.Op)
        {
            case Op.LaneIndex: return 31;
            case Op.Splat: return Of(0);
            case Op.And: return Math.Min(Of(0), Of(1));
            case Op.UMin: return Math.Min(Of(0), Of(1));
            case Op.Or: return ulong.MaxValue >> BitOperations.LeadingZeroCount(Of(0) | Of(1) | 1);
            case Op.Select: return Math.Max(Of(1), Of(2));
            case Op.IAdd: return Math.Min(uint.MaxValue, Of(0) + Of(1));
            case Op.ZExt: return (1UL << f.TypeOf(f.Operand(id, 0)).Bits) - 1;
            case Op.LShr when f[f.Operand(id, 1)].Op == Op.Const: return Of(0) >> (int)(f[f.Operand(id, 1)].Imm & 31);
            case Op.Shl when f[f.Operand(id, 1)].Op == Op.Const:
                return Math.Min(uint.MaxValue, Of(0) << (int)(f[f.Operand(id, 1)].Imm & 31));
            default: return uint.MaxValue;
        }

        ulong Of(int operand) => Bound(f, f.Operand(id, operand), depth + 1);
    }

    private readonly struct Biaser(Rewriter rewriter, UseCounts uses, int[] compared)
    {
        /// <summary>x + 2^31, made in front of a node.</summary>
        public ValueId Biased(ValueId before, ValueId x)
        {
            var f = rewriter.F;
            var type = f.TypeOf(x);
            if (rewriter.IsConst(x, out ulong bits))
                return rewriter.Constant(before, type, (uint)bits ^ Bias);
            if (x.Index < compared.Length && uses[x] == compared[x.Index])
            {
                if (f[x].Op == Op.Splat)
                    return BiasedSplat(before, x);
                if (f[x].Op == Op.IAdd)
                {
                    ValueId a = f.Operand(x, 0), b = f.Operand(x, 1);
                    if (f[a].Op != Op.Splat)
                        (a, b) = (b, a);
                    if (f[a].Op == Op.Splat)
                        return rewriter.Insert(before, Op.IAdd, type, BiasedSplat(before, a), b);
                }
            }

            return rewriter.Insert(before, Op.Xor, type, x, rewriter.Constant(before, type, Bias));
        }

        private ValueId BiasedSplat(ValueId before, ValueId splat)
        {
            var number = rewriter.F.Operand(splat, 0);
            var type = rewriter.F.TypeOf(number);
            var sum = rewriter.Insert(before, Op.IAdd, type, number, rewriter.Constant(before, type, Bias));
            return rewriter.Insert(before, Op.Splat, rewriter.F.TypeOf(splat), sum);
        }
    }
}
