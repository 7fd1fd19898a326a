using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Lanes divided by one number: by a multiplication with its scaled reciprocal, which is computed once (and moved out of
/// loops like any other uniform value). Granlund and Montgomery, "Division by invariant integers using multiplication",
/// figure 4.1. Bit for bit what the division gives; 0 where the divisor is 0.
/// </summary>
internal sealed partial class KernelEmitter
{
    private bool IsDivisionByOne(ValueId id, in Node node) =>
        node.Op is Op.UDiv or Op.URem or Op.SDiv or Op.SRem && node.Type.Scalar == Scalar.I32
        && ShapeHere(_f.Operand(id, 1)).IsUniform && _f[_f.Operand(id, 1)].Op != Op.Const;

    private ValueId DivideByOne(ValueId id, in Node node)
    {
        var divisor = ScalarOf(_f.Operand(id, 1));
        var dividend = LanesOf(_f.Operand(id, 0));
        bool signed = node.Op is Op.SDiv or Op.SRem;
        ValueId quotient;
        if (signed)
        {
            var (sign, magnitude) = Magnitude(dividend, Row(31));
            var (divisorSign, divisorMagnitude) = Magnitude(divisor, _b.I32(31));
            quotient = Quotient(magnitude, divisorMagnitude);
            var result = _b.Binary(Op.Xor, sign, _b.Lanes(divisorSign));
            quotient = _b.Binary(Op.ISub, _b.Binary(Op.Xor, quotient, result), result);
        }
        else
        {
            quotient = Quotient(dividend, divisor);
        }

        if (node.Op is Op.URem or Op.SRem)
            quotient = _b.Binary(Op.ISub, dividend, _b.Binary(Op.IMul, quotient, _b.Lanes(divisor)));
        var kept = _b.Select(_b.Binary(Op.IEq, divisor, _b.I32(0)), _b.I32(0), _b.I32(-1));
        return _b.Binary(Op.And, quotient, _b.Lanes(kept));
    }

    private ValueId Row(int value) => _b.Const(IrType.I32.AsLanes, value);

    private (ValueId Sign, ValueId Magnitude) Magnitude(ValueId x, ValueId bits)
    {
        var sign = _b.Binary(Op.AShr, x, bits);
        return (sign, _b.Binary(Op.ISub, _b.Binary(Op.Xor, x, sign), sign));
    }

    /// <summary>Unsigned, of lanes by a scalar; anything where that is 0.</summary>
    private ValueId Quotient(ValueId dividend, ValueId divisor)
    {
        // Of 2^log, the smallest power of two that is not below the divisor.
        var log = _b.Binary(Op.ISub, _b.I32(32), _b.Emit(Op.Clz, IrType.I32, [_b.Binary(Op.ISub, divisor, _b.I32(1))]));
        var wide = _b.Emit(Op.ZExt, IrType.I64, [divisor]);
        var power = _b.Binary(Op.Shl, _b.Const(IrType.I64, 1), _b.Emit(Op.ZExt, IrType.I64, [log]));
        var scaled = _b.Binary(Op.Shl, _b.Binary(Op.ISub, power, wide), _b.Const(IrType.I64, 32));
        var reciprocal = _b.Binary(Op.IAdd, _b.Emit(Op.Trunc, IrType.I32, [_b.Binary(Op.UDiv, scaled, wide)]), _b.I32(1));
        var first = _b.Binary(Op.UMin, log, _b.I32(1));
        var second = _b.Binary(Op.ISub, log, first);
        var high = _b.Binary(Op.UMulHi, dividend, _b.Lanes(reciprocal));
        var rest = _b.Binary(Op.LShr, _b.Binary(Op.ISub, dividend, high), _b.Lanes(first));
        return _b.Binary(Op.LShr, _b.Binary(Op.IAdd, high, rest), _b.Lanes(second));
    }
}
