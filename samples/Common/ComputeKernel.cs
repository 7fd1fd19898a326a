using System.Diagnostics;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Samples;

/// <summary>A compute pipeline with its layout and one descriptor set of storage buffers.</summary>
public sealed unsafe class ComputeKernel : IDisposable
{
    private readonly ComputeDevice _device;
    private readonly DescriptorSetLayout _setLayout;
    private readonly PipelineLayout _layout;
    private readonly DescriptorPool _pool;
    private readonly DescriptorSet _set;
    private readonly Pipeline _pipeline;
    private readonly int _constantBytes;

    /// <param name="file">A SPIR-V file beside the program.</param>
    /// <param name="constantBytes">Bytes of push constants; a multiple of 4.</param>
    /// <param name="buffers">What bindings 0, 1, ... of set 0 are.</param>
    /// <exception cref="VulkanError">The shader was refused, or there is no memory.</exception>
    public ComputeKernel(ComputeDevice device, string file, int constantBytes, params ReadOnlySpan<ComputeBuffer> buffers)
    {
        _device = device;
        _constantBytes = constantBytes;
        var vk = device.Vk;
        int count = buffers.Length;

        var bindings = stackalloc DescriptorSetLayoutBinding[count];
        for (int i = 0; i < count; i++)
        {
            bindings[i] = new DescriptorSetLayoutBinding
            {
                Binding = (uint)i,
                DescriptorType = DescriptorType.StorageBuffer,
                DescriptorCount = 1,
                StageFlags = ShaderStageFlags.ComputeBit,
            };
        }

        VulkanError.Check(vk.CreateDescriptorSetLayout(device.Handle,
            new DescriptorSetLayoutCreateInfo { BindingCount = (uint)count, PBindings = bindings }, null, out _setLayout), "vkCreateDescriptorSetLayout");
        var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = (uint)constantBytes };
        fixed (DescriptorSetLayout* setLayout = &_setLayout)
        {
            VulkanError.Check(vk.CreatePipelineLayout(device.Handle, new PipelineLayoutCreateInfo
            {
                SetLayoutCount = 1,
                PSetLayouts = setLayout,
                PushConstantRangeCount = constantBytes > 0 ? 1u : 0,
                PPushConstantRanges = &range,
            }, null, out _layout), "vkCreatePipelineLayout");
            var size = new DescriptorPoolSize { Type = DescriptorType.StorageBuffer, DescriptorCount = (uint)count };
            VulkanError.Check(vk.CreateDescriptorPool(device.Handle,
                new DescriptorPoolCreateInfo { MaxSets = 1, PoolSizeCount = 1, PPoolSizes = &size }, null, out _pool), "vkCreateDescriptorPool");
            VulkanError.Check(vk.AllocateDescriptorSets(device.Handle,
                new DescriptorSetAllocateInfo { DescriptorPool = _pool, DescriptorSetCount = 1, PSetLayouts = setLayout }, out _set), "vkAllocateDescriptorSets");
        }

        for (int i = 0; i < count; i++)
        {
            var buffer = new DescriptorBufferInfo { Buffer = buffers[i].Handle, Range = Vk.WholeSize };
            vk.UpdateDescriptorSets(device.Handle, 1, new WriteDescriptorSet
            {
                DstSet = _set,
                DstBinding = (uint)i,
                DescriptorCount = 1,
                DescriptorType = DescriptorType.StorageBuffer,
                PBufferInfo = &buffer,
            }, 0, null);
        }

        long start = Stopwatch.GetTimestamp();
        _pipeline = CreatePipeline(file);
        CompileTime = Stopwatch.GetElapsedTime(start);
    }

    /// <summary>How long the driver took to make machine code of the SPIR-V.</summary>
    public TimeSpan CompileTime { get; }

    public void Dispose()
    {
        var vk = _device.Vk;
        vk.DestroyPipeline(_device.Handle, _pipeline, null);
        vk.DestroyDescriptorPool(_device.Handle, _pool, null);
        vk.DestroyPipelineLayout(_device.Handle, _layout, null);
        vk.DestroyDescriptorSetLayout(_device.Handle, _setLayout, null);
    }

    internal void Record(CommandBuffer commands, void* constants, int bytes)
    {
        _device.Vk.CmdBindPipeline(commands, PipelineBindPoint.Compute, _pipeline);
        _device.Vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, _layout, 0, 1, in _set, 0, null);
        if (_constantBytes > 0 && bytes >= _constantBytes)
            _device.Vk.CmdPushConstants(commands, _layout, ShaderStageFlags.ComputeBit, 0, (uint)_constantBytes, constants);
    }

    private Pipeline CreatePipeline(string file)
    {
        var vk = _device.Vk;
        byte[] code = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file));
        fixed (byte* words = code)
        fixed (byte* main = "main\0"u8)
        {
            VulkanError.Check(vk.CreateShaderModule(_device.Handle,
                new ShaderModuleCreateInfo { CodeSize = (nuint)code.Length, PCode = (uint*)words }, null, out var module), "vkCreateShaderModule");
            var info = new ComputePipelineCreateInfo
            {
                Stage = new PipelineShaderStageCreateInfo { Stage = ShaderStageFlags.ComputeBit, Module = module, PName = main },
                Layout = _layout,
            };
            var result = vk.CreateComputePipelines(_device.Handle, default, 1, in info, null, out var pipeline);
            vk.DestroyShaderModule(_device.Handle, module, null);
            VulkanError.Check(result, "vkCreateComputePipelines");
            return pipeline;
        }
    }
}
