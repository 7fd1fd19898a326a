using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>OpExtInst: GLSL.std.450. Non-semantic sets change nothing; DebugPrintf prints.</summary>
internal sealed partial class ModuleLowering
{
    private void LowerExtended(in Insn i)
    {
        string set = _module.StringOf(i[0]);
        if (set == PrintSet)
        {
            LowerPrint(i);
            return;
        }

        if (set == "OpenCL.DebugInfo.100" || set.StartsWith("NonSemantic.", StringComparison.Ordinal))
            return;
        if (set != "GLSL.std.450")
            Refusal.Throw($"the extended instruction set \"{set}\" is not supported");
        var number = (GlslStd450)i[1];
        var operands = i.Operands[2..];
        var inner = new Insn(i.Opcode, i.Type, i.Result, operands);
        if (!LowerCommon(number, inner) && !LowerTranscendental(number, inner) && !LowerGeometric(number, inner)
            && !LowerPacking(number, inner))
        {
            Refusal.Throw($"GLSL.std.450 {number} is not supported yet");
        }
    }

    private bool LowerCommon(GlslStd450 number, in Insn i)
    {
        uint r = i.Result;
        switch (number)
        {
            case GlslStd450.Round or GlslStd450.RoundEven: return EachUnary(i, Op.FRoundEven);
            case GlslStd450.Trunc: return EachUnary(i, Op.FTrunc);
            case GlslStd450.Floor: return EachUnary(i, Op.FFloor);
            case GlslStd450.Ceil: return EachUnary(i, Op.FCeil);
            case GlslStd450.FAbs: return EachUnary(i, Op.FAbs);
            case GlslStd450.SAbs: return Each(r, i[0], Common.SAbs);
            case GlslStd450.FSign: return Each(r, i[0], Common.Sign);
            case GlslStd450.SSign: return Each(r, i[0], Common.SSign);
            case GlslStd450.Fract: return Each(r, i[0], Common.Fract);
            case GlslStd450.Radians:
                return Each(r, i[0], static (b, x) => b.FMul(x, b.Float(b.Function.TypeOf(x), Math.PI / 180)));
            case GlslStd450.Degrees:
                return Each(r, i[0], static (b, x) => b.FMul(x, b.Float(b.Function.TypeOf(x), 180 / Math.PI)));
            case GlslStd450.Sqrt: return EachUnary(i, Op.FSqrt);
            case GlslStd450.InverseSqrt: return Each(r, i[0], Vectors.InverseSqrt);
            case GlslStd450.FMin: return EachBinary(i, Op.FMin);
            case GlslStd450.FMax: return EachBinary(i, Op.FMax);
            case GlslStd450.UMin: return EachBinary(i, Op.UMin);
            case GlslStd450.UMax: return EachBinary(i, Op.UMax);
            case GlslStd450.SMin: return EachBinary(i, Op.SMin);
            case GlslStd450.SMax: return EachBinary(i, Op.SMax);
            case GlslStd450.NMin: return Each(r, i[0], i[1], Common.NMin);
            case GlslStd450.NMax: return Each(r, i[0], i[1], Common.NMax);
            case GlslStd450.FClamp: return Each(r, i[0], i[1], i[2], Common.Clamp);
            case GlslStd450.NClamp: return Each(r, i[0], i[1], i[2], Common.NClamp);
            case GlslStd450.UClamp:
                return Each(r, i[0], i[1], i[2], static (b, x, low, high) =>
                    b.Binary(Op.UMin, b.Binary(Op.UMax, x, low), high));
            case GlslStd450.SClamp:
                return Each(r, i[0], i[1], i[2], static (b, x, low, high) =>
                    b.Binary(Op.SMin, b.Binary(Op.SMax, x, low), high));
            case GlslStd450.FMix: return Each(r, i[0], i[1], i[2], Common.Mix);
            case GlslStd450.Step: return Each(r, i[0], i[1], Common.Step);
            case GlslStd450.SmoothStep: return Each(r, i[0], i[1], i[2], Common.SmoothStep);
            case GlslStd450.Fma:
                _b.TowardZeroWidths = _floats.TowardZero;
                return Each(r, i[0], i[1], i[2], static (b, x, y, z) => b.Fma(x, y, z));
            case GlslStd450.FindILsb: return Each(r, i[0], BitFields.FindLowest);
            case GlslStd450.FindUMsb: return Each(r, i[0], BitFields.FindHighest);
            case GlslStd450.FindSMsb: return Each(r, i[0], BitFields.FindHighestSigned);
            case GlslStd450.Modf or GlslStd450.ModfStruct or GlslStd450.Frexp or GlslStd450.FrexpStruct:
                return SplitParts(number, i);
            case GlslStd450.Ldexp: return LowerLdexp(i);
            default: return false;
        }
    }

    private bool LowerTranscendental(GlslStd450 number, in Insn i)
    {
        bool denormals = (_floats.Preserved & 32) != 0;
        switch (number)
        {
            case GlslStd450.Sin: return InSingle(i, Trigonometric.Sin);
            case GlslStd450.Cos: return InSingle(i, Trigonometric.Cos);
            case GlslStd450.Tan: return InSingle(i, Trigonometric.Tan);
            case GlslStd450.Asin: return InSingle(i, Trigonometric.Asin);
            case GlslStd450.Acos: return InSingle(i, Trigonometric.Acos);
            case GlslStd450.Atan: return InSingle(i, Trigonometric.Atan);
            case GlslStd450.Sinh: return InSingle(i, Hyperbolic.Sinh);
            case GlslStd450.Cosh: return InSingle(i, Hyperbolic.Cosh);
            case GlslStd450.Tanh: return InSingle(i, Hyperbolic.Tanh);
            case GlslStd450.Asinh: return InSingle(i, Hyperbolic.Asinh);
            case GlslStd450.Acosh: return InSingle(i, Hyperbolic.Acosh);
            case GlslStd450.Atanh: return InSingle(i, Hyperbolic.Atanh);
            case GlslStd450.Exp: return InSingle(i, denormals ? GradualExponential.Exp : Exponential.Exp);
            case GlslStd450.Exp2: return InSingle(i, denormals ? GradualExponential.Exp2 : Exponential.Exp2);
            case GlslStd450.Log: return InSingle(i, denormals ? GradualExponential.Log : Exponential.Log);
            case GlslStd450.Log2: return InSingle(i, denormals ? GradualExponential.Log2 : Exponential.Log2);
            case GlslStd450.Atan2:
                return Each(i.Result, i[0], i[1], (b, y, x) => Narrowed(b, Trigonometric.Atan2(b, Single(b, y), Single(b, x)), y));
            case GlslStd450.Pow:
                BinaryRoutine pow = denormals ? GradualExponential.Pow : Exponential.Pow;
                return Each(i.Result, i[0], i[1], (b, x, y) => Narrowed(b, pow(b, Single(b, x), Single(b, y)), x));
            default: return false;
        }
    }

    /// <summary>A routine of f32 on each component; f16 goes there and back.</summary>
    private bool InSingle(in Insn i, UnaryRoutine routine) =>
        Each(i.Result, i[0], (b, x) => Narrowed(b, routine(b, Single(b, x)), x));

    private static ValueId Single(FunctionBuilder b, ValueId x)
    {
        var type = b.Function.TypeOf(x);
        if (type.Scalar == Scalar.F64)
            Refusal.Throw("64-bit floats are not supported by it");
        return type.Scalar == Scalar.F16 ? b.Convert(Op.FWiden, IrType.F32, x) : x;
    }

    private static ValueId Narrowed(FunctionBuilder b, ValueId result, ValueId operand)
    {
        var type = b.Function.TypeOf(operand);
        return type.Scalar == Scalar.F16 ? b.Convert(Op.FNarrow, type, result) : result;
    }

    /// <summary>Geometric functions. Those of f16 are computed in f32, where no square overflows or vanishes.</summary>
    private bool LowerGeometric(GlslStd450 number, in Insn i)
    {
        switch (number)
        {
            case GlslStd450.Length or GlslStd450.Distance or GlslStd450.Determinant or GlslStd450.MatrixInverse or GlslStd450.Cross
                or GlslStd450.Normalize or GlslStd450.FaceForward or GlslStd450.Reflect or GlslStd450.Refract:
                break;
            default:
                return false;
        }

        var operands = new ValueId[i.Count][];
        for (int k = 0; k < operands.Length; k++)
        {
            operands[k] = Leaves(i[k]).ToArray();
            Vectors.WidenHalves(_b, operands[k]);
            if (k > 0 && (number != GlslStd450.Refract || k < 2))
                CheckLength(operands[0], operands[k]);
        }

        var results = Geometric(number, i, operands);
        if (ScalarTypeOf(i.Type).Scalar == Scalar.F16)
            Vectors.NarrowToHalves(_b, results);
        _values.Set(i.Result, results);
        return true;
    }

    private ValueId[] Geometric(GlslStd450 number, in Insn i, ValueId[][] operands)
    {
        var a = operands[0];
        var results = new ValueId[a.Length];
        switch (number)
        {
            case GlslStd450.Length:
                return [Vectors.Length(_b, a)];
            case GlslStd450.Distance:
                return [Vectors.Distance(_b, a, operands[1])];
            case GlslStd450.Determinant:
                return [Matrices.Determinant(_b, a, SquareOf(i[0]))];
            case GlslStd450.MatrixInverse:
                if (ScalarTypeOf(i.Type).Scalar == Scalar.F32)
                    Matrices.InverseInDouble(_b, a, SquareOf(i[0]), results);
                else
                    Matrices.Inverse(_b, a, SquareOf(i[0]), results);
                break;
            case GlslStd450.Normalize:
                Vectors.Normalize(_b, a, results);
                break;
            case GlslStd450.Cross:
                if (a.Length != 3)
                    Refusal.Throw("Cross of vectors that are not of 3 components");
                Vectors.Cross(_b, a, operands[1], results);
                break;
            case GlslStd450.FaceForward:
                Vectors.FaceForward(_b, a, operands[1], operands[2], results);
                break;
            case GlslStd450.Reflect:
                Vectors.Reflect(_b, a, operands[1], results);
                break;
            default:
                var eta = operands[2][0];
                if (_f.TypeOf(eta) != _f.TypeOf(a[0]))
                    eta = _b.Convert(_f.TypeOf(eta).Bits < _f.TypeOf(a[0]).Bits ? Op.FWiden : Op.FNarrow, _f.TypeOf(a[0]), eta);
                Vectors.Refract(_b, a, operands[1], eta, results);
                break;
        }

        return results;
    }

    private int SquareOf(uint matrix)
    {
        int rows = RowsOf(matrix);
        if (Leaves(matrix).Length != rows * rows)
            Refusal.Throw($"%{matrix} is not a square matrix");
        return rows;
    }

    private bool LowerPacking(GlslStd450 number, in Insn i)
    {
        var a = Leaves(i[0]);
        switch (number)
        {
            case GlslStd450.PackSnorm4x8 or GlslStd450.PackUnorm4x8 when a.Length == 4:
                SetScalar(i.Result, Packing.PackNorm(_b, a, number == GlslStd450.PackSnorm4x8));
                return true;
            case GlslStd450.PackSnorm2x16 or GlslStd450.PackUnorm2x16 when a.Length == 2:
                SetScalar(i.Result, Packing.PackNorm(_b, a, number == GlslStd450.PackSnorm2x16));
                return true;
            case GlslStd450.PackHalf2x16 when a.Length == 2:
                SetScalar(i.Result, Packing.PackHalf(_b, a[0], a[1], (_floats.Flushed & 16) != 0));
                return true;
            case GlslStd450.PackDouble2x32 when a.Length == 2:
                SetScalar(i.Result, _b.Bitcast(IrType.F64, Packing.Join(_b, a[0], a[1])));
                return true;
            case GlslStd450.UnpackDouble2x32:
                var (low, high) = Packing.Split(_b, _b.Bitcast(IrType.I64, a[0]));
                _values.Set(i.Result, [low, high]);
                return true;
            case GlslStd450.UnpackSnorm4x8 or GlslStd450.UnpackUnorm4x8 or GlslStd450.UnpackSnorm2x16
                or GlslStd450.UnpackUnorm2x16 or GlslStd450.UnpackHalf2x16:
                var results = new ValueId[number is GlslStd450.UnpackSnorm4x8 or GlslStd450.UnpackUnorm4x8 ? 4 : 2];
                if (number == GlslStd450.UnpackHalf2x16)
                    Packing.UnpackHalf(_b, a[0], results, (_floats.Flushed & 16) != 0);
                else
                    Packing.UnpackNorm(_b, a[0], results, number is GlslStd450.UnpackSnorm4x8 or GlslStd450.UnpackSnorm2x16);
                _values.Set(i.Result, results);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Modf and Frexp: two results, as a struct or one of them through a pointer.</summary>
    private bool SplitParts(GlslStd450 number, in Insn i)
    {
        var a = Leaves(i[0]);
        int n = a.Length;
        bool isModf = number is GlslStd450.Modf or GlslStd450.ModfStruct;
        var results = new ValueId[2 * n];
        for (int k = 0; k < n; k++)
        {
            (results[k], results[n + k]) = isModf ? FloatParts.Modf(_b, a[k]) : FloatParts.Frexp(_b, a[k]);
        }

        if (!isModf)
        {
            // The exponents may be of any width: that of the struct's second member or of what the pointer points to.
            uint pair = number == GlslStd450.FrexpStruct ? _module.Members(_module.Type(i.Type))[1] : _module.TypeOf(i[1]).Element;
            var exponent = ScalarTypeOf(pair);
            for (int k = n; k < 2 * n; k++)
                results[k] = Resize(results[k], exponent, signed: true);
        }

        if (number is GlslStd450.ModfStruct or GlslStd450.FrexpStruct)
        {
            _values.Set(i.Result, results);
            return true;
        }

        Store(PointerOf(i[1]), results.AsSpan(n), NodeFlags.None);
        _values.Set(i.Result, results.AsSpan(0, n));
        return true;
    }

    private bool LowerLdexp(in Insn i)
    {
        var x = Leaves(i[0]);
        var e = Leaves(i[1]);
        CheckLength(x, e);
        var results = new ValueId[x.Length];
        for (int k = 0; k < results.Length; k++)
        {
            var exponent = e[k];
            if (_f.TypeOf(exponent).Bits == 64)
            {
                var far = _b.I64(int.MaxValue);
                exponent = _b.Binary(Op.SMin, _b.Binary(Op.SMax, exponent, _b.Const(IrType.I64, -int.MaxValue)), far);
            }

            results[k] = FloatParts.Ldexp(_b, x[k], Resize(exponent, IrType.I32, signed: true));
        }

        _values.Set(i.Result, results);
        return true;
    }
}
