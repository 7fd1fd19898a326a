using System.Buffers.Binary;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Pipeline caches: hits, saved and loaded data, and data that somebody has changed.</summary>
public sealed unsafe class PipelineCacheTests : VulkanTest
{
    private static readonly int Mutations = Environment.GetEnvironmentVariable("SHADERJIT_SOAK") == "1" ? 100_000 : 1500;

    [Fact]
    public void ASecondCreationHitsAndTheFeedbackSaysSo()
    {
        using var device = new TestDevice();
        var layout = device.Layout(8, device.StorageLayout(1));
        var cache = Cache(device, []);
        Assert.Equal((Result.Success, false), Create(device, layout, cache));
        Assert.Equal((Result.Success, true), Create(device, layout, cache));
        Assert.Equal((Result.Success, true), Create(device, layout, cache, PipelineCreateFlags.FailOnPipelineCompileRequiredBit));
        Assert.Equal((Result.Success, false), Create(device, layout, default));

        // Another layout is another kernel.
        var other = device.Layout(8, device.StorageLayout(2));
        Assert.Equal((Result.PipelineCompileRequired, false),
            Create(device, other, cache, PipelineCreateFlags.FailOnPipelineCompileRequiredBit));
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void SavedDataIsLoadedByAnotherDeviceAndMerged()
    {
        byte[] data;
        using (var device = new TestDevice())
        {
            var cache = Cache(device, []);
            Create(device, device.Layout(8, device.StorageLayout(1)), cache);
            data = Data(device, cache);

            // Too little room: whole entries only.
            nuint size = (nuint)data.Length - 1;
            fixed (byte* room = new byte[data.Length])
                Assert.Equal(Result.Incomplete, device.Vk.GetPipelineCacheData(device.Device, cache, &size, room));
            Assert.Equal((nuint)PipelineCacheObject.HeaderBytes, size);
            size = 31;
            fixed (byte* room = new byte[data.Length])
                Assert.Equal(Result.Incomplete, device.Vk.GetPipelineCacheData(device.Device, cache, &size, room));
            Assert.Equal((nuint)0, size);
        }

        using (var device = new TestDevice())
        {
            device.Vk.GetPhysicalDeviceProperties(device.Vulkan.Physical, out var properties);
            Assert.Equal(1u, BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(4)));
            Assert.Equal(properties.VendorID, BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(8)));
            Assert.Equal(properties.DeviceID, BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(12)));
            Assert.Equal(new ReadOnlySpan<byte>(properties.PipelineCacheUUID, 16).ToArray(), data[16..32]);

            var layout = device.Layout(8, device.StorageLayout(1));
            var loaded = Cache(device, data);
            Assert.Equal(data, Data(device, loaded));
            Assert.Equal((Result.Success, true), Create(device, layout, loaded));
            var merged = Cache(device, []);
            Assert.Equal((Result.PipelineCompileRequired, false),
                Create(device, layout, merged, PipelineCreateFlags.FailOnPipelineCompileRequiredBit));
            TestDevice.Check(device.Vk.MergePipelineCaches(device.Device, merged, 1, in loaded));
            TestDevice.Check(device.Vk.MergePipelineCaches(device.Device, merged, 0, (PipelineCache*)0x10));
            Assert.Equal((Result.Success, true), Create(device, layout, merged));
        }
    }

    [Fact]
    public void ChangedDataIsNoticedAndCompiledAnew()
    {
        using var device = new TestDevice();
        var (kernel, data) = Saved(device);
        var random = new Random(1);
        for (int round = 0; round < Mutations; round++)
        {
            byte[] changed = Change(data, random);
            var cache = Cache(device, changed);
            Assert.Equal(Result.Success, device.TryPipeline(Shaders.Words("fill"), kernel.Layout, out var pipeline, cache));
            if (round % 50 == 0)
                ExpectRight(device, kernel with { Pipeline = pipeline });
            device.Vk.DestroyPipeline(device.Device, pipeline, null);
            device.Vk.DestroyPipelineCache(device.Device, cache, null);
        }

        Assert.Empty(device.Messages);
    }

    [Fact]
    public void HostileDataWithRightDigestsNeverLeavesTheSandbox()
    {
        var random = new Random(2);
        var device = new TestDevice(new DeviceSettings { DispatchLimitMilliseconds = 200 });
        int rejected = 0, lost = 0;
        try
        {
            var (kernel, data) = Saved(device);
            for (int round = 0; round < Mutations; round++)
            {
                // Everything behind the header and the key, with a digest to match.
                byte[] changed = [.. data];
                int first = PipelineCacheObject.HeaderBytes, body = first + PipelineCacheObject.EntryHeaderBytes;
                for (int k = random.Next(1, 4); k > 0; k--)
                    changed[random.Next(body, changed.Length)] ^= (byte)(1 << random.Next(8));
                PipelineCacheObject.WriteDigest(changed.AsSpan(first + Pipelines.PipelineKey.Bytes), changed.AsSpan(first), changed.AsSpan(body));

                var cache = Cache(device, changed);
                int before = device.Messages.Length;
                Assert.Equal(Result.Success, device.TryPipeline(Shaders.Words("fill"), kernel.Layout, out var pipeline, cache));
                device.Vk.DestroyPipelineCache(device.Device, cache, null);
                rejected += device.Messages.Length > before ? 1 : 0;
                var result = (kernel with { Pipeline = pipeline }).TryRun(2, 5, 100);
                device.Vk.DestroyPipeline(device.Device, pipeline, null);
                if (result == Result.Success)
                    continue;
                Assert.Equal(Result.ErrorDeviceLost, result);
                lost++;
                device.Dispose();
                device = new TestDevice(new DeviceSettings { DispatchLimitMilliseconds = 200 });
                (kernel, data) = Saved(device);
            }

            // The verifier had something to reject, and not all that was left was stopped while it ran.
            Assert.InRange(rejected, 1, Mutations - lost);
        }
        finally
        {
            device.Dispose();
        }
    }

    /// <summary>A kernel that works, and the data of a cache that has it.</summary>
    private static (TestKernel Kernel, byte[] Data) Saved(TestDevice device)
    {
        var buffer = device.Buffer(1024);
        var kernel = device.Kernel("fill", 8, buffer);
        var cache = Cache(device, []);
        Create(device, kernel.Layout, cache);
        return (kernel, Data(device, cache));
    }

    private static void ExpectRight(TestDevice device, TestKernel kernel)
    {
        var buffer = device.Buffer(1024);
        device.Write(kernel.Set, 0, DescriptorType.StorageBuffer, buffer);
        kernel.Run(4, 9, 100);
        for (int i = 0; i < 256; i++)
            Assert.Equal(i < 100 ? (uint)(9 + i) : 0, buffer.Words()[i]);
    }

    private static byte[] Change(byte[] data, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                return data[..random.Next(data.Length)];
            case 1:
                byte[] longer = [.. data, .. new byte[random.Next(1, 100)]];
                random.NextBytes(longer.AsSpan(data.Length));
                return longer;
            default:
                byte[] changed = [.. data];
                for (int k = random.Next(1, 8); k > 0; k--)
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                return changed;
        }
    }

    private static PipelineCache Cache(TestDevice device, byte[] data)
    {
        fixed (byte* pointer = data)
        {
            var info = new PipelineCacheCreateInfo { InitialDataSize = (nuint)data.Length, PInitialData = data.Length == 0 ? (void*)0x10 : pointer };
            TestDevice.Check(device.Vk.CreatePipelineCache(device.Device, in info, null, out var cache));
            device.Later(() => device.Vk.DestroyPipelineCache(device.Device, cache, null));
            return cache;
        }
    }

    private static byte[] Data(TestDevice device, PipelineCache cache)
    {
        nuint size = 0;
        TestDevice.Check(device.Vk.GetPipelineCacheData(device.Device, cache, &size, null));
        var data = new byte[size];
        fixed (byte* pointer = data)
            TestDevice.Check(device.Vk.GetPipelineCacheData(device.Device, cache, &size, pointer));
        return data[..(int)size];
    }

    /// <summary>Creates and destroys fill.comp's pipeline; whether the feedback says that it came from the cache.</summary>
    private static (Result Result, bool Hit) Create(TestDevice device, PipelineLayout layout, PipelineCache cache, PipelineCreateFlags flags = 0)
    {
        var whole = new PipelineCreationFeedback();
        var stage = new PipelineCreationFeedback();
        var feedback = new PipelineCreationFeedbackCreateInfo
        {
            PPipelineCreationFeedback = &whole, PipelineStageCreationFeedbackCount = 1, PPipelineStageCreationFeedbacks = &stage,
        };
        var result = device.TryPipeline(Shaders.Words("fill"), layout, out var pipeline, cache, flags: flags, next: &feedback);
        device.Vk.DestroyPipeline(device.Device, pipeline, null);
        Assert.True((whole.Flags & PipelineCreationFeedbackFlags.ValidBit) != 0 && whole.Duration > 0);
        Assert.Equal(whole.Flags, stage.Flags);
        return (result, (whole.Flags & PipelineCreationFeedbackFlags.ApplicationPipelineCacheHitBit) != 0);
    }
}
