using System.Diagnostics;
using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Truncated and changed modules at vkCreateShaderModule and vkCreateComputePipelines: an error or a pipeline.</summary>
public sealed unsafe class ModuleMutationTests : VulkanTest
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("SHADERJIT_SOAK") == "1" ? 10_000 : 300;

    public static TheoryData<string> Kernels =>
        ["saxpy", "sgemm_tiled", "reduction", "scan_block", "nbody", "mandelbrot", "blackscholes", "conv3x3", "histogram", "life", "raymarch"];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void AnErrorOrAPipelineAndNeverAHang(string name)
    {
        using var device = new TestDevice();
        var layout = device.Layout(128, device.StorageLayout(8));
        var random = new Random(name.Length);
        uint[][] seeds = [KernelCases.Words(name, false), KernelCases.Words(name, true)];
        Assert.Equal(Result.Success, Create(device, layout, seeds[0]));
        for (int round = 0; round < Rounds; round++)
        {
            uint[] words = Change(seeds[round % 2], random);
            long start = Stopwatch.GetTimestamp();
            var result = Create(device, layout, words);
            Assert.Contains(result, (Result[])[Result.Success, Result.ErrorInvalidShaderNV, Result.ErrorOutOfHostMemory]);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), $"round {round} took too long");
        }
    }

    [Fact]
    public void SizesThatAreNone()
    {
        using var device = new TestDevice();
        var words = Shaders.Words("fill");
        fixed (uint* code = words)
        {
            foreach (nuint size in (nuint[])[0, 1, 2, 3, 5, (nuint)words.Length * 4 - 1])
            {
                var info = new ShaderModuleCreateInfo { CodeSize = size, PCode = code };
                Assert.NotEqual(Result.Success, device.Vk.CreateShaderModule(device.Device, in info, null, out var module));
                Assert.Equal(0ul, module.Handle);
            }
        }

        var layout = device.Layout(8, device.StorageLayout(1));
        for (int length = 1; length < words.Length; length += length < 40 ? 1 : 37)
            Assert.NotEqual(Result.Success, Create(device, layout, words[..length]));
    }

    private static Result Create(TestDevice device, PipelineLayout layout, uint[] words)
    {
        var result = device.TryPipeline(words, layout, out var pipeline);
        Assert.Equal(result == Result.Success, pipeline.Handle != 0);
        device.Vk.DestroyPipeline(device.Device, pipeline, null);
        return result;
    }

    private static uint[] Change(uint[] seed, Random random)
    {
        uint[] words = [.. seed];
        for (int k = random.Next(1, 4); k > 0; k--)
        {
            int at = random.Next(words.Length);
            switch (random.Next(6))
            {
                case 0:
                    words[at] ^= 1u << random.Next(32);
                    break;
                case 1:
                    words[at] = (uint)random.Next();
                    break;
                case 2: // another id, or a small number
                    words[at] = (uint)random.Next(400);
                    break;
                case 3:
                    words[at] = words[random.Next(words.Length)];
                    break;
                case 4:
                    MemoryMarshal.AsBytes(words.AsSpan())[random.Next(words.Length * 4)] = (byte)random.Next(256);
                    break;
                default:
                    int length = random.Next(1, Math.Min(16, words.Length - at) + 1);
                    words = [.. words[..at], .. words[(at + length)..], .. words.AsSpan(0, random.Next(2))];
                    break;
            }

            if (words.Length == 0)
                return [0];
        }

        return words;
    }
}
