using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler.Tests.X64;
using ShaderJit.Reference;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>
/// Arithmetic and GLSL.std.450 as machine code at both widths, for f16, f32 and f64, against double precision, within the
/// bounds of Vulkan's "Precision and Operation of SPIR-V Instructions" or closer.
/// </summary>
public sealed class PrecisionTests
{
    private const int Samples = 1024;

    /// <param name="Body">Instructions that make %r of %x, %y, %z (scalars), %v = (x, y, z) and %w = (y, z, x).</param>
    /// <param name="Range">Bounds of the arguments' exponents; for positive ones only, <paramref name="Positive"/>.</param>
    /// <param name="Allowed">The greatest error, of the arguments, the exact result and one ULP of it.</param>
    private sealed record Function(string Body, Func<double, double, double, double> Exact, Func<Case, double> Allowed,
        (int Low, int High) Range, bool Positive = false, double Limit = double.PositiveInfinity, int Widths = 16 | 32);

    private readonly record struct Case(double X, double Y, double Z, double Exact, double Ulp, bool IsHalf, double Epsilon);

    private static readonly Dictionary<string, Function> Functions = new()
    {
        ["FAdd"] = new(Op("OpFAdd", "%x %y"), (x, y, _) => x + y, c => 0.5 * c.Ulp, (-8, 8)),
        ["FMul"] = new(Op("OpFMul", "%x %y"), (x, y, _) => x * y, c => 0.5 * c.Ulp, (-7, 7)),
        ["FDiv"] = new(Op("OpFDiv", "%x %y"), (x, y, _) => x / y, c => 0.5 * c.Ulp, (-7, 7), Widths: 16 | 32 | 64),
        ["Fma"] = new(Ext("Fma", "%x %y %z"), Math.FusedMultiplyAdd, c => 0.51 * c.Ulp, (-6, 6), Widths: 16 | 32 | 64),
        ["Sqrt"] = new(Ext("Sqrt", "%x"), (x, _, _) => Math.Sqrt(x), c => 0.5 * c.Ulp, (-14, 15), true, Widths: 16 | 32 | 64),
        ["InverseSqrt"] = new(Ext("InverseSqrt", "%x"), (x, _, _) => 1 / Math.Sqrt(x), c => 2 * c.Ulp, (-14, 15), true, Widths: 16 | 32 | 64),
        ["Exp"] = new(Ext("Exp", "%x"), (x, _, _) => Math.Exp(x), c => ((c.IsHalf ? 1 : 3) + (2 * Math.Abs(c.X))) * c.Ulp, (-10, 3), Limit: 10),
        ["Exp2"] = new(Ext("Exp2", "%x"), (x, _, _) => Math.Pow(2, x), c => ((c.IsHalf ? 1 : 3) + (2 * Math.Abs(c.X))) * c.Ulp, (-10, 3), Limit: 14),
        ["Log"] = new(Ext("Log", "%x"), (x, _, _) => Math.Log(x), Logarithm, (-14, 15), true),
        ["Log2"] = new(Ext("Log2", "%x"), (x, _, _) => Math.Log2(x), Logarithm, (-14, 15), true),
        ["Pow"] = new(Ext("Pow", "%x %y"), (x, y, _) => Math.Pow(x, y), Power, (-2, 1), true),
        ["Sin"] = new(Ext("Sin", "%x"), (x, _, _) => Math.Sin(x), c => c.IsHalf ? 1.0 / 128 : 1.0 / 2048, (-10, 1), Limit: Math.PI),
        ["Cos"] = new(Ext("Cos", "%x"), (x, _, _) => Math.Cos(x), c => c.IsHalf ? 1.0 / 128 : 1.0 / 2048, (-10, 1), Limit: Math.PI),
        ["Tan"] = new(Ext("Tan", "%x"), (x, _, _) => Math.Tan(x), c => 4 * c.Ulp, (-10, 1), Limit: 1.5),
        ["Asin"] = new(Ext("Asin", "%x"), (x, _, _) => Math.Asin(x), c => 4 * c.Ulp, (-10, -1)),
        ["Acos"] = new(Ext("Acos", "%x"), (x, _, _) => Math.Acos(x), c => 4 * c.Ulp, (-10, -1)),
        ["Atan"] = new(Ext("Atan", "%x"), (x, _, _) => Math.Atan(x), c => 4 * c.Ulp, (-10, 10)),
        ["Atan2"] = new(Ext("Atan2", "%x %y"), (x, y, _) => Math.Atan2(x, y), c => 4 * c.Ulp, (-6, 6)),
        ["Sinh"] = new(Ext("Sinh", "%x"), (x, _, _) => Math.Sinh(x), c => 5 * c.Ulp, (-10, 2)),
        ["Cosh"] = new(Ext("Cosh", "%x"), (x, _, _) => Math.Cosh(x), c => 5 * c.Ulp, (-10, 2)),
        ["Tanh"] = new(Ext("Tanh", "%x"), (x, _, _) => Math.Tanh(x), c => 5 * c.Ulp, (-10, 2)),
        ["Asinh"] = new(Ext("Asinh", "%x"), (x, _, _) => Math.Asinh(x), c => 5 * c.Ulp, (-10, 10)),
        ["Acosh"] = new(Ext("Acosh", "%x"), (x, _, _) => Math.Acosh(x), c => 5 * c.Ulp, (1, 10), true),
        ["Atanh"] = new(Ext("Atanh", "%x"), (x, _, _) => Math.Atanh(x), c => 5 * c.Ulp, (-10, -2)),
        ["Radians"] = new(Ext("Radians", "%x"), (x, _, _) => x * Math.PI / 180, c => 2 * c.Ulp, (-4, 10)),
        ["Degrees"] = new(Ext("Degrees", "%x"), (x, _, _) => x * 180 / Math.PI, c => 2 * c.Ulp, (-10, 6)),
        ["Fract"] = new(Ext("Fract", "%x"), (x, _, _) => x - Math.Floor(x), c => 0.5 * c.Ulp, (-10, 9), Widths: 16 | 32 | 64),
        ["FMod"] = new(Op("OpFMod", "%x %y"), (x, y, _) => x - (y * Math.Floor(x / y)), c => 2 * c.Epsilon * (Math.Abs(c.X) + Math.Abs(c.Y)), (0, 3), true),
        ["FRem"] = new(Op("OpFRem", "%x %y"), (x, y, _) => x % y, c => 2 * c.Epsilon * (Math.Abs(c.X) + Math.Abs(c.Y)), (0, 3), true),
        ["FMix"] = new(Ext("FMix", "%x %y %z"), (x, y, a) => (x * (1 - a)) + (y * a),
            c => 3 * c.Epsilon * (Math.Abs(c.X) + Math.Abs(c.Y)) * (1 + Math.Abs(c.Z)), (-3, 3), Widths: 16 | 32 | 64),
        ["SmoothStep"] = new(Ext("SmoothStep", "%zero %one %x"), (x, _, _) => x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - (2 * x)),
            c => 4 * c.Epsilon, (-5, 1)),
        ["Length"] = new(Ext("Length", "%v"), (x, y, z) => Math.Sqrt((x * x) + (y * y) + (z * z)), c => 3 * c.Ulp, (-6, 6), Widths: 16 | 32 | 64),
        ["Distance"] = new(Ext("Distance", "%v %w"), (x, y, z) => Math.Sqrt(((x - y) * (x - y)) + ((y - z) * (y - z)) + ((z - x) * (z - x))),
            c => 4 * c.Epsilon * (Math.Abs(c.X) + Math.Abs(c.Y) + Math.Abs(c.Z)), (-6, 6), Widths: 16 | 32 | 64),
        ["Dot"] = new(Op("OpDot", "%v %w"), (x, y, z) => (x * y) + (y * z) + (z * x),
            c => 2 * c.Epsilon * (Math.Abs(c.X * c.Y) + Math.Abs(c.Y * c.Z) + Math.Abs(c.Z * c.X)), (-5, 5), Widths: 16 | 32 | 64),
        ["Normalize"] = new(First("Normalize", "%v"), (x, y, z) => x / Math.Sqrt((x * x) + (y * y) + (z * z)), c => 6 * c.Ulp, (-6, 6), Widths: 16 | 32 | 64),
        ["Cross"] = new(First("Cross", "%v %w"), (x, y, z) => (y * x) - (z * z), c => 2 * c.Epsilon * (Math.Abs(c.Y * c.X) + (c.Z * c.Z)), (-5, 5)),
        ["Reflect"] = new(First("Reflect", "%v %w"), (x, y, z) => x - (2 * ((x * y) + (y * z) + (z * x)) * y),
            c => 8 * c.Epsilon * (Math.Abs(c.X) + (2 * Math.Abs(c.Y) * (Math.Abs(c.X * c.Y) + Math.Abs(c.Y * c.Z) + Math.Abs(c.Z * c.X)))), (-3, 3)),
        ["FaceForward"] = new(First("FaceForward", "%v %w %v"), (x, y, z) => (x * y) + (y * z) + (z * x) < 0 ? x : -x, c => 0, (-5, 5)),
        ["Modf"] = new($"%s = OpExtInst %pair %glsl ModfStruct %x\n%r = OpCompositeExtract %T %s 0", (x, _, _) => x - Math.Truncate(x), _ => 0, (-6, 9),
            Widths: 16 | 32 | 64),
        ["Frexp"] = new($"%s = OpExtInst %split %glsl FrexpStruct %x\n%m = OpCompositeExtract %T %s 0\n%e = OpCompositeExtract %int %s 1\n%f = OpConvertSToF %T %e\n"
            + "%r = OpFAdd %T %m %f", (x, _, _) => (Math.ILogB(x) + 1) + Math.ScaleB(x, -Math.ILogB(x) - 1), c => 0.5 * c.Ulp, (-20, 15), Widths: 16 | 32 | 64),
    };

    public static TheoryData<string, int, int> Cases()
    {
        var data = new TheoryData<string, int, int>();
        foreach (var (name, function) in Functions)
        {
            foreach (int width in (ReadOnlySpan<int>)[16, 32, 64])
            {
                if ((function.Widths & width) == 0)
                    continue;
                data.Add(name, width, 8);
                data.Add(name, width, 16);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Within_the_bound(string name, int width, int lanes)
    {
        var function = Functions[name];
        var random = new Random(width);
        var input = new double[4 * Samples];
        for (int i = 0; i < input.Length; i++)
        {
            double size = 1 + random.NextDouble();
            double x = Math.ScaleB(size, random.Next(function.Range.Low, function.Range.High));
            x = Rounded(Math.Min(x, function.Limit), width);
            input[i] = function.Positive || random.Next(2) == 0 ? x : -x;
        }

        double[] results = Run(Text(function.Body, width), input, width, lanes);
        for (int i = 0; i < Samples; i++)
        {
            double x = input[4 * i], y = input[(4 * i) + 1], z = input[(4 * i) + 2];
            double exact = function.Exact(x, y, z);
            if (width == 16 && Math.Abs(exact) > 65000)
                continue;
            double ulp = Ulp(exact, width);
            var made = new Case(x, y, z, exact, ulp, width == 16, Math.ScaleB(1, width switch { 16 => -10, 32 => -23, _ => -52 }));

            // A result that is no number of the format is off by half an ULP anyway; the double reference of f64 by some itself.
            double allowed = function.Allowed(made);
            if (allowed > 0 && width < 64)
                allowed = Math.Max(allowed, 0.5 * ulp) * 1.0000001;
            else if (width == 64)
                allowed += allowed > 0 ? ulp : 0;
            double error = Math.Abs(results[i] - exact);
            Assert.True(error <= allowed, $"{name}({x:R}, {y:R}, {z:R}) of f{width} at {lanes} lanes is {results[i]:R}, not {exact:R}: {error / ulp:F2} ULP");
        }
    }

    public static TheoryData<int, int, int> LdexpCases()
    {
        var data = new TheoryData<int, int, int>();
        foreach (int width in (ReadOnlySpan<int>)[16, 32, 64])
        {
            foreach (int exponent in (ReadOnlySpan<int>)[8, 16, 32, 64])
            {
                data.Add(width, exponent, 8);
                data.Add(width, exponent, 16);
            }
        }

        return data;
    }

    /// <summary>Ldexp rounds once, also to denormals, with exponents of every width and beyond all formats.</summary>
    [Theory]
    [MemberData(nameof(LdexpCases))]
    public void Ldexp_is_exact(int width, int exponentWidth, int lanes)
    {
        var random = new Random(exponentWidth);
        var input = new double[4 * Samples];
        int reach = width switch { 16 => 45, 32 => 300, _ => 2150 };
        if (exponentWidth == 8)
            reach = Math.Min(reach, 120);
        for (int i = 0; i < Samples; i++)
        {
            int low = width switch { 16 => -24, 32 => -149, _ => -1074 };
            double x = Rounded(Math.ScaleB(1 + random.NextDouble(), random.Next(low, width switch { 16 => 15, 32 => 127, _ => 1023 })), width);
            input[4 * i] = random.Next(2) == 0 ? x : -x;
            // The exponent comes as a float, which holds integers of this size.
            input[(4 * i) + 1] = random.Next(-Math.Min(reach, 2048), Math.Min(reach, 2048));
        }

        string body = $"%i = OpConvertFToS %exponent %y\n%r = OpExtInst %T %glsl Ldexp %x %i";
        double[] results = Run(Text(body, width, exponentWidth), input, width, lanes);
        for (int i = 0; i < Samples; i++)
        {
            double x = input[4 * i];
            int e = (int)input[(4 * i) + 1];
            double expected = Rounded(Math.ScaleB(x, e), width);
            Assert.True(expected == results[i], $"ldexp({x:R}, {e}) of f{width} is {results[i]:R}, not {expected:R}");
        }
    }

    private static string Op(string opcode, string operands) => $"%r = {opcode} %T {operands}";

    private static string Ext(string name, string operands) => $"%r = OpExtInst %T %glsl {name} {operands}";

    /// <summary>Component 0 of a result that is a vector.</summary>
    private static string First(string name, string operands) =>
        $"%rv = OpExtInst %V %glsl {name} {operands}\n%r = OpCompositeExtract %T %rv 0";

    private static double Logarithm(Case c) => c.X is >= 0.5 and <= 2
        ? c.IsHalf ? 1.0 / 128 : Math.ScaleB(1, -21)
        : 3 * c.Ulp;

    /// <summary>exp2(y * log2(x)) with the errors of both.</summary>
    private static double Power(Case c)
    {
        double p = c.Y * Math.Log2(c.X);
        double logError = c.X is >= 0.5 and <= 2 ? c.IsHalf ? 1.0 / 128 : Math.ScaleB(1, -21) : 3 * Ulp(Math.Log2(c.X), c.IsHalf ? 16 : 32);
        return (((c.IsHalf ? 1 : 3) + (2 * Math.Abs(p))) * c.Ulp) + (c.Exact * 0.7 * ((Math.Abs(c.Y) * logError) + Ulp(p, c.IsHalf ? 16 : 32)));
    }

    private static double Ulp(double x, int width)
    {
        var (digits, least) = width switch { 16 => (10, -14), 32 => (23, -126), _ => (52, -1022) };
        return Math.ScaleB(1, Math.Max(x == 0 ? least : Math.ILogB(x), least) - digits);
    }

    private static double Rounded(double x, int width) => width switch { 16 => (double)(Half)x, 32 => (float)x, _ => x };

    private static double[] Run(string text, double[] input, int width, int lanes)
    {
        int size = width / 8;
        var bytes = new byte[input.Length * size];
        for (int i = 0; i < input.Length; i++)
        {
            var at = bytes.AsSpan(i * size);
            _ = width switch
            {
                16 => BitConverter.TryWriteBytes(at, (Half)input[i]),
                32 => BitConverter.TryWriteBytes(at, (float)input[i]),
                _ => BitConverter.TryWriteBytes(at, input[i]),
            };
        }

        uint[] words = Assembler.Assemble(text);
        var stage = TestStage.Of(TestStage.Read(words));
        var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
        Assert.True(compiled.Kernel is not null, string.Join("; ", compiled.Diagnostics));
        var f = TestStage.Lower(TestStage.Read(words), stage);
        var run = new KernelRun
        {
            Function = f, LaneCount = lanes, Groups = (Samples / 64, 1, 1), PushConstants = new byte[256],
            Buffers = [new BoundBuffer(0, 0, bytes), new BoundBuffer(0, 1, new byte[Samples * size])],
        };
        var result = MachineRun.Run(run, compiled.Kernel);
        Assert.Equal(TrapCode.Finished, result.Code);
        var results = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            var at = result.Buffers[1].Bytes.AsSpan(i * size);
            results[i] = width switch
            {
                16 => (double)BitConverter.ToHalf(at),
                32 => BitConverter.ToSingle(at),
                _ => BitConverter.ToDouble(at),
            };
        }

        return results;
    }

    private static string Text(string body, int width, int exponentWidth = 32)
    {
        var text = new StringBuilder("; Version: 1.5\nOpCapability Shader\n");
        if (width == 16)
            text.Append("OpCapability Float16\nOpCapability StorageBuffer16BitAccess\n");
        if (width == 64)
            text.Append("OpCapability Float64\n");
        if (exponentWidth != 32)
            text.Append($"OpCapability Int{exponentWidth}\n");
        text.Append($"""
            %glsl = OpExtInstImport "GLSL.std.450"
            OpMemoryModel Logical GLSL450
            OpEntryPoint GLCompute %main "main" %id %in %out
            OpExecutionMode %main LocalSize 64 1 1
            OpDecorate %id BuiltIn GlobalInvocationId
            OpDecorate %in DescriptorSet 0
            OpDecorate %in Binding 0
            OpDecorate %out DescriptorSet 0
            OpDecorate %out Binding 1
            OpDecorate %block Block
            OpDecorate %numbers ArrayStride {width / 8}
            OpMemberDecorate %block 0 Offset 0
            %void = OpTypeVoid
            %fn = OpTypeFunction %void
            %uint = OpTypeInt 32 0
            %int = OpTypeInt 32 1
            {(exponentWidth == 32 ? "" : $"%wide = OpTypeInt {exponentWidth} 1")}
            %u3 = OpTypeVector %uint 3
            %T = OpTypeFloat {width}
            %V = OpTypeVector %T 3
            %pair = OpTypeStruct %T %T
            %split = OpTypeStruct %T %int
            %c0 = OpConstant %uint 0
            %c1 = OpConstant %uint 1
            %c2 = OpConstant %uint 2
            %c4 = OpConstant %uint 4
            %zero = OpConstant %T 0
            %one = OpConstant %T 1
            %numbers = OpTypeRuntimeArray %T
            %block = OpTypeStruct %numbers
            %p_block = OpTypePointer StorageBuffer %block
            %p_T = OpTypePointer StorageBuffer %T
            %p_u3 = OpTypePointer Input %u3
            %id = OpVariable %p_u3 Input
            %in = OpVariable %p_block StorageBuffer
            %out = OpVariable %p_block StorageBuffer
            %main = OpFunction %void None %fn
            %entry = OpLabel
            %all = OpLoad %u3 %id
            %i0 = OpCompositeExtract %uint %all 0
            %at0 = OpIMul %uint %i0 %c4
            %at1 = OpIAdd %uint %at0 %c1
            %at2 = OpIAdd %uint %at0 %c2
            %px = OpAccessChain %p_T %in %c0 %at0
            %py = OpAccessChain %p_T %in %c0 %at1
            %pz = OpAccessChain %p_T %in %c0 %at2
            %x = OpLoad %T %px
            %y = OpLoad %T %py
            %z = OpLoad %T %pz
            %v = OpCompositeConstruct %V %x %y %z
            %w = OpCompositeConstruct %V %y %z %x
            {body.Replace("%exponent", exponentWidth == 32 ? "%int" : "%wide", StringComparison.Ordinal)}
            %po = OpAccessChain %p_T %out %c0 %i0
            OpStore %po %r
            OpReturn
            OpFunctionEnd

            """);
        return text.ToString();
    }
}
