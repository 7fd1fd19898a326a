using System.Text;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Making objects.</summary>
internal sealed unsafe partial class TestDevice
{
    public HostBuffer Buffer(int bytes, BufferUsageFlags usage = 0)
    {
        var buffer = new HostBuffer(Vulkan, bytes, usage);
        Later(buffer.Dispose);
        return buffer;
    }

    /// <summary>A buffer of 32-bit words.</summary>
    public HostBuffer Words(params uint[] words)
    {
        var buffer = Buffer(words.Length * 4);
        words.CopyTo(buffer.Words());
        return buffer;
    }

    public DescriptorSetLayout SetLayout(params (uint Binding, DescriptorType Type, uint Count)[] bindings) =>
        SetLayout(0, false, bindings);

    /// <param name="isVariable">Whether the count of the last binding of the list is variable.</param>
    public DescriptorSetLayout SetLayout(DescriptorSetLayoutCreateFlags flags, bool isVariable,
        params (uint Binding, DescriptorType Type, uint Count)[] bindings)
    {
        Check(TrySetLayout(flags, isVariable, bindings, out var layout));
        Later(() => Vk.DestroyDescriptorSetLayout(Device, layout, null));
        return layout;
    }

    public Result TrySetLayout(DescriptorSetLayoutCreateFlags flags, bool isVariable,
        (uint Binding, DescriptorType Type, uint Count)[] bindings, out DescriptorSetLayout layout)
    {
        var bindingFlags = stackalloc DescriptorBindingFlags[bindings.Length];
        if (isVariable)
            bindingFlags[bindings.Length - 1] = DescriptorBindingFlags.VariableDescriptorCountBit;
        var more = new DescriptorSetLayoutBindingFlagsCreateInfo { BindingCount = (uint)bindings.Length, PBindingFlags = bindingFlags };
        var slots = stackalloc DescriptorSetLayoutBinding[bindings.Length];
        for (int i = 0; i < bindings.Length; i++)
        {
            slots[i] = new DescriptorSetLayoutBinding
            {
                Binding = bindings[i].Binding, DescriptorType = bindings[i].Type, DescriptorCount = bindings[i].Count,
                StageFlags = ShaderStageFlags.ComputeBit,
            };
        }

        var info = new DescriptorSetLayoutCreateInfo
        {
            PNext = isVariable ? &more : null, Flags = flags, BindingCount = (uint)bindings.Length, PBindings = slots,
        };
        return Vk.CreateDescriptorSetLayout(Device, in info, null, out layout);
    }

    /// <summary>A layout of storage buffers at bindings 0, 1, ...</summary>
    public DescriptorSetLayout StorageLayout(int count)
    {
        var bindings = new (uint, DescriptorType, uint)[count];
        for (int i = 0; i < count; i++)
            bindings[i] = ((uint)i, DescriptorType.StorageBuffer, 1);
        return SetLayout(bindings);
    }

    public PipelineLayout Layout(uint pushBytes, params DescriptorSetLayout[] sets)
    {
        var range = new PushConstantRange { StageFlags = ShaderStageFlags.ComputeBit, Size = pushBytes };
        fixed (DescriptorSetLayout* pointer = sets)
        {
            var info = new PipelineLayoutCreateInfo
            {
                SetLayoutCount = (uint)sets.Length, PSetLayouts = pointer,
                PushConstantRangeCount = pushBytes > 0 ? 1u : 0, PPushConstantRanges = &range,
            };
            Check(Vk.CreatePipelineLayout(Device, in info, null, out var layout));
            Later(() => Vk.DestroyPipelineLayout(Device, layout, null));
            return layout;
        }
    }

    /// <summary>Creates a module and a pipeline, and destroys the module again.</summary>
    public Result TryPipeline(uint[] words, PipelineLayout layout, out Pipeline pipeline, PipelineCache cache = default,
        SpecializationInfo* constants = null, PipelineCreateFlags flags = 0, void* next = null, void* stageNext = null,
        PipelineShaderStageCreateFlags stageFlags = 0)
    {
        pipeline = default;
        ShaderModule module;
        fixed (uint* code = words)
        {
            var moduleInfo = new ShaderModuleCreateInfo { CodeSize = (nuint)words.Length * 4, PCode = code };
            var made = Vk.CreateShaderModule(Device, in moduleInfo, null, out module);
            if (made != Result.Success)
                return made;
        }

        fixed (byte* name = "main\0"u8)
        {
            var info = new ComputePipelineCreateInfo
            {
                PNext = next,
                Flags = flags,
                Stage = new PipelineShaderStageCreateInfo
                {
                    PNext = stageNext, Flags = stageFlags,
                    Stage = ShaderStageFlags.ComputeBit, Module = module, PName = name, PSpecializationInfo = constants,
                },
                Layout = layout,
            };
            var result = Vk.CreateComputePipelines(Device, cache, 1, in info, null, out pipeline);
            Vk.DestroyShaderModule(Device, module, null);
            return result;
        }
    }

    public Pipeline Pipeline(string shader, PipelineLayout layout, SpecializationInfo* constants = null) =>
        Pipeline(Shaders.Words(shader), layout, constants);

    public Pipeline Pipeline(uint[] words, PipelineLayout layout, SpecializationInfo* constants = null)
    {
        Check(TryPipeline(words, layout, out var pipeline, constants: constants));
        Later(() => Vk.DestroyPipeline(Device, pipeline, null));
        return pipeline;
    }

    public DescriptorPool Pool(uint maxSets, params (DescriptorType Type, uint Count)[] sizes)
    {
        var all = stackalloc DescriptorPoolSize[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
            all[i] = new DescriptorPoolSize { Type = sizes[i].Type, DescriptorCount = sizes[i].Count };
        var inline = new DescriptorPoolInlineUniformBlockCreateInfo
        {
            MaxInlineUniformBlockBindings = sizes.Any(s => s.Type == DescriptorType.InlineUniformBlock) ? maxSets : 0,
        };
        var info = new DescriptorPoolCreateInfo
        {
            PNext = &inline,
            Flags = DescriptorPoolCreateFlags.FreeDescriptorSetBit,
            MaxSets = maxSets, PoolSizeCount = (uint)sizes.Length, PPoolSizes = all,
        };
        Check(Vk.CreateDescriptorPool(Device, in info, null, out var pool));
        Later(() => Vk.DestroyDescriptorPool(Device, pool, null));
        return pool;
    }

    /// <param name="variable">Descriptors (or bytes) of the binding with a variable count; null does not say.</param>
    public Result TrySet(DescriptorPool pool, DescriptorSetLayout layout, out DescriptorSet set, uint? variable = null)
    {
        uint count = variable ?? 0;
        var counts = new DescriptorSetVariableDescriptorCountAllocateInfo { DescriptorSetCount = 1, PDescriptorCounts = &count };
        var info = new DescriptorSetAllocateInfo
        {
            PNext = variable is null ? null : &counts, DescriptorPool = pool, DescriptorSetCount = 1, PSetLayouts = &layout,
        };
        return Vk.AllocateDescriptorSets(Device, in info, out set);
    }

    /// <summary>A set from a pool of its own.</summary>
    public DescriptorSet Set(DescriptorSetLayout layout)
    {
        Check(TrySet(Pool(1, (DescriptorType.StorageBuffer, 64)), layout, out var set));
        return set;
    }

    /// <summary>Writes whole buffers, from a binding on.</summary>
    public void Write(DescriptorSet set, uint binding, DescriptorType type, params HostBuffer?[] buffers)
    {
        var infos = new DescriptorBufferInfo[buffers.Length];
        for (int i = 0; i < infos.Length; i++)
            infos[i] = new DescriptorBufferInfo { Buffer = buffers[i]?.Handle ?? default, Range = Vk.WholeSize };
        Write(set, binding, 0, type, infos);
    }

    public void Write(DescriptorSet set, uint binding, uint element, DescriptorType type, params DescriptorBufferInfo[] infos)
    {
        fixed (DescriptorBufferInfo* pointer = infos)
        {
            var write = new WriteDescriptorSet
            {
                DstSet = set, DstBinding = binding, DstArrayElement = element, DescriptorCount = (uint)infos.Length,
                DescriptorType = type, PBufferInfo = pointer,
            };
            Vk.UpdateDescriptorSets(Device, 1, in write, 0, null);
        }
    }

    /// <summary>A pipeline over storage buffers, and the set that binds them.</summary>
    public TestKernel Kernel(string shader, uint pushBytes, params HostBuffer?[] buffers) =>
        Kernel(Shaders.Words(shader), pushBytes, buffers);

    public TestKernel Kernel(uint[] words, uint pushBytes, params HostBuffer?[] buffers)
    {
        var setLayout = StorageLayout(buffers.Length);
        var layout = Layout(pushBytes, setLayout);
        var set = Set(setLayout);
        Write(set, 0, DescriptorType.StorageBuffer, buffers);
        return new TestKernel(this, Pipeline(words, layout), layout, set);
    }

    public void Name(ObjectType type, ulong handle, string name)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            var info = new DebugUtilsObjectNameInfoEXT { ObjectType = type, ObjectHandle = handle, PObjectName = text };
            Check(Vk.SetDebugUtilsObjectNameEXT(Device, in info));
        }
    }
}
