using ShaderJit.Compiler.Spirv;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>What a module may declare and what the device advertises are the same: a capability is accepted exactly where one
/// of its features is there, and any other is refused by its name, at its word.</summary>
public sealed class CapabilityTests : VulkanTest
{
    private const int WordOfCapability = 7;

    /// <summary>The features of which Vulkan asks one for a capability; none where every device of its version has it, or
    /// where a property says so.</summary>
    private static readonly Dictionary<Capability, Feature[]> Features = new()
    {
        [Capability.Matrix] = [],
        [Capability.Shader] = [],
        [Capability.Sampled1D] = [],
        [Capability.Image1D] = [],
        [Capability.SampledBuffer] = [],
        [Capability.ImageBuffer] = [],
        [Capability.ImageQuery] = [],
        [Capability.DerivativeControl] = [],
        [Capability.DeviceGroup] = [],
        [Capability.Int8] = [Feature.ShaderInt8],
        [Capability.Int16] = [Feature.ShaderInt16],
        [Capability.Int64] = [Feature.ShaderInt64],
        [Capability.Float16] = [Feature.ShaderFloat16],
        [Capability.Float64] = [Feature.ShaderFloat64],
        [Capability.Int64Atomics] = [Feature.ShaderBufferInt64Atomics, Feature.ShaderSharedInt64Atomics],
        [Capability.Int64ImageEXT] = [Feature.ShaderImageInt64Atomics],
        [Capability.AtomicFloat32AddEXT] = [Feature.ShaderBufferFloat32AtomicAdd, Feature.ShaderSharedFloat32AtomicAdd],
        [Capability.AtomicFloat64AddEXT] = [Feature.ShaderBufferFloat64AtomicAdd, Feature.ShaderSharedFloat64AtomicAdd],
        [Capability.AtomicFloat32MinMaxEXT] = [Feature.ShaderBufferFloat32AtomicMinMax, Feature.ShaderSharedFloat32AtomicMinMax],
        [Capability.AtomicFloat64MinMaxEXT] = [Feature.ShaderBufferFloat64AtomicMinMax, Feature.ShaderSharedFloat64AtomicMinMax],
        [Capability.StorageBuffer8BitAccess] = [Feature.StorageBuffer8BitAccess],
        [Capability.UniformAndStorageBuffer8BitAccess] = [Feature.UniformAndStorageBuffer8BitAccess],
        [Capability.StoragePushConstant8] = [Feature.StoragePushConstant8],
        [Capability.StorageBuffer16BitAccess] = [Feature.StorageBuffer16BitAccess],
        [Capability.UniformAndStorageBuffer16BitAccess] = [Feature.UniformAndStorageBuffer16BitAccess],
        [Capability.StoragePushConstant16] = [Feature.StoragePushConstant16],
        [Capability.StorageInputOutput16] = [Feature.StorageInputOutput16],

        // VkPhysicalDeviceFloatControlsProperties
        [Capability.DenormPreserve] = [],
        [Capability.SignedZeroInfNanPreserve] = [],
        [Capability.RoundingModeRTE] = [],

        [Capability.DotProduct] = [Feature.ShaderIntegerDotProduct],
        [Capability.DotProductInputAll] = [Feature.ShaderIntegerDotProduct],
        [Capability.DotProductInput4x8Bit] = [Feature.ShaderIntegerDotProduct],
        [Capability.DotProductInput4x8BitPacked] = [Feature.ShaderIntegerDotProduct],

        // VkPhysicalDeviceSubgroupProperties
        [Capability.GroupNonUniform] = [],
        [Capability.GroupNonUniformVote] = [],
        [Capability.GroupNonUniformArithmetic] = [],
        [Capability.GroupNonUniformBallot] = [],
        [Capability.GroupNonUniformShuffle] = [],
        [Capability.GroupNonUniformShuffleRelative] = [],
        [Capability.GroupNonUniformClustered] = [],
        [Capability.GroupNonUniformQuad] = [],
        [Capability.GroupNonUniformRotateKHR] = [],
        [Capability.SubgroupBallotKHR] = [],
        [Capability.SubgroupVoteKHR] = [],

        [Capability.PhysicalStorageBufferAddresses] = [Feature.BufferDeviceAddress],
        [Capability.VulkanMemoryModel] = [Feature.VulkanMemoryModel],
        [Capability.VulkanMemoryModelDeviceScope] = [Feature.VulkanMemoryModelDeviceScope],
        [Capability.VariablePointers] = [Feature.VariablePointers],
        [Capability.VariablePointersStorageBuffer] = [Feature.VariablePointersStorageBuffer],
        [Capability.WorkgroupMemoryExplicitLayoutKHR] = [Feature.WorkgroupMemoryExplicitLayout],
        [Capability.WorkgroupMemoryExplicitLayout8BitAccessKHR] = [Feature.WorkgroupMemoryExplicitLayout8BitAccess],
        [Capability.WorkgroupMemoryExplicitLayout16BitAccessKHR] = [Feature.WorkgroupMemoryExplicitLayout16BitAccess],
        [Capability.UniformBufferArrayDynamicIndexing] = [Feature.ShaderUniformBufferArrayDynamicIndexing],
        [Capability.StorageBufferArrayDynamicIndexing] = [Feature.ShaderStorageBufferArrayDynamicIndexing],
        [Capability.SampledImageArrayDynamicIndexing] = [Feature.ShaderSampledImageArrayDynamicIndexing],
        [Capability.StorageImageArrayDynamicIndexing] = [Feature.ShaderStorageImageArrayDynamicIndexing],
        [Capability.UniformTexelBufferArrayDynamicIndexing] = [Feature.ShaderUniformTexelBufferArrayDynamicIndexing],
        [Capability.StorageTexelBufferArrayDynamicIndexing] = [Feature.ShaderStorageTexelBufferArrayDynamicIndexing],
        [Capability.UniformBufferArrayNonUniformIndexing] = [Feature.ShaderUniformBufferArrayNonUniformIndexing],
        [Capability.StorageBufferArrayNonUniformIndexing] = [Feature.ShaderStorageBufferArrayNonUniformIndexing],
        [Capability.SampledImageArrayNonUniformIndexing] = [Feature.ShaderSampledImageArrayNonUniformIndexing],
        [Capability.StorageImageArrayNonUniformIndexing] = [Feature.ShaderStorageImageArrayNonUniformIndexing],
        [Capability.UniformTexelBufferArrayNonUniformIndexing] = [Feature.ShaderUniformTexelBufferArrayNonUniformIndexing],
        [Capability.StorageTexelBufferArrayNonUniformIndexing] = [Feature.ShaderStorageTexelBufferArrayNonUniformIndexing],
        [Capability.RuntimeDescriptorArray] = [Feature.RuntimeDescriptorArray],
        [Capability.ShaderNonUniform] = [Feature.ShaderUniformBufferArrayNonUniformIndexing,
            Feature.ShaderStorageBufferArrayNonUniformIndexing, Feature.ShaderSampledImageArrayNonUniformIndexing,
            Feature.ShaderStorageImageArrayNonUniformIndexing, Feature.ShaderUniformTexelBufferArrayNonUniformIndexing,
            Feature.ShaderStorageTexelBufferArrayNonUniformIndexing],
        [Capability.ImageGatherExtended] = [Feature.ShaderImageGatherExtended],
        [Capability.StorageImageMultisample] = [Feature.ShaderStorageImageMultisample],
        [Capability.ImageMSArray] = [Feature.ShaderStorageImageMultisample],
        [Capability.ImageCubeArray] = [Feature.ImageCubeArray],
        [Capability.SampledCubeArray] = [Feature.ImageCubeArray],
        [Capability.StorageImageExtendedFormats] = [],
        [Capability.StorageImageReadWithoutFormat] = [Feature.ShaderStorageImageReadWithoutFormat],
        [Capability.StorageImageWriteWithoutFormat] = [Feature.ShaderStorageImageWriteWithoutFormat],
        [Capability.MinLod] = [Feature.ShaderResourceMinLod],
        [Capability.DemoteToHelperInvocation] = [Feature.ShaderDemoteToHelperInvocation],
        [Capability.ShaderClockKHR] = [Feature.ShaderSubgroupClock, Feature.ShaderDeviceClock],
    };

    [Fact]
    public void ACapabilityIsAcceptedWhereItsFeatureIsThereAndElseRefusedByName()
    {
        using var device = new TestDevice();
        var layout = device.Layout(0, device.StorageLayout(1));
        foreach (var capability in Enum.GetValues<Capability>().Distinct())
        {
            int before = device.Messages.Length;
            var result = TryPipeline(device, Module(capability), layout);
            bool isKnown = Features.TryGetValue(capability, out var features);
            if (result == Result.Success)
            {
                Assert.True(isKnown, $"{capability} is accepted; which feature says so?");
                Assert.True(!isKnown || features!.Length == 0 || Array.Exists(features, DeviceFeatures.Has),
                    $"{capability} is accepted, but its feature is not advertised");
                continue;
            }

            Assert.Equal(Result.ErrorInvalidShaderNV, result);
            Assert.True(!isKnown || !Array.Exists(features!, DeviceFeatures.Has),
                $"{capability} is refused, but its feature is advertised: {string.Join("; ", device.Messages[before..])}");
            string message = Assert.Single(device.Messages[before..]);
            Assert.Contains($"word {WordOfCapability}:", message, StringComparison.Ordinal);
            Assert.True(NamesOf(capability).Any(message.Contains), $"{capability}: {message}");
        }
    }

    /// <summary>The name and its aliases.</summary>
    private static IEnumerable<string> NamesOf(Capability capability) =>
        Enum.GetNames<Capability>().Where(name => Enum.Parse<Capability>(name) == capability);

    private static unsafe Result TryPipeline(TestDevice device, uint[] words, PipelineLayout layout)
    {
        var result = device.TryPipeline(words, layout, out var pipeline);
        device.Vk.DestroyPipeline(device.Device, pipeline, null);
        return result;
    }

    /// <summary>An entry point that does nothing, in a module with a capability.</summary>
    private static uint[] Module(Capability capability)
    {
        uint addressing = capability == Capability.PhysicalStorageBufferAddresses ? (uint)AddressingModel.PhysicalStorageBuffer64 : 0;
        uint memory = capability is Capability.VulkanMemoryModel ? (uint)MemoryModel.Vulkan : (uint)MemoryModel.GLSL450;
        return
        [
            0x07230203, 0x00010600, 0, 5, 0,
            Head(Opcode.OpCapability, 2), (uint)Capability.Shader,
            Head(Opcode.OpCapability, 2), (uint)capability,
            Head(Opcode.OpMemoryModel, 3), addressing, memory,
            Head(Opcode.OpEntryPoint, 5), (uint)ExecutionModel.GLCompute, 3, 0x6E69616D, 0,
            Head(Opcode.OpExecutionMode, 6), 3, (uint)ExecutionMode.LocalSize, 1, 1, 1,
            Head(Opcode.OpTypeVoid, 2), 1,
            Head(Opcode.OpTypeFunction, 3), 2, 1,
            Head(Opcode.OpFunction, 5), 1, 3, 0, 2,
            Head(Opcode.OpLabel, 2), 4,
            Head(Opcode.OpReturn, 1),
            Head(Opcode.OpFunctionEnd, 1),
        ];
    }

    private static uint Head(Opcode opcode, uint words) => words << 16 | (uint)opcode;
}
