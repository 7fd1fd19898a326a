using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Capabilities that lowering knows. A type or instruction that a back end lacks is refused where it is used; a
/// capability that is not listed may change the meaning of what is not refused.</summary>
internal sealed partial class ModuleLowering
{
    private void CheckCapabilities()
    {
        foreach (var capability in _module.Capabilities)
        {
            if (!IsKnown(capability))
                Refusal.Throw($"Capability {EnumerantTable.Name(capability)} is not supported");
        }
    }

    private static bool IsKnown(Capability capability)
    {
        switch (capability)
        {
            case Capability.Matrix or Capability.Shader or Capability.Linkage:
            case Capability.Float16 or Capability.Float64 or Capability.Int8 or Capability.Int16 or Capability.Int64:
            case Capability.Int64Atomics or Capability.AtomicStorage or Capability.AtomicFloat32AddEXT
                or Capability.AtomicFloat32MinMaxEXT or Capability.AtomicFloat64AddEXT or Capability.AtomicFloat64MinMaxEXT:
            case Capability.UniformBufferArrayDynamicIndexing or Capability.StorageBufferArrayDynamicIndexing
                or Capability.ShaderNonUniform or Capability.RuntimeDescriptorArray
                or Capability.UniformBufferArrayNonUniformIndexing or Capability.StorageBufferArrayNonUniformIndexing:
            case Capability.GroupNonUniform or Capability.GroupNonUniformVote or Capability.GroupNonUniformArithmetic
                or Capability.GroupNonUniformBallot or Capability.GroupNonUniformShuffle
                or Capability.GroupNonUniformShuffleRelative or Capability.GroupNonUniformClustered
                or Capability.GroupNonUniformQuad or Capability.GroupNonUniformRotateKHR
                or Capability.GroupNonUniformPartitionedNV
                or Capability.SubgroupBallotKHR or Capability.SubgroupVoteKHR:
            case Capability.StorageBuffer8BitAccess or Capability.UniformAndStorageBuffer8BitAccess
                or Capability.StoragePushConstant8 or Capability.StorageBuffer16BitAccess
                or Capability.UniformAndStorageBuffer16BitAccess or Capability.StoragePushConstant16:
            case Capability.WorkgroupMemoryExplicitLayoutKHR or Capability.WorkgroupMemoryExplicitLayout8BitAccessKHR
                or Capability.WorkgroupMemoryExplicitLayout16BitAccessKHR:
            case Capability.VariablePointersStorageBuffer or Capability.VariablePointers:
            case Capability.PhysicalStorageBufferAddresses or Capability.VulkanMemoryModel
                or Capability.VulkanMemoryModelDeviceScope:
            case Capability.DotProduct or Capability.DotProductInputAll or Capability.DotProductInput4x8Bit
                or Capability.DotProductInput4x8BitPacked:
            case Capability.DenormPreserve or Capability.DenormFlushToZero or Capability.SignedZeroInfNanPreserve
                or Capability.RoundingModeRTE or Capability.RoundingModeRTZ:
            case Capability.DeviceGroup or Capability.ExpectAssumeKHR:
            case Capability.ImageQuery or Capability.Sampled1D or Capability.Image1D or Capability.SampledBuffer
                or Capability.ImageBuffer or Capability.StorageImageExtendedFormats
                or Capability.StorageImageReadWithoutFormat or Capability.StorageImageWriteWithoutFormat
                or Capability.SampledCubeArray or Capability.ImageCubeArray or Capability.ImageMSArray
                or Capability.StorageImageMultisample or Capability.ImageGatherExtended or Capability.MinLod
                or Capability.Int64ImageEXT:
            case Capability.SampledImageArrayDynamicIndexing or Capability.StorageImageArrayDynamicIndexing
                or Capability.SampledImageArrayNonUniformIndexing or Capability.StorageImageArrayNonUniformIndexing
                or Capability.UniformTexelBufferArrayDynamicIndexing or Capability.StorageTexelBufferArrayDynamicIndexing
                or Capability.UniformTexelBufferArrayNonUniformIndexing
                or Capability.StorageTexelBufferArrayNonUniformIndexing:
                return true;
            default:
                return Spirv.Validation.CapabilityTable.IsForOtherStages(capability);
        }
    }
}
