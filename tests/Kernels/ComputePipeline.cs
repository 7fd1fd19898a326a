using System.Text;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Kernels;

/// <summary>A compute pipeline over descriptors at bindings 0, 1, ... of set 0, and push constants.</summary>
public sealed unsafe class ComputePipeline : IDisposable
{
    private readonly VulkanDevice _device;
    private readonly DescriptorSetLayout _setLayout;
    private readonly ShaderModule _module;

    /// <param name="bindings">Storage buffers.</param>
    /// <param name="pushBytes">Bytes of push constants.</param>
    /// <exception cref="VulkanFailure">The driver refuses the module.</exception>
    public ComputePipeline(VulkanDevice device, uint[] words, int bindings, int pushBytes, string entryPoint = "main")
        : this(device, words, Buffers(bindings), pushBytes, entryPoint)
    {
    }

    /// <param name="bindings">The type at each binding.</param>
    /// <param name="pushBytes">Bytes of push constants.</param>
    /// <exception cref="VulkanFailure">The driver refuses the module.</exception>
    public ComputePipeline(VulkanDevice device, uint[] words, DescriptorType[] bindings, int pushBytes, string entryPoint = "main")
    {
        _device = device;
        var vk = device.Vk;
        var slots = stackalloc DescriptorSetLayoutBinding[bindings.Length];
        for (int i = 0; i < bindings.Length; i++)
        {
            slots[i] = new DescriptorSetLayoutBinding
            {
                Binding = (uint)i, DescriptorType = bindings[i], DescriptorCount = 1, StageFlags = ShaderStageFlags.ComputeBit,
            };
        }

        var setInfo = new DescriptorSetLayoutCreateInfo { BindingCount = (uint)bindings.Length, PBindings = slots };
        VulkanFailure.Check(vk.CreateDescriptorSetLayout(device.Device, in setInfo, null, out _setLayout), "vkCreateDescriptorSetLayout");
        var setLayout = _setLayout;
        var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = (uint)pushBytes };
        var layoutInfo = new PipelineLayoutCreateInfo
        {
            SetLayoutCount = 1, PSetLayouts = &setLayout,
            PushConstantRangeCount = pushBytes > 0 ? 1u : 0, PPushConstantRanges = &range,
        };
        VulkanFailure.Check(vk.CreatePipelineLayout(device.Device, in layoutInfo, null, out var layout), "vkCreatePipelineLayout");
        Layout = layout;
        fixed (uint* code = words)
        {
            var moduleInfo = new ShaderModuleCreateInfo { CodeSize = (nuint)words.Length * 4, PCode = code };
            VulkanFailure.Check(vk.CreateShaderModule(device.Device, in moduleInfo, null, out _module), "vkCreateShaderModule");
        }

        fixed (byte* name = Encoding.UTF8.GetBytes(entryPoint + '\0'))
        {
            var info = new ComputePipelineCreateInfo
            {
                Stage = new PipelineShaderStageCreateInfo { Stage = ShaderStageFlags.ComputeBit, Module = _module, PName = name },
                Layout = layout,
            };
            Pipeline pipeline;
            var result = vk.CreateComputePipelines(device.Device, default, 1, &info, null, &pipeline);
            Handle = pipeline;
            if (result != Result.Success)
            {
                Dispose();
                throw new VulkanFailure("vkCreateComputePipelines", result);
            }
        }
    }

    public Pipeline Handle { get; }

    public PipelineLayout Layout { get; }

    public DescriptorSetLayout SetLayout => _setLayout;

    public void Dispose()
    {
        var vk = _device.Vk;
        vk.DestroyPipeline(_device.Device, Handle, null);
        vk.DestroyShaderModule(_device.Device, _module, null);
        vk.DestroyPipelineLayout(_device.Device, Layout, null);
        vk.DestroyDescriptorSetLayout(_device.Device, _setLayout, null);
    }

    private static DescriptorType[] Buffers(int count)
    {
        var types = new DescriptorType[count];
        Array.Fill(types, DescriptorType.StorageBuffer);
        return types;
    }
}
