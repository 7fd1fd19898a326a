using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>One binding of a layout, and where its descriptors stand.</summary>
/// <param name="Count">Descriptors; the most that a set may have where <see cref="IsVariable"/>. An inline uniform block is
/// one descriptor.</param>
/// <param name="InlineBytes">Bytes of an inline uniform block, else 0; they follow its descriptor in the table.</param>
/// <param name="FirstElement">Index of its first descriptor among all of the set, by ascending binding.</param>
/// <param name="TableOffset">Byte offset of its first descriptor in the set's table.</param>
/// <param name="FirstDynamic">Index among the set's dynamic descriptors, or -1.</param>
/// <param name="IsVariable">Whether each set chooses its number of descriptors (or bytes).</param>
/// <param name="Samplers">The immutable samplers, one for each descriptor, or null.</param>
internal readonly record struct LayoutBinding(uint Binding, DescriptorType Type, uint Count, int InlineBytes, int FirstElement,
    int TableOffset, int FirstDynamic, bool IsVariable, SamplerObject[]? Samplers)
{
    /// <summary>Whether its descriptors are <see cref="BufferDescriptor"/>s; else they are <see cref="ImageDescriptor"/>s.</summary>
    public bool IsBuffer => IsDynamic || Type is DescriptorType.UniformBuffer or DescriptorType.StorageBuffer
        or DescriptorType.InlineUniformBlock;

    public bool IsDynamic => Type is DescriptorType.UniformBufferDynamic or DescriptorType.StorageBufferDynamic;

    public bool IsInline => InlineBytes > 0;

    /// <summary>Whether each descriptor is of the type that it was written with: a <see cref="BufferDescriptor"/>, and an
    /// <see cref="ImageDescriptor"/> behind it, one of which is null (VK_EXT_mutable_descriptor_type).</summary>
    public bool IsMutable => Type == DescriptorType.MutableExt;

    /// <summary>Bytes of a descriptor in the table.</summary>
    public int Stride => IsMutable ? BufferDescriptor.Size + ImageDescriptor.Size : BufferDescriptor.Size;

    /// <summary>Whether a descriptor that holds this is one of a storage image.</summary>
    public bool IsStorageImage(in DescriptorValue value) =>
        (IsMutable ? value.Type : Type) == DescriptorType.StorageImage;

    /// <summary>Byte offset in the set's table of an inline uniform block's first byte.</summary>
    public int InlineOffset => TableOffset + BufferDescriptor.Size;
}

/// <summary>A binding as the application gives it; <paramref name="Count"/> is bytes for an inline uniform block.</summary>
internal readonly record struct BindingRequest(uint Binding, DescriptorType Type, uint Count, bool IsVariable,
    SamplerObject[]? Samplers = null);

/// <summary>VkDescriptorSetLayout. Immutable, and kept alive by what was made from it (VK 1.1: a set outlives its
/// layout's handle).</summary>
internal sealed class DescriptorSetLayoutObject : DeviceChild
{
    /// <param name="requests">In any order; counts of 0 are reserved numbers.</param>
    /// <param name="isPushed">Whether sets are pushed by commands (VK_KHR_push_descriptor) instead of allocated.</param>
    public DescriptorSetLayoutObject(DeviceObject device, List<BindingRequest> requests, bool isPushed)
        : base(device)
    {
        requests.Sort((a, b) => a.Binding.CompareTo(b.Binding));
        IsPushed = isPushed;
        Bindings = new LayoutBinding[requests.Count];
        ulong elements = 0, bytes = 0;
        int dynamic = 0;
        for (int i = 0; i < Bindings.Length; i++)
        {
            var request = requests[i];
            Check(requests, i);
            bool isInline = request.Type == DescriptorType.InlineUniformBlock && request.Count > 0;
            bool isDynamic = request.Type is DescriptorType.UniformBufferDynamic or DescriptorType.StorageBufferDynamic;
            uint count = isInline ? 1 : request.Count;
            Bindings[i] = new LayoutBinding(request.Binding, request.Type, count, isInline ? (int)request.Count : 0, (int)elements,
                (int)bytes, isDynamic ? dynamic : -1, request.IsVariable, request.Samplers);
            elements += count;
            bytes += BytesOf(Bindings[i], request.Count);
            if (isDynamic)
                dynamic += (int)Math.Min(count, MaxDescriptors);
            if (elements > MaxDescriptors)
                throw new VulkanException(Result.ErrorOutOfHostMemory, "descriptor set layout is too large");
        }

        if (isPushed && elements > DeviceProperties.MaxPushDescriptors)
        {
            throw new VulkanException(Result.ErrorOutOfHostMemory,
                $"VUID-VkDescriptorSetLayoutCreateInfo-flags-00281: {elements} descriptors to push, {DeviceProperties.MaxPushDescriptors} at most");
        }

        ElementCount = (int)elements;
        DynamicCount = dynamic;
        TableBytes = bytes;
    }

    /// <summary>Descriptors that one set may have.</summary>
    public const uint MaxDescriptors = 1 << 20;

    /// <summary>By ascending binding number.</summary>
    public LayoutBinding[] Bindings { get; }

    public bool IsPushed { get; }

    /// <summary>Descriptors of a set, with the most that a variable binding may have.</summary>
    public int ElementCount { get; }

    public int DynamicCount { get; }

    /// <summary>Bytes of a set's table in the region, with the most that a variable binding may have.</summary>
    public ulong TableBytes { get; }

    /// <summary>The binding with a number, or null.</summary>
    public LayoutBinding? Find(uint binding) => IndexOf(binding) is >= 0 and var index ? Bindings[index] : null;

    /// <summary>Where in <see cref="Bindings"/> the one with a number is, or -1.</summary>
    public int IndexOf(uint binding)
    {
        int low = 0, high = Bindings.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            uint found = Bindings[middle].Binding;
            if (found == binding)
                return middle;
            if (found < binding)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    /// <summary>The binding of which each set chooses how many descriptors it has, or null.</summary>
    public LayoutBinding? Variable => Bindings.Length > 0 && Bindings[^1].IsVariable ? Bindings[^1] : null;

    /// <summary>Whether sets of both have the same tables.</summary>
    public bool IsLike(DescriptorSetLayoutObject other)
    {
        if (Bindings.Length != other.Bindings.Length)
            return false;
        for (int i = 0; i < Bindings.Length; i++)
        {
            var (a, b) = (Bindings[i], other.Bindings[i]);
            if (a with { Samplers = null } != b with { Samplers = null } || !a.Samplers.AsSpan().SequenceEqual(b.Samplers))
                return false;
        }

        return true;
    }

    /// <summary>Writes null descriptors for images and samplers, but for immutable samplers, into a table of zeros.</summary>
    public void WriteNull(Span<byte> table)
    {
        foreach (ref readonly var binding in Bindings.AsSpan())
        {
            for (int i = 0; !binding.IsBuffer && i < binding.Count; i++)
            {
                ulong none = Device.Records.Null;
                int at = binding.TableOffset + (i * binding.Stride) + (binding.IsMutable ? BufferDescriptor.Size : 0);
                DescriptorSetObject.Store(table[at..], new ImageDescriptor(none, binding.Samplers?[i].RecordOffset ?? none));
            }
        }
    }

    /// <summary>Elements and table bytes of a set with a number of variable descriptors (or inline bytes).</summary>
    public (int Elements, ulong Bytes) SizeWith(uint variableCount)
    {
        if (Variable is not { } last)
            return (ElementCount, TableBytes);
        uint most = last.IsInline ? (uint)last.InlineBytes : last.Count;
        if (variableCount > most)
        {
            throw new VulkanException(Result.ErrorOutOfPoolMemory,
                $"VUID-VkDescriptorSetVariableDescriptorCountAllocateInfo-pSetLayouts-03046: {variableCount} variable descriptors, {most} at most");
        }

        uint count = last.IsInline ? 1 : variableCount;
        return (last.FirstElement + (int)count, (ulong)last.TableOffset + BytesOf(last, variableCount));
    }

    /// <summary>What the compiler is told of this set.</summary>
    /// <param name="dynamicBase">Index of the set's first dynamic descriptor in the argument frame.</param>
    public IReadOnlyList<DescriptorBinding> Describe(int dynamicBase)
    {
        var list = new List<DescriptorBinding>(Bindings.Length);
        foreach (ref readonly var b in Bindings.AsSpan())
        {
            DescriptorKind kind;
            switch (b.Type)
            {
                case DescriptorType.UniformBuffer: kind = DescriptorKind.UniformBuffer; break;
                case DescriptorType.InlineUniformBlock: kind = DescriptorKind.UniformBuffer; break;
                case DescriptorType.StorageBuffer: kind = DescriptorKind.StorageBuffer; break;
                case DescriptorType.UniformBufferDynamic: kind = DescriptorKind.UniformBufferDynamic; break;
                case DescriptorType.StorageBufferDynamic: kind = DescriptorKind.StorageBufferDynamic; break;
                case DescriptorType.Sampler: kind = DescriptorKind.Sampler; break;
                case DescriptorType.CombinedImageSampler: kind = DescriptorKind.CombinedImageSampler; break;
                case DescriptorType.SampledImage: kind = DescriptorKind.SampledImage; break;
                case DescriptorType.StorageImage: kind = DescriptorKind.StorageImage; break;
                case DescriptorType.UniformTexelBuffer: kind = DescriptorKind.UniformTexelBuffer; break;
                case DescriptorType.StorageTexelBuffer: kind = DescriptorKind.StorageTexelBuffer; break;
                case DescriptorType.MutableExt: kind = DescriptorKind.Mutable; break;
                default: continue; // attachments: no compute shader has them
            }

            list.Add(new DescriptorBinding(b.Binding, kind, b.Count, b.TableOffset, b.Stride,
                b.FirstDynamic < 0 ? -1 : dynamicBase + b.FirstDynamic));
        }

        return list;
    }

    /// <summary>Adds what the compiler is told of the immutable samplers that convert Y'CbCr.</summary>
    public void DescribeConversions(int set, List<KnownConversion> conversions)
    {
        foreach (ref readonly var binding in Bindings.AsSpan())
        {
            for (uint i = 0; i < binding.Samplers?.Length; i++)
            {
                if (binding.Samplers[i] is { Conversion: { } conversion } sampler)
                    conversions.Add(new KnownConversion(set, binding.Binding, i, sampler.IsMagLinear, sampler.IsMinLinear, conversion));
            }
        }
    }

    /// <summary>Bytes of a binding in a table that has so many of its descriptors, or bytes of its inline block.</summary>
    private static ulong BytesOf(in LayoutBinding binding, uint count) => binding.IsInline
        ? BufferDescriptor.Size + (((ulong)count + BufferDescriptor.Size - 1) & ~(ulong)(BufferDescriptor.Size - 1))
        : (ulong)count * (ulong)binding.Stride;

    private static void Check(List<BindingRequest> requests, int index)
    {
        var request = requests[index];
        if (index > 0 && request.Binding == requests[index - 1].Binding)
        {
            throw new VulkanException(Result.ErrorUnknown,
                "VUID-VkDescriptorSetLayoutCreateInfo-binding-00279: binding numbers must differ");
        }

        if (request.IsVariable && index != requests.Count - 1)
        {
            throw new VulkanException(Result.ErrorUnknown,
                "VUID-VkDescriptorSetLayoutBindingFlagsCreateInfo-pBindingFlags-03004: only the last binding may have a variable count");
        }

        if (request.Type == DescriptorType.InlineUniformBlock
            && (request.Count % 4 != 0 || request.Count > DeviceProperties.MaxInlineUniformBlockSize))
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkDescriptorSetLayoutBinding-descriptorType-02209: an inline uniform block of {request.Count} bytes");
        }
    }
}
