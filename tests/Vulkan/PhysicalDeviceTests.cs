using System.Reflection;
using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>What the physical device says of itself: every struct that a query may carry, and that they agree.</summary>
public sealed unsafe class PhysicalDeviceTests : VulkanTest
{
    [Fact]
    public void EveryFeatureStructIsFilledFromTheOneTable()
    {
        using var device = new TestDevice();
        using var chain = new StructChain(StructureType.PhysicalDeviceFeatures2);
        var head = new PhysicalDeviceFeatures2 { PNext = chain.First };
        device.Vk.GetPhysicalDeviceFeatures2(device.Vulkan.Physical, &head);

        Assert.True(chain.IsIntact);
        foreach (var type in chain.Types)
            AssertFeatures(type, MemoryMarshal.Cast<byte, uint>(chain[type]));
        var core = head.Features;
        AssertFeatures(StructureType.PhysicalDeviceFeatures2, new ReadOnlySpan<uint>(&core, sizeof(PhysicalDeviceFeatures) / 4));
        device.Vk.GetPhysicalDeviceFeatures(device.Vulkan.Physical, out var old);
        Assert.Equal(core, old);
    }

    /// <summary>Chapter "Feature Requirements" of the specification of Vulkan 1.3.</summary>
    [Theory]
    [InlineData(Feature.RobustBufferAccess)]
    [InlineData(Feature.Multiview)]
    [InlineData(Feature.UniformBufferStandardLayout)]
    [InlineData(Feature.SubgroupBroadcastDynamicId)]
    [InlineData(Feature.ImagelessFramebuffer)]
    [InlineData(Feature.SeparateDepthStencilLayouts)]
    [InlineData(Feature.HostQueryReset)]
    [InlineData(Feature.TimelineSemaphore)]
    [InlineData(Feature.ShaderSubgroupExtendedTypes)]
    [InlineData(Feature.VulkanMemoryModel)]
    [InlineData(Feature.VulkanMemoryModelDeviceScope)]
    [InlineData(Feature.BufferDeviceAddress)]
    [InlineData(Feature.RobustImageAccess)]
    [InlineData(Feature.ShaderTerminateInvocation)]
    [InlineData(Feature.ShaderZeroInitializeWorkgroupMemory)]
    [InlineData(Feature.Synchronization2)]
    [InlineData(Feature.ShaderIntegerDotProduct)]
    [InlineData(Feature.Maintenance4)]
    [InlineData(Feature.ShaderDemoteToHelperInvocation)]
    [InlineData(Feature.InlineUniformBlock)]
    [InlineData(Feature.PipelineCreationCacheControl)]
    [InlineData(Feature.PrivateData)]
    [InlineData(Feature.SubgroupSizeControl)]
    [InlineData(Feature.ComputeFullSubgroups)]
    [InlineData(Feature.DynamicRendering)]
    public void FeaturesThatTheVersionDemandsAreThere(Feature feature) => Assert.True(DeviceFeatures.Has(feature));

    [Fact]
    public void FeaturesThatAreThereCanBeEnabledAllAtOnce()
    {
        using var device = new TestDevice();
        using var chain = new StructChain(StructureType.PhysicalDeviceFeatures2);
        var head = new PhysicalDeviceFeatures2 { PNext = chain.First };
        device.Vk.GetPhysicalDeviceFeatures2(device.Vulkan.Physical, &head);
        Assert.Equal(Result.Success, CreateDevice(device, &head));
    }

    [Fact]
    public void EveryFeatureThatIsNotThereIsRefusedInEveryStructThatHasIt()
    {
        using var device = new TestDevice();
        using var chain = new StructChain(StructureType.PhysicalDeviceFeatures2);
        byte* item = stackalloc byte[1024];
        int refused = 0;
        foreach (var type in chain.Types.Append(StructureType.PhysicalDeviceFeatures2))
        {
            var members = FeatureStructs.MembersOf(type);
            for (int i = 0; i < members.Length; i++)
            {
                if (DeviceFeatures.Has(members[i]))
                    continue;
                new Span<byte>(item, 1024).Clear();
                ((BaseOutStructure*)item)->SType = type;
                ((Bool32*)((BaseOutStructure*)item + 1))[i] = true;
                Assert.Equal(Result.ErrorFeatureNotPresent, CreateDevice(device, item));
                refused++;
            }
        }

        Assert.Equal(refused, device.Messages.Count(m => m.Contains("has no feature", StringComparison.Ordinal)));
        Assert.True(refused > 200);
    }

    [Fact]
    public void EveryPropertyStructThatIsKnownIsFilledAndOthersAreLeftAlone()
    {
        using var device = new TestDevice();
        using var chain = new StructChain(StructureType.PhysicalDeviceProperties2);
        var head = new PhysicalDeviceProperties2 { PNext = chain.First };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &head);

        Assert.True(chain.IsIntact);
        var changed = chain.Changed.ToHashSet();
        Assert.DoesNotContain(StructChain.Unknown, changed);
        Assert.DoesNotContain(StructureType.PhysicalDeviceMeshShaderPropertiesExt, changed);
        Assert.Equal((uint)TestDevice.Widths[^1], chain.Get<PhysicalDeviceVulkan11Properties>().SubgroupSize);
        Assert.Equal(default, chain.Get<PhysicalDeviceVulkan12Properties>().ConformanceVersion);
        device.Vk.GetPhysicalDeviceProperties(device.Vulkan.Physical, out var old);
        var core = head.Properties;
        Assert.Equal(new ReadOnlySpan<byte>(&old, sizeof(PhysicalDeviceProperties)), new ReadOnlySpan<byte>(&core, sizeof(PhysicalDeviceProperties)));
    }

    /// <summary>The structs of extensions that a core version took over say what the struct of that version says.</summary>
    [Theory]
    [InlineData(typeof(PhysicalDeviceVulkan11Properties), typeof(PhysicalDeviceIDProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan11Properties), typeof(PhysicalDeviceSubgroupProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan11Properties), typeof(PhysicalDevicePointClippingProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan11Properties), typeof(PhysicalDeviceMultiviewProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan11Properties), typeof(PhysicalDeviceProtectedMemoryProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan11Properties), typeof(PhysicalDeviceMaintenance3Properties))]
    [InlineData(typeof(PhysicalDeviceVulkan12Properties), typeof(PhysicalDeviceDriverProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan12Properties), typeof(PhysicalDeviceFloatControlsProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan12Properties), typeof(PhysicalDeviceDescriptorIndexingProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan12Properties), typeof(PhysicalDeviceDepthStencilResolveProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan12Properties), typeof(PhysicalDeviceSamplerFilterMinmaxProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan12Properties), typeof(PhysicalDeviceTimelineSemaphoreProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan13Properties), typeof(PhysicalDeviceSubgroupSizeControlProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan13Properties), typeof(PhysicalDeviceInlineUniformBlockProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan13Properties), typeof(PhysicalDeviceShaderIntegerDotProductProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan13Properties), typeof(PhysicalDeviceTexelBufferAlignmentProperties))]
    [InlineData(typeof(PhysicalDeviceVulkan13Properties), typeof(PhysicalDeviceMaintenance4Properties))]
    public void PiecesOfACoreVersionAgreeWithIt(Type version, Type piece)
    {
        using var device = new TestDevice();
        using var chain = new StructChain(StructureType.PhysicalDeviceProperties2);
        var head = new PhysicalDeviceProperties2 { PNext = chain.First };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &head);

        var whole = chain[((IChainedStructOf)Activator.CreateInstance(typeof(TypeOf<>).MakeGenericType(version))!).Type];
        var part = chain[((IChainedStructOf)Activator.CreateInstance(typeof(TypeOf<>).MakeGenericType(piece))!).Type];
        int compared = 0;
        foreach (var field in piece.GetFields(BindingFlags.Public | BindingFlags.Instance).Where(f => f.Name is not ("SType" or "PNext")))
        {
            // Two members got longer names in the core version.
            string name = version.GetField(field.Name) is null ? "Subgroup" + field.Name : field.Name;
            int bytes = SizeOf(field);
            Assert.Equal(part.Slice(Offset(piece, field.Name), bytes), whole.Slice(Offset(version, name), bytes));
            compared++;
        }

        Assert.True(compared > 0);
    }

    private static int Offset(Type type, string field) =>
        (int)Marshal.OffsetOf(type, field) - sizeof(BaseOutStructure);

    private static int SizeOf(FieldInfo field) =>
        field.GetCustomAttribute<System.Runtime.CompilerServices.FixedBufferAttribute>() is { } buffer
            ? buffer.Length * Marshal.SizeOf(buffer.ElementType)
            : Marshal.SizeOf(field.FieldType.IsEnum ? Enum.GetUnderlyingType(field.FieldType) : field.FieldType);

    private interface IChainedStructOf
    {
        StructureType Type { get; }
    }

    private sealed class TypeOf<T> : IChainedStructOf
        where T : unmanaged, IChainedStruct
    {
        public StructureType Type => T.StructureType;
    }

    private static Result CreateDevice(TestDevice device, void* next)
    {
        float priority = 1;
        var queue = new DeviceQueueCreateInfo { QueueCount = 1, PQueuePriorities = &priority };
        var info = new DeviceCreateInfo { PNext = next, QueueCreateInfoCount = 1, PQueueCreateInfos = &queue };
        var result = device.Vk.CreateDevice(device.Vulkan.Physical, in info, null, out var made);
        device.Vk.DestroyDevice(made, null);
        return result;
    }

    private static void AssertFeatures(StructureType type, ReadOnlySpan<uint> values)
    {
        var members = FeatureStructs.MembersOf(type);
        Assert.False(members.IsEmpty, $"{type} is not known as a feature struct");
        for (int i = 0; i < members.Length; i++)
            Assert.True(values[i] == (DeviceFeatures.Has(members[i]) ? 1u : 0), $"{type}.{members[i]} is {values[i]:x}");
    }
}
