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

    [Fact]
    public void ACapabilityIsAcceptedWhereItsFeatureIsThereAndElseRefusedByName()
    {
        using var device = new TestDevice();
        var layout = device.Layout(0, device.StorageLayout(1));
        foreach (var capability in Enum.GetValues<Capability>().Distinct())
        {
            int before = device.Messages.Length;
            var result = TryPipeline(device, Module(capability), layout);
            if (result == Result.Success)
            {
                Assert.True(CapabilityFeatures.IsAllowed(capability), $"{capability} is accepted; which feature says so?");
                continue;
            }

            Assert.Equal(Result.ErrorInvalidShaderNV, result);
            Assert.False(CapabilityFeatures.HasFeature(capability),
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
