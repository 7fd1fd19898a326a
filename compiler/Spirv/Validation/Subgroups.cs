namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Subgroup instructions (OpGroupNonUniform...): scope Subgroup, and types.</summary>
internal static class Subgroups
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        if (!m.TryConstant(o[0], out ulong scope) || (Scope)scope != Scope.Subgroup)
            return "its scope is not the constant Subgroup";
        switch (opcode)
        {
            case Opcode.OpGroupNonUniformElect:
                return c.IsBool(i.ResultType) ? null : "it makes a bool";
            case Opcode.OpGroupNonUniformAll:
            case Opcode.OpGroupNonUniformAny:
                return c.IsBool(i.ResultType) && c.IsBool(m.TypeIdOf(o[1])) ? null : "it takes and makes a bool";
            case Opcode.OpGroupNonUniformAllEqual:
                return c.IsBool(i.ResultType) ? Vector(c, m.TypeIdOf(o[1])) : "it makes a bool";
            case Opcode.OpGroupNonUniformBroadcast:
            case Opcode.OpGroupNonUniformShuffle:
            case Opcode.OpGroupNonUniformShuffleXor:
            case Opcode.OpGroupNonUniformShuffleUp:
            case Opcode.OpGroupNonUniformShuffleDown:
                if (opcode == Opcode.OpGroupNonUniformBroadcast && m.Version < 0x15 && !c.IsConstantId(o[2]))
                    return "before SPIR-V 1.5 the invocation is a constant";
                return Same(c, i, o[1]) ?? Index(c, o[2]);
            case Opcode.OpGroupNonUniformBroadcastFirst:
                return Same(c, i, o[1]);
            case Opcode.OpGroupNonUniformBallot:
                return IsMask(c, i.ResultType) && c.IsBool(m.TypeIdOf(o[1])) ? null : "it makes a mask of four words of a bool";
            case Opcode.OpGroupNonUniformInverseBallot:
                return c.IsBool(i.ResultType) && IsMask(c, m.TypeIdOf(o[1])) ? null : "it makes a bool of a mask of four words";
            case Opcode.OpGroupNonUniformBallotBitExtract:
                return c.IsBool(i.ResultType) && IsMask(c, m.TypeIdOf(o[1])) ? Index(c, o[2]) : "it makes a bool of a mask of four words";
            case Opcode.OpGroupNonUniformBallotBitCount:
                return c.IsInt32(i.ResultType) && IsMask(c, m.TypeIdOf(o[2])) ? null : "it makes a number of a mask of four words";
            case Opcode.OpGroupNonUniformBallotFindLSB:
            case Opcode.OpGroupNonUniformBallotFindMSB:
                return c.IsInt32(i.ResultType) && IsMask(c, m.TypeIdOf(o[1])) ? null : "it makes a number of a mask of four words";
            case Opcode.OpGroupNonUniformIAdd:
            case Opcode.OpGroupNonUniformIMul:
            case Opcode.OpGroupNonUniformSMin:
            case Opcode.OpGroupNonUniformUMin:
            case Opcode.OpGroupNonUniformSMax:
            case Opcode.OpGroupNonUniformUMax:
            case Opcode.OpGroupNonUniformBitwiseAnd:
            case Opcode.OpGroupNonUniformBitwiseOr:
            case Opcode.OpGroupNonUniformBitwiseXor:
                return Reduction(c, i, TypeKind.Int, o);
            case Opcode.OpGroupNonUniformFAdd:
            case Opcode.OpGroupNonUniformFMul:
            case Opcode.OpGroupNonUniformFMin:
            case Opcode.OpGroupNonUniformFMax:
                return Reduction(c, i, TypeKind.Float, o);
            case Opcode.OpGroupNonUniformLogicalAnd:
            case Opcode.OpGroupNonUniformLogicalOr:
            case Opcode.OpGroupNonUniformLogicalXor:
                return Reduction(c, i, TypeKind.Bool, o);
            default:
                return Instructions.NotSupported;
        }
    }

    private static string? Reduction(ValidationContext c, in Instruction i, TypeKind kind, ReadOnlySpan<uint> o)
    {
        if ((GroupOperation)o[1] is not (GroupOperation.Reduce or GroupOperation.InclusiveScan or GroupOperation.ExclusiveScan))
            return $"group operation {(GroupOperation)o[1]} is not supported";
        if (!c.IsVectorOf(i.ResultType, kind, out _, out _))
            return $"its type is no {kind} or vector of them";
        return c.Module.TypeIdOf(o[2]) == i.ResultType && o.Length == 3 ? null : "its operand has not its type";
    }

    private static string? Same(ValidationContext c, in Instruction i, uint id) =>
        c.Module.TypeIdOf(id) == i.ResultType ? Vector(c, i.ResultType) : "its operand has not its type";

    private static string? Vector(ValidationContext c, uint typeId) =>
        c.TryVector(typeId, out _, out _) ? null : "it takes scalars and vectors";

    private static string? Index(ValidationContext c, uint id) =>
        c.IsInt32(c.Module.TypeIdOf(id)) ? null : $"index {id} is no 32-bit integer";

    private static bool IsMask(ValidationContext c, uint typeId) =>
        c.IsVectorOf(typeId, TypeKind.Int, out int width, out int count) && width == 32 && count == 4;
}
