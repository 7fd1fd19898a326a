using ShaderJit.Conformance.Script;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>The descriptor sets of one run.</summary>
internal sealed unsafe class DescriptorWriter : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly DescriptorPool _pool;
    private readonly List<BufferView> _views = [];

    public DescriptorWriter(VulkanDevice device, ScriptPipeline pipeline, DeviceResources resources)
    {
        _device = device;
        var state = pipeline.State;
        Sets = new DescriptorSet[pipeline.SetLayouts.Length];
        if (Sets.Length == 0)
            return;
        var counts = new Dictionary<DescriptorType, uint>();
        foreach (var binding in state.Bindings)
            counts[binding.Type] = counts.GetValueOrDefault(binding.Type) + (uint)binding.Count;
        var sizes = new DescriptorPoolSize[counts.Count];
        int at = 0;
        foreach (var (type, count) in counts)
            sizes[at++] = new DescriptorPoolSize { Type = type, DescriptorCount = count };
        var vk = device.Vk;
        fixed (DescriptorPoolSize* pointer = sizes)
        {
            var info = new DescriptorPoolCreateInfo { MaxSets = (uint)Sets.Length, PoolSizeCount = (uint)sizes.Length, PPoolSizes = pointer };
            VulkanFailure.Check(vk.CreateDescriptorPool(device.Device, in info, null, out _pool), "vkCreateDescriptorPool");
        }

        fixed (DescriptorSetLayout* layouts = pipeline.SetLayouts)
        fixed (DescriptorSet* sets = Sets)
        {
            var info = new DescriptorSetAllocateInfo { DescriptorPool = _pool, DescriptorSetCount = (uint)Sets.Length, PSetLayouts = layouts };
            VulkanFailure.Check(vk.AllocateDescriptorSets(device.Device, &info, sets), "vkAllocateDescriptorSets");
        }

        // Dynamic offsets go by set, then by binding.
        var dynamic = new List<uint>();
        foreach (var binding in state.Bindings.OrderBy(b => b.Set).ThenBy(b => b.Slot))
        {
            Write(binding, state, resources);
            dynamic.AddRange(binding.DynamicOffsets);
        }

        DynamicOffsets = [.. dynamic];
    }

    public DescriptorSet[] Sets { get; }

    public uint[] DynamicOffsets { get; } = [];

    public void Dispose()
    {
        foreach (var view in _views)
            _device.Vk.DestroyBufferView(_device.Device, view, null);
        _device.Vk.DestroyDescriptorPool(_device.Device, _pool, null);
    }

    private void Write(Binding binding, ComputePipelineState state, DeviceResources resources)
    {
        var buffers = new DescriptorBufferInfo[binding.Count];
        var images = new DescriptorImageInfo[binding.Count];
        var views = new BufferView[binding.Count];
        for (int i = 0; i < binding.Count; i++)
        {
            ulong offset = At(binding.Offsets, i, 0);
            ulong range = At(binding.Ranges, i, Vk.WholeSize);
            if (range == ulong.MaxValue)
                range = Vk.WholeSize;
            switch (binding.Type)
            {
                case DescriptorType.UniformBuffer or DescriptorType.StorageBuffer or DescriptorType.UniformBufferDynamic or DescriptorType.StorageBufferDynamic:
                    // With a dynamic offset "to the end" would reach beyond it.
                    if (range == Vk.WholeSize && binding.DynamicOffsets.Length > 0)
                        range = (ulong)resources.Buffer(binding.Resources[i]).Size - offset - binding.DynamicOffsets[i];
                    buffers[i] = new DescriptorBufferInfo { Buffer = resources.Buffer(binding.Resources[i]).Handle, Offset = offset, Range = range };
                    break;
                case DescriptorType.UniformTexelBuffer or DescriptorType.StorageTexelBuffer:
                    views[i] = resources.TexelView(binding.Resources[i], offset, range, binding.Type == DescriptorType.StorageTexelBuffer);
                    _views.Add(views[i]);
                    break;
                case DescriptorType.Sampler:
                    images[i] = new DescriptorImageInfo { Sampler = resources.Sampler(binding.Samplers[i]) };
                    break;
                default:
                    images[i] = new DescriptorImageInfo
                    {
                        ImageView = resources.Image(binding.Resources[i], state).View(binding.BaseMipLevel, binding.Type == DescriptorType.StorageImage),
                        ImageLayout = ImageLayout.General,
                        Sampler = binding.Samplers.Length == 0 ? default : resources.Sampler(binding.Samplers[Math.Min(i, binding.Samplers.Length - 1)]),
                    };
                    break;
            }
        }

        fixed (DescriptorBufferInfo* bufferInfos = buffers)
        fixed (DescriptorImageInfo* imageInfos = images)
        fixed (BufferView* texelViews = views)
        {
            var write = new WriteDescriptorSet
            {
                DstSet = Sets[binding.Set], DstBinding = binding.Slot, DescriptorCount = (uint)binding.Count, DescriptorType = binding.Type,
                PBufferInfo = bufferInfos, PImageInfo = imageInfos, PTexelBufferView = texelViews,
            };
            _device.Vk.UpdateDescriptorSets(_device.Device, 1, &write, 0, null);
        }
    }

    private static ulong At(ulong[] values, int index, ulong otherwise) =>
        values.Length == 0 ? otherwise : values[Math.Min(index, values.Length - 1)];
}
