using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;

namespace ShaderJit.Vulkan.Objects;

/// <summary>Where the descriptors of a write come from; which pointer counts depends on their type.</summary>
internal readonly unsafe struct DescriptorSource(DescriptorBufferInfo* buffers, BufferView* views)
{
    public readonly DescriptorBufferInfo* Buffers = buffers;
    public readonly BufferView* Views = views;
}

/// <summary>VkDescriptorUpdateTemplate.</summary>
internal sealed class DescriptorUpdateTemplateObject(DeviceObject device, DescriptorUpdateTemplateEntry[] entries)
    : DeviceChild(device)
{
    public DescriptorUpdateTemplateEntry[] Entries { get; } = entries;
}

/// <summary>Writes and copies of descriptors. Both go on into the next bindings where their own ends ("consecutive
/// binding updates").</summary>
internal static unsafe class DescriptorUpdate
{
    public static void Write(DescriptorSetObject set, uint binding, uint arrayElement, uint count, DescriptorType type,
        DescriptorSource source)
    {
        int first = Locate(set.Layout, binding, arrayElement, count);
        for (int i = 0; i < (int)count; i++)
        {
            switch (type)
            {
                case DescriptorType.UniformBuffer:
                case DescriptorType.StorageBuffer:
                case DescriptorType.UniformBufferDynamic:
                case DescriptorType.StorageBufferDynamic:
                    var info = source.Buffers[i];
                    set.Write(first + i, new DescriptorValue(HandleTable.Get<BufferObject>(info.Buffer.Handle), info.Offset,
                        info.Range));
                    break;
                case DescriptorType.UniformTexelBuffer:
                case DescriptorType.StorageTexelBuffer:
                    set.Write(first + i, new DescriptorValue(HandleTable.Get<BufferViewObject>(source.Views[i].Handle), 0, 0));
                    break;
                default:
                    throw new VulkanException(Result.ErrorUnknown, $"descriptors of type {type} are not supported");
            }
        }
    }

    public static void Copy(DescriptorSetObject source, uint sourceBinding, uint sourceElement, DescriptorSetObject target,
        uint targetBinding, uint targetElement, uint count)
    {
        int from = Locate(source.Layout, sourceBinding, sourceElement, count);
        int to = Locate(target.Layout, targetBinding, targetElement, count);
        for (int i = 0; i < (int)count; i++)
            target.Write(to + i, source[from + i]);
    }

    /// <summary>Index of the first descriptor among all of the set; throws where the last is not in the set.</summary>
    private static int Locate(DescriptorSetLayoutObject layout, uint binding, uint arrayElement, uint count)
    {
        if (layout.Find(binding) is not { } found)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkWriteDescriptorSet-dstBinding-00315: no binding {binding}");
        ulong first = (ulong)found.FirstElement + arrayElement;
        if (first + count > (ulong)layout.ElementCount)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkWriteDescriptorSet-dstArrayElement-00321: {count} descriptors from binding {binding}[{arrayElement}] on are not there");
        }

        return (int)first;
    }
}
