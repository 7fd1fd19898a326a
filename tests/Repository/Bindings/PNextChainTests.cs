using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Repository.Tests.Bindings;

public sealed unsafe class PNextChainTests
{
    [Fact]
    public void New_sets_the_structure_type_and_default_does_not()
    {
        Assert.Equal(StructureType.BufferCreateInfo, new BufferCreateInfo { Size = 4 }.SType);
        Assert.Equal(default, default(BufferCreateInfo).SType);
    }

    [Fact]
    public void Find_returns_the_struct_of_the_type_or_null()
    {
        var features = new PhysicalDeviceVulkan11Features();
        var timeline = new PhysicalDeviceTimelineSemaphoreFeatures();
        var head = new PhysicalDeviceFeatures2();
        PNextChain.Prepend(&head, &features);
        PNextChain.Prepend(&head, &timeline);

        Assert.True(PNextChain.Find<PhysicalDeviceVulkan11Features>(head.PNext) == &features);
        Assert.True(PNextChain.Find<PhysicalDeviceTimelineSemaphoreFeatures>(head.PNext) == &timeline);
        Assert.True(PNextChain.Find<PhysicalDeviceFeatures2>(head.PNext) == null);
        Assert.True(PNextChain.Find<PhysicalDeviceFeatures2>(&head) == &head);
        Assert.True(PNextChain.Find<PhysicalDeviceFeatures2>(null) == null);
    }

    [Fact]
    public void A_walk_visits_the_chain_in_order()
    {
        var unknown = new BaseOutStructure { SType = (StructureType)0x7FFF_0000 };
        var features = new PhysicalDeviceVulkan12Features { PNext = &unknown };

        var types = new List<StructureType>();
        foreach (BaseOutStructure* item in PNextChain.Of(&features))
            types.Add(item->SType);

        Assert.Equal([StructureType.PhysicalDeviceVulkan12Features, (StructureType)0x7FFF_0000], types);
    }

    [Fact]
    public void A_circular_chain_ends()
    {
        var features = new PhysicalDeviceVulkan11Features();
        features.PNext = &features;

        var visited = 0;
        foreach (var item in PNextChain.Of(&features))
            visited++;

        Assert.Equal(PNextChain.MaxLength, visited);
        Assert.True(PNextChain.Find<PhysicalDeviceVulkan12Features>(&features) == null);
    }

    [Fact]
    public void Structure_types_know_their_size_name_and_heads()
    {
        Assert.Equal(sizeof(BufferCreateInfo), StructureTypeInfo.SizeOf(StructureType.BufferCreateInfo));
        Assert.Equal("VkBufferCreateInfo", StructureTypeInfo.NameOf(StructureType.BufferCreateInfo));
        Assert.Equal(
            [StructureType.PhysicalDeviceFeatures2, StructureType.DeviceCreateInfo],
            StructureTypeInfo.ExtendsOf(StructureType.PhysicalDeviceVulkan11Features).ToArray());
        Assert.True(StructureTypeInfo.ExtendsOf(StructureType.BufferCreateInfo).IsEmpty);
        Assert.Equal(0, StructureTypeInfo.SizeOf((StructureType)0x7FFF_0000));
        Assert.Null(StructureTypeInfo.NameOf((StructureType)0x7FFF_0000));
    }

    [Fact]
    public void Every_chained_struct_constructs_with_its_own_type()
    {
        var count = 0;
        foreach (var type in typeof(Vk).Assembly.GetExportedTypes().Where(t => t.IsValueType && t.IsAssignableTo(typeof(IChainedStruct))))
        {
            var value = Activator.CreateInstance(type)!;
            var structureType = (StructureType)type.GetField("SType")!.GetValue(value)!;
            Assert.Equal("Vk" + type.Name, StructureTypeInfo.NameOf(structureType));
            count++;
        }
        Assert.True(count > 500, $"only {count}");
    }
}
