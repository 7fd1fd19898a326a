using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Numbers of 8, 16 and 64 bits and floats of 16 and 64, end to end: storage and uniform buffers, push constants,
/// workgroup memory, atomics, reductions.</summary>
public sealed unsafe class NumberTests : VulkanTest
{
    private const int Count = 64;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void NumbersOfAllWidths(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var random = new Random(5);
        HostBuffer numbers = device.Buffer(1344), results = device.Buffer(1952), bytes = device.Buffer(61), words = device.Buffer(4 * Count),
            factors = device.Buffer(24, BufferUsageFlags.UniformBufferBit);
        random.NextBytes(numbers.Bytes[..192]);
        var h = At<Half>(numbers, 192);
        var q = At<long>(numbers, 320);
        var d = At<double>(numbers, 832);
        for (int i = 0; i < Count; i++)
        {
            h[i] = (Half)(random.NextDouble() * 100 - 50);
            q[i] = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(60);
            d[i] = random.NextDouble() * 1e6;
        }

        random.NextBytes(bytes.Bytes);
        const sbyte fa = -7, pa = 100;
        const short fb = -321, pb = -20000;
        const long fq = -1234567, pq = 98765432109;
        const double fd = 0.3;
        const byte pu = 200;
        Half fh = (Half)1.7f, ph = (Half)(-3.25f);
        MemoryMarshal.Write(factors.Bytes, fa);
        MemoryMarshal.Write(factors.Bytes[2..], fb);
        MemoryMarshal.Write(factors.Bytes[4..], fh);
        MemoryMarshal.Write(factors.Bytes[8..], fq);
        MemoryMarshal.Write(factors.Bytes[16..], fd);
        var push = new uint[4];
        var pushBytes = MemoryMarshal.AsBytes(push.AsSpan());
        MemoryMarshal.Write(pushBytes, pa);
        pushBytes[1] = pu;
        MemoryMarshal.Write(pushBytes[2..], pb);
        MemoryMarshal.Write(pushBytes[4..], ph);
        MemoryMarshal.Write(pushBytes[8..], pq);

        const DescriptorType Storage = DescriptorType.StorageBuffer;
        var setLayout = device.SetLayout((0, Storage, 1), (1, Storage, 1), (2, Storage, 1), (3, Storage, 1), (4, DescriptorType.UniformBuffer, 1));
        var layout = device.Layout(16, setLayout);
        Assert.Equal(Result.Success, device.TrySet(device.Pool(1, (Storage, 4), (DescriptorType.UniformBuffer, 1)), setLayout, out var set));
        device.Write(set, 0, Storage, numbers);
        device.Write(set, 1, Storage, results);
        device.Write(set, 2, Storage, bytes);
        device.Write(set, 3, Storage, words);
        device.Write(set, 4, DescriptorType.UniformBuffer, factors);
        new TestKernel(device, device.Pipeline("numbers", layout), layout, set).Run(1, push);

        var a = At<sbyte>(numbers, 0);
        var b = At<short>(numbers, 64);
        double wideSum = 0;
        ulong largest = 0;
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal((sbyte)((a[i] * fa) + pa), At<sbyte>(results, 0)[i]);
            Assert.Equal((short)((b[63 - i] / fb) + pb), At<short>(results, 64)[i]);
            Assert.Equal((Half)((float)(Half)((float)h[i] * (float)fh) + (float)ph), At<Half>(results, 192)[i]);
            Assert.Equal((q[i] / fq) + (((q[i] % pq) + pq) % pq), At<long>(results, 320)[i]);
            Assert.Equal(Math.Sqrt(d[i]) / fd, At<double>(results, 832)[i]);
            var subgroup = (i / lanes * lanes)..((i / lanes * lanes) + lanes);
            long total = 0;
            foreach (long one in q[subgroup])
                total += one;
            Assert.Equal(total, At<long>(results, 1376)[i]);
            Assert.Equal(a[subgroup].ToArray().Max(), At<sbyte>(results, 1888)[i]);
            uint second = i < 61 ? bytes.Bytes[i] : 0u;
            Assert.Equal(bytes.Bytes[i * 7 % 61] | (second << 8), words.Words()[i]);
            wideSum += i;
            largest = Math.Max(largest, (ulong)q[i]);
        }

        Assert.Equal((2016UL << 32) + (64UL * pu << 40), At<ulong>(results, 1344)[0]);
        Assert.Equal(largest, At<ulong>(results, 1352)[0]);
        Assert.Equal(16f, At<float>(results, 1360)[0]);
        Assert.Equal(96f, At<float>(results, 1364)[0]);
        Assert.Equal(wideSum, At<double>(results, 1368)[0]);
        Assert.Empty(device.Messages);
    }

    private static Span<T> At<T>(HostBuffer buffer, int offset)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(buffer.Bytes[offset..]);
}
