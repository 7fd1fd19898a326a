using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;

namespace ShaderJit.Vulkan.Objects;

/// <summary>Where the descriptors of a write come from; which pointer counts depends on their type.</summary>
/// <param name="inline">Bytes of an inline uniform block.</param>
internal readonly unsafe struct DescriptorSource(DescriptorImageInfo* images, DescriptorBufferInfo* buffers, BufferView* views,
    void* inline)
{
    public readonly DescriptorImageInfo* Images = images;
    public readonly DescriptorBufferInfo* Buffers = buffers;
    public readonly BufferView* Views = views;
    public readonly void* Inline = inline;
}

/// <summary>Writes and copies of descriptors. Both go on into the next bindings where their own ends ("consecutive
/// binding updates").</summary>
internal static unsafe class DescriptorUpdate
{
    /// <summary>One VkWriteDescriptorSet, but for the set that it names.</summary>
    public static void Write(DescriptorSetObject set, ref WriteDescriptorSet write)
    {
        var inline = write.DescriptorType == DescriptorType.InlineUniformBlock
            ? PNextChain.Find<WriteDescriptorSetInlineUniformBlock>(write.PNext)
            : null;
        Write(set, write.DstBinding, write.DstArrayElement, write.DescriptorCount, write.DescriptorType,
            new DescriptorSource(write.PImageInfo, write.PBufferInfo, write.PTexelBufferView, inline == null ? null : inline->PData));
    }

    /// <summary>Writes what a template finds in the application's data.</summary>
    public static void Write(DescriptorSetObject set, DescriptorUpdateTemplateObject template, void* data)
    {
        foreach (ref readonly var entry in template.Entries.AsSpan())
        {
            byte* source = (byte*)data + entry.Offset;
            if (entry.DescriptorType == DescriptorType.InlineUniformBlock)
            {
                Write(set, entry.DstBinding, entry.DstArrayElement, entry.DescriptorCount, entry.DescriptorType,
                    new DescriptorSource(null, null, null, source));
                continue;
            }

            for (uint i = 0; i < entry.DescriptorCount; i++, source += entry.Stride)
            {
                Write(set, entry.DstBinding, entry.DstArrayElement + i, 1, entry.DescriptorType,
                    new DescriptorSource((DescriptorImageInfo*)source, (DescriptorBufferInfo*)source, (BufferView*)source, null));
            }
        }
    }

    public static void Copy(DescriptorSetObject source, DescriptorSetObject target, ref CopyDescriptorSet copy)
    {
        if (source.Layout.Find(copy.SrcBinding) is not { } binding)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkCopyDescriptorSet-srcBinding-00345: no binding {copy.SrcBinding}");
        if (binding.IsInline)
        {
            var bytes = source.Inline(binding, copy.SrcArrayElement, copy.DescriptorCount);
            bytes.CopyTo(target.Inline(InlineBinding(target, copy.DstBinding), copy.DstArrayElement, copy.DescriptorCount));
            return;
        }

        var from = new Cursor(source, copy.SrcBinding, copy.SrcArrayElement, copy.DescriptorCount, binding.Type);
        var to = new Cursor(target, copy.DstBinding, copy.DstArrayElement, copy.DescriptorCount, binding.Type);
        for (uint i = 0; i < copy.DescriptorCount; i++)
        {
            var value = source[from.Next(out int sourceIndex).FirstElement + sourceIndex];
            ref readonly var destination = ref to.Next(out int index);

            // One of no type but its own takes what was written as that, and what was never written: a null descriptor.
            if (binding.IsMutable && !destination.IsMutable && value.Type != destination.Type)
            {
                if (value != default)
                {
                    throw new VulkanException(Result.ErrorUnknown,
                        $"VUID-VkCopyDescriptorSet-srcSet-04614: binding {destination.Binding} is of type {destination.Type}, not {value.Type}");
                }

                value = value with { Type = destination.Type };
            }

            target.Write(destination, index, value);
        }
    }

    private static void Write(DescriptorSetObject set, uint binding, uint arrayElement, uint count, DescriptorType type,
        DescriptorSource source)
    {
        if (type == DescriptorType.InlineUniformBlock)
        {
            if (source.Inline == null)
                throw new VulkanException(Result.ErrorUnknown, "VUID-VkWriteDescriptorSet-descriptorType-02221: no data for an inline uniform block");
            new ReadOnlySpan<byte>(source.Inline, (int)count).CopyTo(set.Inline(InlineBinding(set, binding), arrayElement, count));
            return;
        }

        var cursor = new Cursor(set, binding, arrayElement, count, type);
        for (uint i = 0; i < count; i++)
        {
            ref readonly var target = ref cursor.Next(out int index);
            set.Write(target, index, Read(set.Device, type, source, i) with { Type = type });
        }
    }

    private static DescriptorValue Read(DeviceObject device, DescriptorType type, DescriptorSource source, uint index)
    {
        switch (type)
        {
            case DescriptorType.UniformBuffer:
            case DescriptorType.StorageBuffer:
            case DescriptorType.UniformBufferDynamic:
            case DescriptorType.StorageBufferDynamic:
                var info = source.Buffers[index];
                return new DescriptorValue(Find<BufferObject>(device, info.Buffer.Handle), info.Offset, info.Range);
            case DescriptorType.UniformTexelBuffer:
            case DescriptorType.StorageTexelBuffer:
                return new DescriptorValue(Find<BufferViewObject>(device, source.Views[index].Handle), 0, 0);
            case DescriptorType.Sampler:
                return new DescriptorValue(null, 0, 0, Find<SamplerObject>(device, source.Images[index].Sampler.Handle));
            case DescriptorType.CombinedImageSampler:
                var both = source.Images[index];
                return new DescriptorValue(Find<ImageViewObject>(device, both.ImageView.Handle), 0, 0,
                    Find<SamplerObject>(device, both.Sampler.Handle));
            case DescriptorType.SampledImage:
            case DescriptorType.StorageImage:
                return new DescriptorValue(Find<ImageViewObject>(device, source.Images[index].ImageView.Handle), 0, 0);
            default:
                throw new VulkanException(Result.ErrorUnknown, $"descriptors of type {type} are not supported");
        }
    }

    /// <summary>The resource of a handle; null, and so a null descriptor, where there is none on this device.</summary>
    private static T? Find<T>(DeviceObject device, ulong handle)
        where T : DeviceChild =>
        HandleTable.Get<T>(handle) is { } found && found.Device == device ? found : null;

    private static LayoutBinding InlineBinding(DescriptorSetObject set, uint binding) =>
        set.Layout.Find(binding) is { IsInline: true } found
            ? found
            : throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkWriteDescriptorSet-descriptorType-00319: binding {binding} is no inline uniform block");

    /// <summary>Goes over the descriptors of an update, from binding to binding.</summary>
    private ref struct Cursor
    {
        private readonly ReadOnlySpan<LayoutBinding> _bindings;
        private int _binding;
        private uint _element;

        /// <summary>Throws where the last descriptor is not in the set, or one is of another type.</summary>
        public Cursor(DescriptorSetObject set, uint binding, uint arrayElement, uint count, DescriptorType type)
        {
            _bindings = set.Layout.Bindings;
            _binding = set.Layout.IndexOf(binding);
            if (_binding < 0)
                throw new VulkanException(Result.ErrorUnknown, $"VUID-VkWriteDescriptorSet-dstBinding-00315: no binding {binding}");
            _element = arrayElement;
            ulong first = (ulong)_bindings[_binding].FirstElement + arrayElement;
            if (first + count > (ulong)set.ElementCount)
            {
                throw new VulkanException(Result.ErrorUnknown,
                    $"VUID-VkWriteDescriptorSet-dstArrayElement-00321: {count} descriptors from binding {binding}[{arrayElement}] on are not there");
            }

            foreach (ref readonly var touched in _bindings[_binding..])
            {
                if ((ulong)touched.FirstElement >= first + count)
                    break;
                bool hasSome = (ulong)touched.FirstElement + touched.Count > first;
                if (hasSome && touched.Type != type && !touched.IsMutable && type != DescriptorType.MutableExt)
                {
                    throw new VulkanException(Result.ErrorUnknown,
                        $"VUID-VkWriteDescriptorSet-descriptorType-00319: binding {touched.Binding} is of type {touched.Type}, not {type}");
                }
            }
        }

        /// <summary>The binding of the next descriptor, and its index there.</summary>
        public ref readonly LayoutBinding Next(out int index)
        {
            while (_element >= _bindings[_binding].Count)
                _element -= _bindings[_binding++].Count;
            index = (int)_element++;
            return ref _bindings[_binding];
        }
    }
}
