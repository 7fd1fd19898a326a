namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Subgroup instructions (OpGroupNonUniform...): scope Subgroup, and types.</summary>
internal static class Subgroups
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        switch (opcode)
        {
            case Opcode.OpSubgroupAllKHR:
            case Opcode.OpSubgroupAnyKHR:
            case Opcode.OpSubgroupAllEqualKHR:
                return c.IsBool(i.ResultType) && c.IsBool(m.TypeIdOf(o[0])) ? null : "it takes and makes a bool";
            case Opcode.OpSubgroupBallotKHR:
                return IsMask(c, i.ResultType) && c.IsBool(m.TypeIdOf(o[0])) ? null : "it makes a mask of four words of a bool";
            case Opcode.OpSubgroupFirstInvocationKHR:
                return Same(c, i, o[0]);
            case Opcode.OpSubgroupReadInvocationKHR:
                return Same(c, i, o[0]) ?? Index(c, o[1]);
        }
        if (opcode == Opcode.OpGroupNonUniformPartitionNV)
            return IsMask(c, i.ResultType) ? Vector(c, m.TypeIdOf(o[0])) : "it makes a mask of four words";
        if (InstructionTable.Info(opcode).Class != InstructionClass.NonUniform && opcode != Opcode.OpGroupNonUniformRotateKHR)
            return Instructions.NotSupported;
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
            case Opcode.OpGroupNonUniformQuadBroadcast:
                if (m.Version < 0x15 && !c.IsConstantId(o[2]))
                    return "before SPIR-V 1.5 the invocation is a constant";
                return Same(c, i, o[1]) ?? Index(c, o[2]);
            case Opcode.OpGroupNonUniformQuadSwap:
                return Same(c, i, o[1]) ?? (c.IsInt32(m.TypeIdOf(o[2])) && m.TryConstant(o[2], out ulong direction) && direction <= 2
                    ? null : "its direction is not 0, 1 or 2");
            case Opcode.OpGroupNonUniformRotateKHR:
                return Same(c, i, o[1]) ?? Index(c, o[2]) ?? (o.Length > 3 ? Cluster(c, o[3]) : null);
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
        if ((GroupOperation)o[1] is not (GroupOperation.Reduce or GroupOperation.InclusiveScan or GroupOperation.ExclusiveScan
            or GroupOperation.ClusteredReduce or GroupOperation.PartitionedReduceNV or GroupOperation.PartitionedInclusiveScanNV
            or GroupOperation.PartitionedExclusiveScanNV))
            return $"group operation {(GroupOperation)o[1]} is not supported";
        if (!c.IsVectorOf(i.ResultType, kind, out _, out _))
            return $"its type is no {kind} or vector of them";
        if (c.Module.TypeIdOf(o[2]) != i.ResultType)
            return "its operand has not its type";
        if ((GroupOperation)o[1] == GroupOperation.ClusteredReduce)
            return o.Length == 4 ? Cluster(c, o[3]) : "it has no cluster size";
        if ((GroupOperation)o[1] >= GroupOperation.PartitionedReduceNV)
            return o.Length == 4 && IsMask(c, c.Module.TypeIdOf(o[3])) ? null : "it has no mask of its part";
        return o.Length == 3 ? null : "only clustered operations have a cluster size";
    }

    // The size may be a specialization constant, so a bad one is left to lowering.
    private static string? Cluster(ValidationContext c, uint id) =>
        c.IsInt32(c.Module.TypeIdOf(id)) && c.IsConstantId(id) ? null : "its cluster size is no 32-bit constant";

    private static string? Same(ValidationContext c, in Instruction i, uint id) =>
        c.Module.TypeIdOf(id) == i.ResultType ? Vector(c, i.ResultType) : "its operand has not its type";

    private static string? Vector(ValidationContext c, uint typeId) =>
        c.TryVector(typeId, out _, out _) ? null : "it takes scalars and vectors";

    private static string? Index(ValidationContext c, uint id) =>
        c.IsInt32(c.Module.TypeIdOf(id)) ? null : $"index {id} is no 32-bit integer";

    private static bool IsMask(ValidationContext c, uint typeId) =>
        c.IsVectorOf(typeId, TypeKind.Int, out int width, out int count) && width == 32 && count == 4;
}
