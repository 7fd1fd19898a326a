namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Types of the bit instructions.</summary>
internal static class Bits
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        switch (opcode)
        {
            case Opcode.OpBitwiseOr:
            case Opcode.OpBitwiseXor:
            case Opcode.OpBitwiseAnd:
            case Opcode.OpNot:
            case Opcode.OpBitReverse:
                return Arithmetic.SameIntegers(c, i.ResultType, o);
            case Opcode.OpBitCount:
                return IntegersOf(c, i.ResultType, o[0]);
            case Opcode.OpShiftRightLogical:
            case Opcode.OpShiftRightArithmetic:
            case Opcode.OpShiftLeftLogical:
                return Arithmetic.SameIntegers(c, i.ResultType, o[..1]) ?? IntegersOf(c, i.ResultType, o[1]);
            case Opcode.OpBitFieldInsert:
                return Arithmetic.SameIntegers(c, i.ResultType, o[..2]) ?? Scalars(c, o[2..]);
            case Opcode.OpBitFieldSExtract:
            case Opcode.OpBitFieldUExtract:
                return Arithmetic.SameIntegers(c, i.ResultType, o[..1]) ?? Scalars(c, o[1..]);
            default:
                return Instructions.NotSupported;
        }
    }

    // Integers of any width, as many as the result has.
    private static string? IntegersOf(ValidationContext c, uint resultType, uint id) =>
        c.IsVectorOf(resultType, TypeKind.Int, out _, out int n)
        && c.IsVectorOf(c.Module.TypeIdOf(id), TypeKind.Int, out _, out int count) && n == count
            ? null : $"operand {id} or the result is no integer, or they differ in components";

    private static string? Scalars(ValidationContext c, ReadOnlySpan<uint> o)
    {
        foreach (uint id in o)
        {
            if (!c.IsIntScalar(c.Module.TypeIdOf(id)))
                return $"operand {id} is no integer";
        }
        return null;
    }
}
