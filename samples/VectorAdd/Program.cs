// Adds two vectors with a compute shader: all of Vulkan that it takes, in one file.
//   dotnet run -c Release --project samples/VectorAdd -- [--driver shaderjit|loader]
using System.Diagnostics;
using System.Runtime.InteropServices;
using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;
using Buffer = ShaderJit.Vulkan.Bindings.Buffer;

const int Count = 1 << 20;
const uint LocalSize = 64; // local_size_x of the shader

unsafe
{
    // The driver in this process, or whatever the Khronos loader finds. Nothing below depends on which.
    Vk vk = args is ["--driver", "loader"] ? Vk.FromLoader() : Driver.CreateVk();

    var application = new ApplicationInfo { ApiVersion = Vk.Version11 };
    Check(vk.CreateInstance(new InstanceCreateInfo { PApplicationInfo = &application }, null, out Instance instance));
    vk.LoadInstance(instance);
    uint deviceCount = 1;
    PhysicalDevice physicalDevice;
    Check(vk.EnumeratePhysicalDevices(instance, &deviceCount, &physicalDevice));
    vk.GetPhysicalDeviceProperties(physicalDevice, out PhysicalDeviceProperties properties);
    Console.WriteLine($"device   {Marshal.PtrToStringUTF8((nint)properties.DeviceName)}");

    // Queue family 0 can compute on every device that can compute at all, short of exotic ones.
    float priority = 1;
    var queueInfo = new DeviceQueueCreateInfo { QueueCount = 1, PQueuePriorities = &priority };
    Check(vk.CreateDevice(physicalDevice, new DeviceCreateInfo { QueueCreateInfoCount = 1, PQueueCreateInfos = &queueInfo }, null, out Device device));
    vk.LoadDevice(device);
    vk.GetDeviceQueue(device, 0, 0, out Queue queue);

    // One buffer and one piece of mapped memory for each of a, b and c.
    vk.GetPhysicalDeviceMemoryProperties(physicalDevice, out PhysicalDeviceMemoryProperties memoryProperties);
    var buffers = new Buffer[3];
    var memories = new DeviceMemory[3];
    var data = new float*[3];
    for (int i = 0; i < 3; i++)
    {
        Check(vk.CreateBuffer(device, new BufferCreateInfo { Size = Count * sizeof(float), Usage = BufferUsageFlags.StorageBufferBit }, null, out buffers[i]));
        vk.GetBufferMemoryRequirements(device, buffers[i], out MemoryRequirements needs);
        uint type = 0;
        while ((needs.MemoryTypeBits >> (int)type & 1) == 0 || !memoryProperties.MemoryTypes[(int)type].PropertyFlags.HasFlag(
            MemoryPropertyFlags.HostVisibleBit | MemoryPropertyFlags.HostCoherentBit))
            type++;
        Check(vk.AllocateMemory(device, new MemoryAllocateInfo { AllocationSize = needs.Size, MemoryTypeIndex = type }, null, out memories[i]));
        Check(vk.BindBufferMemory(device, buffers[i], memories[i], 0));
        void* mapped;
        Check(vk.MapMemory(device, memories[i], 0, Vk.WholeSize, 0, &mapped));
        data[i] = (float*)mapped;
    }

    for (int i = 0; i < Count; i++)
        (data[0][i], data[1][i]) = (i, 0.5f * i);

    // What the shader sees: bindings 0, 1 and 2 of set 0.
    var bindings = stackalloc DescriptorSetLayoutBinding[3];
    for (uint i = 0; i < 3; i++)
        bindings[i] = new DescriptorSetLayoutBinding { Binding = i, DescriptorType = DescriptorType.StorageBuffer, DescriptorCount = 1, StageFlags = ShaderStageFlags.ComputeBit };
    Check(vk.CreateDescriptorSetLayout(device, new DescriptorSetLayoutCreateInfo { BindingCount = 3, PBindings = bindings }, null, out DescriptorSetLayout setLayout));
    Check(vk.CreatePipelineLayout(device, new PipelineLayoutCreateInfo { SetLayoutCount = 1, PSetLayouts = &setLayout }, null, out PipelineLayout layout));
    var poolSize = new DescriptorPoolSize { Type = DescriptorType.StorageBuffer, DescriptorCount = 3 };
    Check(vk.CreateDescriptorPool(device, new DescriptorPoolCreateInfo { MaxSets = 1, PoolSizeCount = 1, PPoolSizes = &poolSize }, null, out DescriptorPool descriptorPool));
    Check(vk.AllocateDescriptorSets(device, new DescriptorSetAllocateInfo { DescriptorPool = descriptorPool, DescriptorSetCount = 1, PSetLayouts = &setLayout }, out DescriptorSet set));
    var bufferInfos = stackalloc DescriptorBufferInfo[3];
    for (int i = 0; i < 3; i++)
        bufferInfos[i] = new DescriptorBufferInfo { Buffer = buffers[i], Range = Vk.WholeSize };
    vk.UpdateDescriptorSets(device, 1, new WriteDescriptorSet { DstSet = set, DescriptorCount = 3, DescriptorType = DescriptorType.StorageBuffer, PBufferInfo = bufferInfos }, 0, null);

    // The shader becomes machine code here.
    byte[] spirv = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vector_add.spv"));
    ShaderModule module;
    fixed (byte* code = spirv)
        Check(vk.CreateShaderModule(device, new ShaderModuleCreateInfo { CodeSize = (nuint)spirv.Length, PCode = (uint*)code }, null, out module));
    Pipeline pipeline;
    long start = Stopwatch.GetTimestamp();
    fixed (byte* main = "main\0"u8)
    {
        var stage = new PipelineShaderStageCreateInfo { Stage = ShaderStageFlags.ComputeBit, Module = module, PName = main };
        Check(vk.CreateComputePipelines(device, default, 1, new ComputePipelineCreateInfo { Stage = stage, Layout = layout }, null, out pipeline));
    }

    Console.WriteLine($"compile  {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.00} ms");

    // Record, submit, wait.
    Check(vk.CreateCommandPool(device, new CommandPoolCreateInfo(), null, out CommandPool commandPool));
    Check(vk.AllocateCommandBuffers(device, new CommandBufferAllocateInfo { CommandPool = commandPool, CommandBufferCount = 1 }, out CommandBuffer commands));
    Check(vk.BeginCommandBuffer(commands, new CommandBufferBeginInfo()));
    vk.CmdBindPipeline(commands, PipelineBindPoint.Compute, pipeline);
    vk.CmdBindDescriptorSets(commands, PipelineBindPoint.Compute, layout, 0, 1, in set, 0, null);
    vk.CmdDispatch(commands, Count / LocalSize, 1, 1);
    var toHost = new MemoryBarrier { SrcAccessMask = AccessFlags.ShaderWriteBit, DstAccessMask = AccessFlags.HostReadBit };
    vk.CmdPipelineBarrier(commands, PipelineStageFlags.ComputeShaderBit, PipelineStageFlags.HostBit, 0, 1, in toHost, 0, null, 0, null);
    Check(vk.EndCommandBuffer(commands));
    start = Stopwatch.GetTimestamp();
    Check(vk.QueueSubmit(queue, 1, new SubmitInfo { CommandBufferCount = 1, PCommandBuffers = &commands }, default));
    Check(vk.QueueWaitIdle(queue));
    Console.WriteLine($"run      {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.00} ms");

    int wrong = 0;
    for (int i = 0; i < Count; i++)
        wrong += data[2][i] == i + (0.5f * i) ? 0 : 1;
    Console.WriteLine(wrong == 0 ? $"result   {Count} sums are right" : $"result   {wrong} of {Count} sums are wrong");

    vk.DestroyCommandPool(device, commandPool, null);
    vk.DestroyPipeline(device, pipeline, null);
    vk.DestroyShaderModule(device, module, null);
    vk.DestroyDescriptorPool(device, descriptorPool, null);
    vk.DestroyPipelineLayout(device, layout, null);
    vk.DestroyDescriptorSetLayout(device, setLayout, null);
    for (int i = 0; i < 3; i++)
    {
        vk.DestroyBuffer(device, buffers[i], null);
        vk.FreeMemory(device, memories[i], null);
    }

    vk.DestroyDevice(device, null);
    vk.DestroyInstance(instance, null);
    return wrong == 0 ? 0 : 1;
}

static void Check(Result result)
{
    if (result < Result.Success)
        throw new InvalidOperationException($"Vulkan: {result}");
}
