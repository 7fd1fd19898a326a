using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>
/// The routines of GLSL.std.450 keep the error bounds that they document, over floats sampled densely by their bits,
/// against double precision. The bounds are within Vulkan's "Precision of GLSL.std.450 Instructions".
/// </summary>
public sealed class RoutineTests
{
    private delegate ValueId Routine(FunctionBuilder b, ValueId x);

    /// <summary>name, from, to, bound in ULP (0: none), bound of the absolute error (0: none). One of the two must hold.</summary>
    public static TheoryData<string, float, float, double, double> Bounds => new()
    {
        { "exp2", -126, 127.99999f, 2, 0 },
        { "exp", -87, 88.7f, 3, 0 },
        { "log2", 1.2e-38f, 0.5f, 3, 0 }, { "log2", 0.5f, 2, 0, 2.4e-7 }, { "log2", 2, 3.4e38f, 3, 0 },
        { "log", 1.2e-38f, 0.5f, 3, 0 }, { "log", 0.5f, 2, 0, 2.4e-7 }, { "log", 2, 3.4e38f, 3, 0 },
        { "sin", -3.1415927f, 3.1415927f, 0, 1.2e-7 }, { "cos", -3.1415927f, 3.1415927f, 0, 1.2e-7 },
        { "sin", -10000, 10000, 0, 2.5e-7 }, { "cos", -10000, 10000, 0, 2.5e-7 },
        { "tan", -1.5f, 1.5f, 4, 0 },
        { "asin", -1, 1, 3, 0 }, { "acos", -1, 1, 3, 2.4e-7 },
        { "atan", -3e38f, 3e38f, 3, 0 },
        { "sinh", -89, 89, 5, 0 }, { "cosh", -89, 89, 5, 0 }, { "tanh", -50, 50, 4, 0 },
        { "asinh", -3e38f, 3e38f, 5, 0 }, { "acosh", 1, 3e38f, 5, 5e-7 }, { "atanh", -0.9999f, 0.9999f, 5, 0 },
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void Keeps_its_bound(string name, float from, float to, double ulps, double absolute)
    {
        var (routine, exact) = Of(name);
        var code = new StraightLine((b, x, _) => routine(b, x));
        double worst = 0;
        float worstAt = 0;
        foreach (float x in Samples(from, to))
        {
            double expected = exact(x);
            double actual = code.Evaluate(x);
            if (Math.Abs(expected) < 1.1754944e-38 && Math.Abs(actual) < 1.1754944e-38)
                continue;
            double error = Math.Abs(actual - expected);
            double allowed = Math.Max(ulps * Ulp(expected), absolute);
            if (!(error / allowed <= worst))
                (worst, worstAt) = (error / allowed, x);
        }

        Assert.True(worst <= 1, $"{name}({worstAt:R}) = {code.Evaluate(worstAt):R}, not {exact(worstAt):R}: {worst:F3} of the bound, "
            + $"{Math.Abs(code.Evaluate(worstAt) - exact(worstAt)) / Ulp(exact(worstAt)):F2} ULP");
    }

    /// <summary>Nearer to the exact sum than a product and a sum that are each rounded, which is what the specification asks for: half an
    /// ULP, and what the rounding to f32 before it may add where the sum is half way between two numbers.</summary>
    [Theory]
    [InlineData(0f), InlineData(1f), InlineData(-1f), InlineData(5.9604645e-8f), InlineData(-5.9604645e-8f), InlineData(-2.25f), InlineData(1000.5f)]
    public void Fused_multiply_add_of_f16_is_within_half_an_ULP(float addend)
    {
        var code = new StraightLine((b, x, y) => b.Convert(Op.FWiden, IrType.F32, b.Fma(b.Convert(Op.FNarrow, IrType.F16, x),
            b.Convert(Op.FNarrow, IrType.F16, y), b.Convert(Op.FNarrow, IrType.F16, b.F32(addend)))));
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            Half x = BitConverter.UInt16BitsToHalf((ushort)random.Next(0x10000)), y = BitConverter.UInt16BitsToHalf((ushort)random.Next(0x10000));
            double exact = ((double)x * (double)y) + (double)(Half)addend;
            float actual = code.Evaluate((float)x, (float)y);
            if (double.IsNaN(exact) || Math.Abs(exact) >= 65520)
            {
                Assert.Equal((float)(Half)exact, actual);
                continue;
            }

            double ulp = Math.Max(Math.ScaleB(1, Math.ILogB(exact) - 10), Math.ScaleB(1, -24));
            Assert.True(Math.Abs(actual - exact) <= ulp * (0.5 + Math.ScaleB(1, -13)), $"fma({x}, {y}, {addend}) = {actual}, not {exact}");
        }
    }

#pragma warning disable xUnit1025 // 0 and -0 are two arguments
    [Theory]
    [InlineData("exp2", 128f, float.PositiveInfinity), InlineData("exp2", -127f, 0f), InlineData("exp2", 3f, 8f)]
    [InlineData("exp2", float.NegativeInfinity, 0f), InlineData("exp2", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("exp2", float.NaN, float.NaN), InlineData("exp", float.NaN, float.NaN), InlineData("exp", 0f, 1f)]
    [InlineData("exp", 200f, float.PositiveInfinity), InlineData("exp", 88.8f, float.PositiveInfinity)]
    [InlineData("exp", -200f, 0f), InlineData("exp", float.NegativeInfinity, 0f)]
    [InlineData("log2", 0f, float.NegativeInfinity), InlineData("log2", -0f, float.NegativeInfinity)]
    [InlineData("log2", -1f, float.NaN), InlineData("log2", float.NaN, float.NaN), InlineData("log2", 8f, 3f)]
    [InlineData("log2", float.PositiveInfinity, float.PositiveInfinity), InlineData("log", 1f, 0f)]
    [InlineData("log", float.PositiveInfinity, float.PositiveInfinity), InlineData("log", -2f, float.NaN)]
    [InlineData("sin", 0f, 0f), InlineData("sin", float.NaN, float.NaN), InlineData("sin", float.PositiveInfinity, float.NaN)]
    [InlineData("cos", 0f, 1f), InlineData("tan", 0f, 0f), InlineData("asin", 2f, float.NaN), InlineData("acos", 1f, 0f)]
    [InlineData("atan", float.PositiveInfinity, 1.5707964f), InlineData("atan", float.NaN, float.NaN)]
    [InlineData("tanh", float.PositiveInfinity, 1f), InlineData("tanh", -100f, -1f), InlineData("sinh", 0f, 0f)]
    [InlineData("atanh", 1f, float.PositiveInfinity), InlineData("atanh", 2f, float.NaN), InlineData("acosh", 0.5f, float.NaN)]
    [InlineData("asinh", float.NegativeInfinity, float.NegativeInfinity)]
    public void Handles_special_arguments(string name, float x, float expected)
    {
        var (routine, _) = Of(name);
        Assert.Equal(expected, new StraightLine((b, v, _) => routine(b, v)).Evaluate(x));
    }
#pragma warning restore xUnit1025

    [Theory]
    [InlineData("sin"), InlineData("cos")]
    public void Stays_within_minus_one_and_one(string name)
    {
        var code = new StraightLine((b, x, _) => Of(name).Routine(b, x));
        foreach (float x in Samples(1e-6f, 3e38f))
            Assert.InRange(code.Evaluate(x), -1, 1);
    }

    [Fact]
    public void Atan2_covers_the_plane()
    {
        var code = new StraightLine(Trigonometric.Atan2);
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            float y = (random.NextSingle() - 0.5f) * MathF.Pow(2, random.Next(-20, 20));
            float x = (random.NextSingle() - 0.5f) * MathF.Pow(2, random.Next(-20, 20));
            double expected = Math.Atan2(y, x);
            Assert.True(Math.Abs(code.Evaluate(y, x) - expected) <= 4 * Ulp(expected), $"atan2({y:R}, {x:R})");
        }

        Assert.Equal(0, code.Evaluate(0, 0));
        Assert.Equal(MathF.PI, code.Evaluate(0, -0f));
        Assert.Equal(-MathF.PI, code.Evaluate(-0f, -1f));
        Assert.Equal(MathF.PI / 4, code.Evaluate(float.PositiveInfinity, float.PositiveInfinity));
    }

    [Fact]
    public void Pow_is_as_precise_as_Vulkan_asks()
    {
        var code = new StraightLine(Exponential.Pow);
        var random = new Random(2);
        for (int i = 0; i < 200_000; i++)
        {
            float x = random.NextSingle() * MathF.Pow(2, random.Next(-10, 10)), y = (random.NextSingle() - 0.5f) * 40;
            double expected = Math.Pow(x, y);
            if (!(expected is > 1.2e-38 and < 3.4e38))
                continue;

            // exp2(p): 3 + 2|p| ULP, and what log2's and the product's own errors make of it.
            double p = y * Math.Log2(x);
            double logError = x is >= 0.5f and <= 2 ? Math.Pow(2, -21) : 3 * Ulp(Math.Log2(x));
            double allowed = (3 + 2 * Math.Abs(p)) * Ulp(expected) + expected * 0.7 * (Math.Abs(y) * logError + Ulp(p));
            Assert.True(Math.Abs(code.Evaluate(x, y) - expected) <= allowed, $"pow({x:R}, {y:R}) = {code.Evaluate(x, y):R}, not {expected:R}");
        }

        Assert.Equal(0, code.Evaluate(0, 2));
        Assert.Equal(1, code.Evaluate(5, 0));
        Assert.Equal(1024, code.Evaluate(2, 10));
    }

    [Fact]
    public void Mix_is_exact_at_its_ends_and_infinite_where_an_end_is()
    {
        var middle = new StraightLine((b, x, y) => Common.Mix(b, x, y, b.F32(0.5f)));
        Assert.Equal(float.PositiveInfinity, middle.Evaluate(float.PositiveInfinity, 2));
        Assert.Equal(float.NegativeInfinity, middle.Evaluate(3, float.NegativeInfinity));
        Assert.Equal(0.1f, new StraightLine((b, x, y) => Common.Mix(b, x, y, b.F32(0))).Evaluate(0.1f, 1e9f));
        Assert.Equal(0.1f, new StraightLine((b, x, y) => Common.Mix(b, x, y, b.F32(1))).Evaluate(1e9f, 0.1f));
    }

    [Fact]
    public void Frexp_and_ldexp_are_inverse()
    {
        var significand = new StraightLine((b, x, _) => FloatParts.Frexp(b, x).Significand);
        var whole = new StraightLine((b, x, _) =>
        {
            var (s, e) = FloatParts.Frexp(b, x);
            return FloatParts.Ldexp(b, s, e);
        });
        foreach (float x in Samples(-3e38f, 3e38f))
        {
            float s = Math.Abs(significand.Evaluate(x));
            Assert.True(x == 0 || s is >= 0.5f and < 1, $"significand of {x:R} is {s:R}");
            Assert.Equal(x, whole.Evaluate(x));
        }
    }

    private static (Routine Routine, Func<double, double> Exact) Of(string name) => name switch
    {
        "exp2" => (Exponential.Exp2, x => Math.Pow(2, x)),
        "exp" => (Exponential.Exp, Math.Exp),
        "log2" => (Exponential.Log2, Math.Log2),
        "log" => (Exponential.Log, Math.Log),
        "sin" => (Trigonometric.Sin, Math.Sin),
        "cos" => (Trigonometric.Cos, Math.Cos),
        "tan" => (Trigonometric.Tan, Math.Tan),
        "asin" => (Trigonometric.Asin, Math.Asin),
        "acos" => (Trigonometric.Acos, Math.Acos),
        "atan" => (Trigonometric.Atan, Math.Atan),
        "sinh" => (Hyperbolic.Sinh, Math.Sinh),
        "cosh" => (Hyperbolic.Cosh, Math.Cosh),
        "tanh" => (Hyperbolic.Tanh, Math.Tanh),
        "asinh" => (Hyperbolic.Asinh, Math.Asinh),
        "acosh" => (Hyperbolic.Acosh, Math.Acosh),
        "atanh" => (Hyperbolic.Atanh, Math.Atanh),
        _ => throw new InvalidOperationException(name),
    };

    /// <summary>About 100,000 floats of an interval, evenly by their bits, and its ends.</summary>
    private static IEnumerable<float> Samples(float from, float to)
    {
        long low = Order(from), high = Order(to);
        long step = Math.Max(1, (high - low) / 100_003);
        for (long at = low; at <= high; at += step)
            yield return FromOrder(at);
        yield return to;
    }

    /// <summary>Numbers floats in their order.</summary>
    private static long Order(float x)
    {
        int bits = BitConverter.SingleToInt32Bits(x);
        return bits < 0 ? -(long)(bits & int.MaxValue) : bits;
    }

    private static float FromOrder(long order) => order < 0
        ? -BitConverter.Int32BitsToSingle((int)-order)
        : BitConverter.Int32BitsToSingle((int)order);

    private static double Ulp(double x)
    {
        double magnitude = Math.Max(Math.Abs(x), 1.1754943508222875e-38);
        return Math.ScaleB(1, Math.ILogB(magnitude) - 23);
    }
}
