using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Several threads on one device, and devices that come and go while others run.</summary>
public sealed unsafe class ThreadTests : VulkanTest
{
    [Fact]
    public void ThreadsRecordAndSubmitToObjectsOfTheirOwn()
    {
        using var device = new TestDevice();
        const int threads = 6, rounds = 60;
        var queueGate = new Lock(); // vkQueueSubmit is externally synchronized
        var work = new List<Action>();
        for (int t = 0; t < threads; t++)
        {
            uint seed = (uint)t * 1000;
            var buffer = device.Buffer(4096);
            var kernel = device.Kernel("fill", 8, buffer);
            var pool = device.CommandPool();
            var commands = device.CommandBuffer(pool: pool);
            var fence = device.Fence();
            work.Add(() =>
            {
                for (uint round = 0; round < rounds; round++)
                {
                    uint value = seed + round;
                    device.Record(commands, c => kernel.Dispatch(c, 16, value, 1000));
                    lock (queueGate)
                        device.Submit(fence, commands);
                    device.Wait(fence);
                    TestDevice.Check(device.Vk.ResetFences(device.Device, 1, in fence));
                    for (int i = 0; i < 1024; i++)
                        Assert.Equal(i < 1000 ? value + (uint)i : 0, buffer.Words()[i]);
                }
            });
        }

        RunAll(work);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void ThreadsCreateAndDestroyObjectsOfOneDevice()
    {
        using var device = new TestDevice();
        var layout = device.Layout(8, device.StorageLayout(1));
        var words = Shaders.Words("fill");
        var work = new List<Action>();
        for (int t = 0; t < 4; t++)
        {
            work.Add(() =>
            {
                for (int round = 0; round < 30; round++)
                {
                    var info = new BufferCreateInfo { Size = 4096 };
                    TestDevice.Check(device.Vk.CreateBuffer(device.Device, in info, null, out var buffer));
                    var allocation = new MemoryAllocateInfo { AllocationSize = 4096 };
                    TestDevice.Check(device.Vk.AllocateMemory(device.Device, in allocation, null, out var memory));
                    TestDevice.Check(device.Vk.BindBufferMemory(device.Device, buffer, memory, 0));
                    TestDevice.Check(device.TryPipeline(words, layout, out var pipeline));
                    device.Vk.DestroyPipeline(device.Device, pipeline, null);
                    device.Vk.DestroyBuffer(device.Device, buffer, null);
                    device.Vk.FreeMemory(device.Device, memory, null);
                }
            });
        }

        RunAll(work);
    }

    [Fact]
    public void DevicesComeGoAndAreLostWhileOthersCompute()
    {
        var work = new List<Action>();
        for (int t = 0; t < 4; t++)
        {
            bool loses = t == 3;
            work.Add(() =>
            {
                for (int round = 0; round < 15; round++)
                {
                    using var device = new TestDevice();
                    var buffer = device.Buffer(1024);
                    if (loses)
                    {
                        Assert.Equal(Result.ErrorDeviceLost, device.Kernel("wild_address", 8, buffer).TryRun(4, 16, 0));
                        continue;
                    }

                    var kernel = device.Kernel("healthy", 0, buffer);
                    for (int i = 0; i < 10; i++)
                    {
                        buffer.Bytes.Clear();
                        kernel.Run(4);
                        for (int k = 0; k < 256; k++)
                            Assert.Equal((uint)(k * k), buffer.Words()[k]);
                    }

                    Assert.Empty(device.Messages);
                }
            });
        }

        RunAll(work);
    }

    private static void RunAll(List<Action> work)
    {
        var tasks = work.ConvertAll(w => Task.Factory.StartNew(w, TaskCreationOptions.LongRunning)).ToArray();
        Assert.True(Task.WaitAll(tasks, TimeSpan.FromMinutes(2)), "a thread hangs");
    }
}
