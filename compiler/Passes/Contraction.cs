using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Fuses multiplication and addition. In: any function. Out: an FAdd or FSub of an FMul of the same block that nothing
/// else uses is an FFma. Invariant: nodes that are Precise (NoContraction) stay apart. This is the one pass that changes
/// results: one rounding less.
/// </summary>
internal static class Contraction
{
    public static void Run(PassContext context, Function f)
    {
        var uses = context.Uses;
        var rewriter = context.Rewriter;
        rewriter.F = f;
        uses.Build(f);
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                var op = f[id].Op;
                if (op is not (Op.FAdd or Op.FSub) || (f[id].Flags & NodeFlags.Precise) != 0 || f[id].Type.Scalar == Scalar.F16)
                    continue;
                ValueId a = f.Operand(id, 0), b = f.Operand(id, 1);
                if (CanFuse(f, uses, id, a))
                    Fuse(rewriter, id, a, b, negateProduct: false, negateSum: op == Op.FSub);
                else if (CanFuse(f, uses, id, b))
                    Fuse(rewriter, id, b, a, negateProduct: op == Op.FSub, negateSum: false);
            }
        }
    }

    private static bool CanFuse(Function f, UseCounts uses, ValueId sum, ValueId product)
    {
        ref var node = ref f[product];
        return node.Op == Op.FMul && (node.Flags & NodeFlags.Precise) == 0 && uses[product] == 1 && node.Block == f[sum].Block;
    }

    private static void Fuse(Rewriter r, ValueId sum, ValueId product, ValueId addend, bool negateProduct, bool negateSum)
    {
        var f = r.F;
        var type = f[sum].Type;
        ValueId x = f.Operand(product, 0), y = f.Operand(product, 1);
        if (negateProduct)
            x = r.Insert(sum, Op.FNeg, type, x);
        if (negateSum)
            addend = r.Insert(sum, Op.FNeg, type, addend);
        r.Become(sum, Op.FFma, x, y, addend);
        f.Unlink(product);
    }
}
