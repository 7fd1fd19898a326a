using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>One binding of a layout, and where its descriptors stand.</summary>
/// <param name="FirstElement">Index of its first descriptor among all of the set, by ascending binding.</param>
/// <param name="TableOffset">Byte offset of its first descriptor in the set's table.</param>
/// <param name="FirstDynamic">Index among the set's dynamic descriptors, or -1.</param>
internal readonly record struct LayoutBinding(uint Binding, DescriptorType Type, uint Count, int FirstElement,
    int TableOffset, int FirstDynamic)
{
    public bool IsDynamic => Type is DescriptorType.UniformBufferDynamic or DescriptorType.StorageBufferDynamic;
}

/// <summary>VkDescriptorSetLayout. Immutable, and kept alive by what was made from it (VK 1.1: a set outlives its
/// layout's handle).</summary>
internal sealed class DescriptorSetLayoutObject : DeviceChild
{
    /// <param name="bindings">{binding, type, count} in any order; counts of 0 are reserved numbers.</param>
    public DescriptorSetLayoutObject(DeviceObject device, List<(uint Binding, DescriptorType Type, uint Count)> bindings)
        : base(device)
    {
        bindings.Sort((a, b) => a.Binding.CompareTo(b.Binding));
        var result = new LayoutBinding[bindings.Count];
        ulong elements = 0;
        int dynamic = 0;
        for (int i = 0; i < result.Length; i++)
        {
            var (binding, type, count) = bindings[i];
            if (i > 0 && binding == bindings[i - 1].Binding)
            {
                throw new VulkanException(Result.ErrorUnknown,
                    "VUID-VkDescriptorSetLayoutCreateInfo-binding-00279: binding numbers must differ");
            }

            if (elements + count > MaxDescriptors)
                throw new VulkanException(Result.ErrorOutOfHostMemory, "descriptor set layout is too large");
            bool isDynamic = type is DescriptorType.UniformBufferDynamic or DescriptorType.StorageBufferDynamic;
            result[i] = new LayoutBinding(binding, type, count, (int)elements, (int)elements * BufferDescriptor.Size,
                isDynamic ? dynamic : -1);
            if (isDynamic)
                dynamic += (int)Math.Min(count, MaxDescriptors);
            elements += count;
        }

        Bindings = result;
        ElementCount = (int)elements;
        DynamicCount = dynamic;
    }

    /// <summary>Descriptors that one set may have.</summary>
    public const uint MaxDescriptors = 1 << 20;

    /// <summary>By ascending binding number.</summary>
    public LayoutBinding[] Bindings { get; }

    public int ElementCount { get; }

    public int DynamicCount { get; }

    /// <summary>Bytes of a set's table in the region.</summary>
    public ulong TableBytes => (ulong)ElementCount * BufferDescriptor.Size;

    /// <summary>The binding with a number, or null.</summary>
    public LayoutBinding? Find(uint binding)
    {
        foreach (ref readonly var candidate in Bindings.AsSpan())
        {
            if (candidate.Binding == binding)
                return candidate;
        }

        return null;
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
                case DescriptorType.StorageBuffer: kind = DescriptorKind.StorageBuffer; break;
                case DescriptorType.UniformBufferDynamic: kind = DescriptorKind.UniformBufferDynamic; break;
                case DescriptorType.StorageBufferDynamic: kind = DescriptorKind.StorageBufferDynamic; break;
                default: continue; // images and samplers: a shader that uses one is refused by the compiler
            }

            list.Add(new DescriptorBinding(b.Binding, kind, b.Count, b.TableOffset, BufferDescriptor.Size,
                b.FirstDynamic < 0 ? -1 : dynamicBase + b.FirstDynamic));
        }

        return list;
    }
}
