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
        int first = Locate(set.Layout, binding, arrayElement, count, type);
        for (int i = 0; i < (int)count; i++)
        {
            switch (type)
            {
                case DescriptorType.UniformBuffer:
                case DescriptorType.StorageBuffer:
                case DescriptorType.UniformBufferDynamic:
                case DescriptorType.StorageBufferDynamic:
                    var info = source.Buffers[i];
                    set.Write(first + i, new DescriptorValue(Find<BufferObject>(set.Device, info.Buffer.Handle), info.Offset,
                        info.Range));
                    break;
                case DescriptorType.UniformTexelBuffer:
                case DescriptorType.StorageTexelBuffer:
                    set.Write(first + i, new DescriptorValue(Find<BufferViewObject>(set.Device, source.Views[i].Handle), 0, 0));
                    break;
                default:
                    throw new VulkanException(Result.ErrorUnknown, $"descriptors of type {type} are not supported");
            }
        }
    }

    public static void Copy(DescriptorSetObject source, uint sourceBinding, uint sourceElement, DescriptorSetObject target,
        uint targetBinding, uint targetElement, uint count)
    {
        if (source.Layout.Find(sourceBinding) is not { } binding)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkCopyDescriptorSet-srcBinding-00345: no binding {sourceBinding}");
        int from = Locate(source.Layout, sourceBinding, sourceElement, count, binding.Type);
        int to = Locate(target.Layout, targetBinding, targetElement, count, binding.Type);
        for (int i = 0; i < (int)count; i++)
            target.Write(to + i, source[from + i]);
    }

    /// <summary>The resource of a handle; null, and so a null descriptor, where there is none on this device.</summary>
    private static T? Find<T>(DeviceObject device, ulong handle)
        where T : DeviceChild =>
        HandleTable.Get<T>(handle) is { } found && found.Device == device ? found : null;

    /// <summary>Index of the first descriptor among all of the set; throws where the last is not in the set, or one is of
    /// another type.</summary>
    private static int Locate(DescriptorSetLayoutObject layout, uint binding, uint arrayElement, uint count,
        DescriptorType type)
    {
        if (layout.Find(binding) is not { } found)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkWriteDescriptorSet-dstBinding-00315: no binding {binding}");
        ulong first = (ulong)found.FirstElement + arrayElement;
        if (first + count > (ulong)layout.ElementCount)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkWriteDescriptorSet-dstArrayElement-00321: {count} descriptors from binding {binding}[{arrayElement}] on are not there");
        }

        // From the first binding on that has any of them.
        foreach (ref readonly var touched in layout.Bindings.AsSpan())
        {
            bool hasSome = (ulong)touched.FirstElement < first + count && (ulong)touched.FirstElement + touched.Count > first;
            if (hasSome && touched.Type != type)
            {
                throw new VulkanException(Result.ErrorUnknown,
                    $"VUID-VkWriteDescriptorSet-descriptorType-00319: binding {touched.Binding} is of type {touched.Type}, not {type}");
            }
        }

        return (int)first;
    }
}
