using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>DenormFlushToZero, by the bits: kernels cannot switch the machine's own mode.</summary>
internal static class Denormals
{
    /// <summary>x, or the zero of its sign where it is denormal. Of any float width.</summary>
    public static ValueId Flush(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        var whole = ShapeTable.IntegerOf(type.Bits);
        long exponents = type.Bits switch { 16 => 0x7C00, 32 => 0x7F800000, _ => 0x7FF0000000000000 };
        var bits = b.Bitcast(whole, x);
        var small = b.Compare(Op.IEq, b.And(bits, b.Const(whole, exponents)), b.Zero(whole));
        var zero = b.And(bits, b.Const(whole, 1L << (type.Bits - 1)));
        return b.Bitcast(type, b.Select(small, zero, bits));
    }
}
