using System.Text;
using ShaderJit.Conformance.Script;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>A script's pipeline on the device: set layouts, layout, and the pipeline itself.</summary>
internal sealed unsafe class ScriptPipeline : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly ShaderModule _module;
    private readonly DescriptorSetLayout[] _setLayouts;

    /// <param name="pushBytes">Size of the push constants in bytes, a multiple of 4.</param>
    public ScriptPipeline(VulkanDevice device, ComputePipelineState state, uint[] words, int pushBytes)
    {
        _device = device;
        State = state;
        var vk = device.Vk;
        uint sets = 0;
        foreach (var binding in state.Bindings)
            sets = Math.Max(sets, binding.Set + 1);
        _setLayouts = new DescriptorSetLayout[sets];
        for (uint set = 0; set < sets; set++)
            _setLayouts[set] = SetLayout(state, set);
        fixed (DescriptorSetLayout* layouts = _setLayouts)
        {
            var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = (uint)pushBytes };
            var info = new PipelineLayoutCreateInfo
            {
                SetLayoutCount = sets, PSetLayouts = layouts,
                PushConstantRangeCount = pushBytes > 0 ? 1u : 0, PPushConstantRanges = &range,
            };
            VulkanFailure.Check(vk.CreatePipelineLayout(device.Device, in info, null, out var layout), "vkCreatePipelineLayout");
            Layout = layout;
        }

        fixed (uint* code = words)
        {
            var info = new ShaderModuleCreateInfo { CodeSize = (nuint)words.Length * 4, PCode = code };
            VulkanFailure.Check(vk.CreateShaderModule(device.Device, in info, null, out _module), "vkCreateShaderModule");
        }

        try
        {
            Handle = Create(state);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public ComputePipelineState State { get; }

    public Pipeline Handle { get; }

    public PipelineLayout Layout { get; }

    public ReadOnlySpan<DescriptorSetLayout> SetLayouts => _setLayouts;

    public void Dispose()
    {
        var vk = _device.Vk;
        vk.DestroyPipeline(_device.Device, Handle, null);
        vk.DestroyShaderModule(_device.Device, _module, null);
        vk.DestroyPipelineLayout(_device.Device, Layout, null);
        foreach (var layout in _setLayouts)
            vk.DestroyDescriptorSetLayout(_device.Device, layout, null);
    }

    private DescriptorSetLayout SetLayout(ComputePipelineState state, uint set)
    {
        var slots = new List<DescriptorSetLayoutBinding>();
        foreach (var binding in state.Bindings)
        {
            if (binding.Set == set)
            {
                slots.Add(new DescriptorSetLayoutBinding
                {
                    Binding = binding.Slot, DescriptorType = binding.Type, DescriptorCount = (uint)binding.Count,
                    StageFlags = ShaderStageFlags.ComputeBit,
                });
            }
        }

        fixed (DescriptorSetLayoutBinding* pointer = slots.ToArray())
        {
            var info = new DescriptorSetLayoutCreateInfo { BindingCount = (uint)slots.Count, PBindings = pointer };
            VulkanFailure.Check(_device.Vk.CreateDescriptorSetLayout(_device.Device, in info, null, out var layout), "vkCreateDescriptorSetLayout");
            return layout;
        }
    }

    private Pipeline Create(ComputePipelineState state)
    {
        var entries = new SpecializationMapEntry[state.Specialization.Count];
        var data = new List<byte>();
        int count = 0;
        foreach (var (id, bytes) in state.Specialization)
        {
            entries[count++] = new SpecializationMapEntry { ConstantID = id, Offset = (uint)data.Count, Size = (nuint)bytes.Length };
            data.AddRange(bytes);
        }

        PipelineShaderStageCreateFlags flags = 0;
        if (state.FullSubgroups)
            flags |= PipelineShaderStageCreateFlags.RequireFullSubgroupsBit;
        if (state.VaryingSubgroupSize)
            flags |= PipelineShaderStageCreateFlags.AllowVaryingSubgroupSizeBit;
        var required = new PipelineShaderStageRequiredSubgroupSizeCreateInfo();
        if (state.RequiredSubgroupSize is { } size)
            required.RequiredSubgroupSize = RequiredSize(size);

        fixed (byte* name = Encoding.UTF8.GetBytes(state.EntryPoint + '\0'))
        fixed (SpecializationMapEntry* map = entries)
        fixed (byte* values = data.ToArray())
        {
            var specialization = new SpecializationInfo
            {
                MapEntryCount = (uint)entries.Length, PMapEntries = map, DataSize = (nuint)data.Count, PData = values,
            };
            var info = new ComputePipelineCreateInfo
            {
                Layout = Layout,
                Stage = new PipelineShaderStageCreateInfo
                {
                    PNext = state.RequiredSubgroupSize is null ? null : &required, Flags = flags, Stage = ShaderStageFlags.ComputeBit,
                    Module = _module, PName = name, PSpecializationInfo = entries.Length > 0 ? &specialization : null,
                },
            };
            Pipeline pipeline;
            VulkanFailure.Check(_device.Vk.CreateComputePipelines(_device.Device, default, 1, &info, null, &pipeline), "vkCreateComputePipelines");
            return pipeline;
        }
    }

    private uint RequiredSize(string size)
    {
        var properties = new PhysicalDeviceSubgroupSizeControlProperties();
        var all = new PhysicalDeviceProperties2 { PNext = &properties };
        _device.Vk.GetPhysicalDeviceProperties2(_device.Physical, &all);
        if ((properties.RequiredSubgroupSizeStages & ShaderStageFlags.ComputeBit) == 0)
            throw new UnsupportedException("a required subgroup size");
        uint wanted = size switch
        {
            "MIN" => properties.MinSubgroupSize,
            "MAX" => properties.MaxSubgroupSize,
            _ => uint.Parse(size, System.Globalization.CultureInfo.InvariantCulture),
        };
        return wanted >= properties.MinSubgroupSize && wanted <= properties.MaxSubgroupSize
            ? wanted : throw new UnsupportedException($"subgroups of {wanted}");
    }
}
