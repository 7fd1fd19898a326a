namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Types of the instructions of GLSL.std.450. Non-semantic sets are left alone.</summary>
internal static class ExtInsts
{
    public static string? Problem(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        if (m.StringOf(o[0]) != "GLSL.std.450")
            return m.Type(i.ResultType).Kind == TypeKind.Void ? null : "a non-semantic instruction has no result";
        if (m.TypeIdOf(o[0]) != 0 || !IsInFunction(m, i))
            return "it stands outside a function";
        uint number = o[1];
        ReadOnlySpan<byte> counts = GlslStd450Data.OperandCount;
        if (number >= counts.Length || counts[(int)number] == 255)
            return $"GLSL.std.450 has no instruction {number}";
        ReadOnlySpan<uint> operands = o[2..];
        if (operands.Length != counts[(int)number])
            return $"{(GlslStd450)number} has {counts[(int)number]} operands, not {operands.Length}";
        return GlslProblem(c, (GlslStd450)number, i, operands) is { } problem ? $"{(GlslStd450)number}: {problem}" : null;
    }

    private static bool IsInFunction(Module m, in Instruction i) =>
        m.Functions.Length > 0 && i.Offset > m.Instruction(m.Functions[0].Instruction).Offset;

    private static string? GlslProblem(ValidationContext c, GlslStd450 number, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        switch (number)
        {
            case GlslStd450.Round:
            case GlslStd450.RoundEven:
            case GlslStd450.Trunc:
            case GlslStd450.FAbs:
            case GlslStd450.FSign:
            case GlslStd450.Floor:
            case GlslStd450.Ceil:
            case GlslStd450.Fract:
            case GlslStd450.Radians:
            case GlslStd450.Degrees:
            case GlslStd450.Sin:
            case GlslStd450.Cos:
            case GlslStd450.Tan:
            case GlslStd450.Asin:
            case GlslStd450.Acos:
            case GlslStd450.Atan:
            case GlslStd450.Sinh:
            case GlslStd450.Cosh:
            case GlslStd450.Tanh:
            case GlslStd450.Asinh:
            case GlslStd450.Acosh:
            case GlslStd450.Atanh:
            case GlslStd450.Atan2:
            case GlslStd450.Pow:
            case GlslStd450.Exp:
            case GlslStd450.Log:
            case GlslStd450.Exp2:
            case GlslStd450.Log2:
            case GlslStd450.Sqrt:
            case GlslStd450.InverseSqrt:
            case GlslStd450.FMin:
            case GlslStd450.FMax:
            case GlslStd450.FClamp:
            case GlslStd450.FMix:
            case GlslStd450.Step:
            case GlslStd450.SmoothStep:
            case GlslStd450.Fma:
            case GlslStd450.NMin:
            case GlslStd450.NMax:
            case GlslStd450.NClamp:
            case GlslStd450.Normalize:
            case GlslStd450.FaceForward:
            case GlslStd450.Reflect:
                return Arithmetic.SameFloats(c, i.ResultType, o);
            case GlslStd450.Cross:
                return Arithmetic.SameFloats(c, i.ResultType, o)
                    ?? (m.Type(i.ResultType) is { Kind: TypeKind.Vector, Count: 3 } ? null : "it takes vectors of three");
            case GlslStd450.Refract:
                return Arithmetic.SameFloats(c, i.ResultType, o[..2])
                    ?? (m.TypeOf(o[2]).IsFloat ? null : "the index of refraction is no float");
            case GlslStd450.SAbs:
            case GlslStd450.SSign:
            case GlslStd450.UMin:
            case GlslStd450.SMin:
            case GlslStd450.UMax:
            case GlslStd450.SMax:
            case GlslStd450.UClamp:
            case GlslStd450.SClamp:
            case GlslStd450.FindILsb:
            case GlslStd450.FindSMsb:
            case GlslStd450.FindUMsb:
                return Arithmetic.SameIntegers(c, i.ResultType, o);
            case GlslStd450.Length:
            case GlslStd450.Distance:
                return m.Type(i.ResultType).IsFloat && c.TryVector(m.TypeIdOf(o[0]), out TypeInfo scalar, out _)
                    && scalar.Id == i.ResultType && m.TypeIdOf(o[^1]) == m.TypeIdOf(o[0])
                    ? null : "it makes a float of vectors of floats";
            case GlslStd450.Modf:
            case GlslStd450.Frexp:
                return Split(c, number, i, o);
            case GlslStd450.ModfStruct:
            case GlslStd450.FrexpStruct:
                return SplitStruct(c, number, i, o);
            case GlslStd450.Ldexp:
                return Arithmetic.SameFloats(c, i.ResultType, o[..1]) ?? Exponent(c, i.ResultType, m.TypeIdOf(o[1]));
            case GlslStd450.Determinant:
                return m.TypeOf(o[0]) is { Kind: TypeKind.Matrix } d && m.Type(d.Element).Count == d.Count
                    && m.Type(d.Element).Element == i.ResultType ? null : "it makes a float of a square matrix";
            case GlslStd450.MatrixInverse:
                return m.TypeIdOf(o[0]) == i.ResultType && m.Type(i.ResultType) is { Kind: TypeKind.Matrix } s
                    && m.Type(s.Element).Count == s.Count ? null : "it takes and makes a square matrix";
            case GlslStd450.PackSnorm4x8:
            case GlslStd450.PackUnorm4x8:
                return Pack(c, i.ResultType, TypeKind.Int, 32, 1) ?? Pack(c, m.TypeIdOf(o[0]), TypeKind.Float, 32, 4);
            case GlslStd450.PackSnorm2x16:
            case GlslStd450.PackUnorm2x16:
            case GlslStd450.PackHalf2x16:
                return Pack(c, i.ResultType, TypeKind.Int, 32, 1) ?? Pack(c, m.TypeIdOf(o[0]), TypeKind.Float, 32, 2);
            case GlslStd450.UnpackSnorm4x8:
            case GlslStd450.UnpackUnorm4x8:
                return Pack(c, i.ResultType, TypeKind.Float, 32, 4) ?? Pack(c, m.TypeIdOf(o[0]), TypeKind.Int, 32, 1);
            case GlslStd450.UnpackSnorm2x16:
            case GlslStd450.UnpackUnorm2x16:
            case GlslStd450.UnpackHalf2x16:
                return Pack(c, i.ResultType, TypeKind.Float, 32, 2) ?? Pack(c, m.TypeIdOf(o[0]), TypeKind.Int, 32, 1);
            case GlslStd450.PackDouble2x32:
                return Pack(c, i.ResultType, TypeKind.Float, 64, 1) ?? Pack(c, m.TypeIdOf(o[0]), TypeKind.Int, 32, 2);
            case GlslStd450.UnpackDouble2x32:
                return Pack(c, i.ResultType, TypeKind.Int, 32, 2) ?? Pack(c, m.TypeIdOf(o[0]), TypeKind.Float, 64, 1);
            case GlslStd450.IMix:
            case GlslStd450.InterpolateAtCentroid:
            case GlslStd450.InterpolateAtSample:
            case GlslStd450.InterpolateAtOffset:
                return Instructions.NotSupported;
            default:
                return Instructions.NotSupported;
        }
    }

    private static string? Pack(ValidationContext c, uint typeId, TypeKind kind, int width, int count) =>
        c.IsVectorOf(typeId, kind, out int w, out int n) && w == width && n == count
            ? null : $"it wants {count} {kind} of {width} bits";

    private static string? Exponent(ValidationContext c, uint floats, uint exponent) =>
        c.IsVectorOf(floats, TypeKind.Float, out _, out int a) && c.IsVectorOf(exponent, TypeKind.Int, out _, out int b)
        && a == b ? null : "its exponents are no integers, as many as floats";

    private static string? Split(ValidationContext c, GlslStd450 number, in Instruction i, ReadOnlySpan<uint> o)
    {
        if (Arithmetic.SameFloats(c, i.ResultType, o[..1]) is { } problem)
            return problem;
        TypeInfo pointer = c.TypeOf(o[1]);
        if (!pointer.IsPointer)
            return "its second operand is no pointer";
        if (Memory.Writable(c, o[1], pointer) is { } readOnly)
            return readOnly;
        return number == GlslStd450.Modf
            ? pointer.Element == i.ResultType ? null : "its pointer points to another type"
            : Exponent(c, i.ResultType, pointer.Element);
    }

    private static string? SplitStruct(ValidationContext c, GlslStd450 number, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        TypeInfo type = m.Type(i.ResultType);
        if (type.Kind != TypeKind.Struct || type.Count != 2)
            return "its type is no struct of two";
        ReadOnlySpan<uint> members = m.Members(type);
        return Arithmetic.SameFloats(c, members[0], o) ?? (number == GlslStd450.ModfStruct
            ? members[1] == members[0] ? null : "its members differ in type"
            : Exponent(c, members[0], members[1]));
    }
}
