using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;

namespace ShaderJit.Compiler.Lowering;

/// <summary>A builder that rounds sums, products and quotients of some float widths toward zero, while it is told to.</summary>
internal sealed class RoundingBuilder : FunctionBuilder
{
    public RoundingBuilder(Function function)
        : base(function)
    {
    }

    /// <summary>A sum of the widths: 16, 32 and 64. 0: all are rounded to nearest even.</summary>
    public int TowardZeroWidths { get; set; }

    public override ValueId Binary(Op op, ValueId a, ValueId b, NodeFlags flags = NodeFlags.None)
    {
        int widths = TowardZeroWidths;
        if (widths == 0 || op is not (Op.FAdd or Op.FSub or Op.FMul or Op.FDiv) || (widths & Function.TypeOf(a).Bits) == 0)
            return base.Binary(op, a, b, flags);
        TowardZeroWidths = 0;
        var result = TowardZero.Binary(this, op, a, b);
        TowardZeroWidths = widths;
        return result;
    }

    /// <summary>Rounded toward zero, a product and a sum, which is what Vulkan derives its precision from.</summary>
    public override ValueId Fma(ValueId a, ValueId b, ValueId c, NodeFlags flags = NodeFlags.None) =>
        (TowardZeroWidths & Function.TypeOf(a).Bits) != 0 ? FAdd(FMul(a, b), c) : base.Fma(a, b, c, flags);
}
