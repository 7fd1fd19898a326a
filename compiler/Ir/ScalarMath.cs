namespace ShaderJit.Compiler.Ir;

/// <summary>
/// The meaning of each elementwise op, on one scalar. Constant folding and the oracle use it; machine code is tested
/// against it.
/// </summary>
/// <remarks>Scalars travel as bits, zero-extended to 64; bools are 0 or 1.</remarks>
public static class ScalarMath
{
    /// <param name="result">Scalar of the result.</param>
    /// <param name="operand">Scalar of the first operand.</param>
    public static ulong Evaluate(Op op, Scalar result, Scalar operand, ulong a, ulong b = 0, ulong c = 0)
    {
        switch (op)
        {
            case Op.IAdd or Op.ISub or Op.IMul or Op.UMulHi or Op.SMulHi or Op.UDot4 or Op.SDot4 or Op.UDiv or Op.SDiv or Op.URem or Op.SRem
                or Op.And or Op.Or or Op.Xor or Op.Not or Op.Shl or Op.LShr or Op.AShr
                or Op.UMin or Op.UMax or Op.SMin or Op.SMax or Op.PopCount or Op.BitReverse or Op.Clz or Op.Ctz
                or Op.IEq or Op.INe or Op.ULt or Op.ULe or Op.SLt or Op.SLe:
                return IntegerMath.Evaluate(op, new IrType(operand).Bits, a, b);
            case Op.Select:
                return (a & 1) != 0 ? b : c;
            case Op.FAdd or Op.FSub or Op.FMul or Op.FDiv or Op.FFma or Op.FNeg or Op.FAbs or Op.FSqrt or Op.FRsqrt
                or Op.FMin or Op.FMax or Op.FFloor or Op.FCeil or Op.FTrunc or Op.FRoundEven
                or Op.FEq or Op.FLt or Op.FLe or Op.FNe or Op.FUnordered:
                return operand switch
                {
                    Scalar.F32 => FloatMath.Evaluate32(op, a, b, c),
                    Scalar.F64 => FloatMath.Evaluate64(op, a, b, c),
                    _ => FloatMath.Evaluate16(op, a, b),
                };
            case Op.Trunc:
                return IntegerMath.Mask(a, new IrType(result).Bits);
            case Op.ZExt or Op.Bitcast:
                return a;
            case Op.SExt:
                return IntegerMath.Mask((ulong)IntegerMath.Sign(a, new IrType(operand).Bits), new IrType(result).Bits);
            case Op.FToS:
                return FloatMath.ToSigned(FloatMath.ToDouble(operand, a), new IrType(result).Bits);
            case Op.FToU:
                return FloatMath.ToUnsigned(FloatMath.ToDouble(operand, a), new IrType(result).Bits);
            case Op.SToF:
                return FloatMath.FromSigned(IntegerMath.Sign(a, new IrType(operand).Bits), result);
            case Op.UToF:
                return FloatMath.FromUnsigned(a, result);
            case Op.FWiden or Op.FNarrow:
                return FloatMath.Resize(operand, result, a);
            default:
                throw new InvalidOperationException($"{op} is not elementwise");
        }
    }
}
