using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Pipelines;
using ShaderJit.Vulkan.Prints;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>NonSemantic.DebugPrintf: what kernels print arrives at messengers that listen.</summary>
public sealed unsafe class PrintTests : VulkanTest
{
    private const int Invocations = 48;

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void MessagesOfEveryTypeOfArgument(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var printed = Listen(device);
        var data = device.Buffer(Invocations * 4);
        device.Kernel("print", 4, data).Run(2, 0);
        Assert.Equal(
        [
            "plain",
            "-5 5 4000000000 beef 0XBEEF 10",
            "1.500000 3.14 1.234568e+04 0.0001",
            "1.000000, 2.000000, 3.000000|0.2, 0.8|1, -2, 3, -4",
            "81985529216486895 -1 fffffffffff",
            "-3 200 -300 0.500000 1",
            "2.000 1.000000, -1.000000",
            "50% \\x1B[31mred\\nnext \\x1B",
        ], printed);
        Assert.Equal(Enumerable.Range(1, Invocations).Select(i => (uint)i), data.Words().ToArray());
        Assert.Empty(device.Messages);
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void ActiveLanesPrintInTheirOrder(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var printed = Listen(device);
        var data = device.Words([.. Enumerable.Range(0, 24).Select(i => (uint)(i * i))]);
        var kernel = device.Kernel("print", 4, data);
        kernel.Run(1, 1);
        string[] expected = [.. Enumerable.Range(0, 24).Where(i => i % 3 == 1).Select(i => $"lane {i} has {i * i}")];
        Assert.Equal(expected, printed);

        // The buffer is empty again for the next dispatch.
        printed.Clear();
        kernel.Run(1, 0);
        Assert.Equal(8, printed.Count);
    }

    [Fact]
    public void WhatDoesNotFitIsToldOnce()
    {
        using var device = new TestDevice();
        var printed = Listen(device);
        var kernel = device.Kernel("print", 4, device.Buffer(24 * 100 * 4));
        kernel.Run(100, 2);

        // Records of three words.
        Assert.InRange(printed.Count, ((PrintReader.Bytes - 16) / 12) - 100, (PrintReader.Bytes - 16) / 12);
        Assert.All(printed, m => Assert.Matches("^round [0-9]+ of [0-9]+$", m));
        Assert.Single(device.Messages, m => m.Contains("prints more than there is room for", StringComparison.Ordinal));
        kernel.Run(1, 1);
        Assert.Single(device.Messages);
    }

    [Fact]
    public void NobodyListensNothingIsPrinted()
    {
        using var device = new TestDevice();
        var data = device.Buffer(Invocations * 4);
        var kernel = device.Kernel("print", 4, data);
        kernel.Run(2, 2);
        Assert.Equal((uint)Invocations, data.Words()[^1]);
        var printed = Listen(device);
        kernel.Run(2, 0);
        Assert.Equal(8, printed.Count);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void FormatsArePartOfWhatACacheKeeps()
    {
        using var device = new TestDevice();
        var printed = Listen(device);
        var info = new PipelineCacheCreateInfo();
        TestDevice.Check(device.Vk.CreatePipelineCache(device.Device, in info, null, out var cache));
        var kernel = device.Kernel("print", 4, device.Buffer(Invocations * 4));
        for (int round = 0; round < 2; round++)
        {
            TestDevice.Check(device.TryPipeline(Shaders.Words("print"), kernel.Layout, out var pipeline, cache,
                flags: round == 1 ? PipelineCreateFlags.FailOnPipelineCompileRequiredBit : 0));
            (kernel with { Pipeline = pipeline }).Run(2, 0);
            device.Vk.DestroyPipeline(device.Device, pipeline, null);
        }

        device.Vk.DestroyPipelineCache(device.Device, cache, null);
        Assert.Equal(16, printed.Count);
        Assert.Equal(printed[..8], printed[8..]);
    }

    [Fact]
    public void RecordsOfPrintsAreReadWithinBounds()
    {
        var kernel = new Abi.CompiledKernel
        {
            Image = new byte[128], CodeBytes = 1, ScratchBytes = 0, LocalSize = (1, 1, 1), LaneCount = 8, PcMap = [],
        };
        PrintFormat print = new("%d %s", [new(PrintKind.Integer, false, 3, ""), new(PrintKind.Text, false, 0, "name")]);
        var read = KernelRecord.Deserialize(new KernelRecord(kernel, [], [print]).Serialize(), 1);
        Assert.NotNull(read);
        Assert.Equal(("%d %s", 3, "name"), (read.Prints[0].Text, read.Prints[0].Words, read.Prints[0].Arguments[1].Text));
        PrintArgument[][] refused =
        [
            [new(PrintKind.Integer, false, 5, "")],
            [new(PrintKind.Integer, false, -1, "")],
            [new((PrintKind)3, false, 1, "")],
            [.. Enumerable.Repeat(new PrintArgument(PrintKind.Float, true, 4, ""), 9)],
            [.. Enumerable.Repeat(new PrintArgument(PrintKind.Text, false, 0, ""), 65)],
        ];
        foreach (var arguments in refused)
        {
            PrintFormat bad = print with { Arguments = arguments };
            Assert.Null(KernelRecord.Deserialize(new KernelRecord(kernel, [], [bad]).Serialize(), 1));
        }
    }

    [Theory]
    [InlineData("[%5d][%-5d][%05d][%+d][% d]", "[   42][42   ][00042][+42][ 42]", 42, 42, 42, 42, 42)]
    [InlineData("[%.3d][%8.3d][%-8x][%#o][%X]", "[042][     042][2a      ][052][2A]", 42, 42, 42, 42, 42)]
    [InlineData("%ul %ulx %p %hhd", "7 7 0x7 7", 7, 7, 7, 7)]
    [InlineData("%q %", "%q %", 1)]
    [InlineData("%d", "(missing)")]
    [InlineData("%c%c%c", "A\uFFFD\\u202E", 65, 0xD800, 0x202E)]
    [InlineData("%99999999999d!", "", 1)]
    public void Integers(string format, string expected, params int[] values)
    {
        var arguments = Enumerable.Repeat(new PrintArgument(PrintKind.Integer, false, 1, ""), values.Length).ToArray();
        string text = PrintFormatter.Format(new PrintFormat(format, arguments), MemoryMarshal.Cast<int, uint>(values));
        Assert.Equal(expected.Length > 0 ? expected : "1!".PadLeft(257), text);
    }

    [Theory]
    [InlineData("%f", 0.5, "0.500000")]
    [InlineData("%.0f", 2.5, "2")]
    [InlineData("%10.2f|", -1.005, "     -1.00|")]
    [InlineData("%010.2f|", -1.5, "-000001.50|")]
    [InlineData("%e", 0.0, "0.000000e+00")]
    [InlineData("%.2E", 1.5e-300, "1.50E-300")]
    [InlineData("%g", 1e10, "1e+10")]
    [InlineData("%g", 123456.0, "123456")]
    [InlineData("%#.3g", 1.0, "1.00")]
    [InlineData("%G", 1e-5, "1E-05")]
    [InlineData("%g", 99999999.0, "1e+08")]
    [InlineData("%a", 1.0, "0x1p+0")]
    [InlineData("%a", 0.1, "0x1.999999999999ap-4")]
    [InlineData("%.1A", -1.97, "-0X2.0P+0")]
    [InlineData("%.0a", 0.0, "0x0p+0")]
    [InlineData("%5f|%+f", double.NaN, "  nan|(missing)")]
    [InlineData("%+F", double.PositiveInfinity, "+INF")]
    [InlineData("%f", double.NegativeInfinity, "-inf")]
    [InlineData("%d", 1.5, "1.5")]
    [InlineData("%.1f", 1e300, null)]
    public void Floats(string format, double value, string? expected)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        string text = PrintFormatter.Format(new PrintFormat(format, [new(PrintKind.Float, true, 1, "")]), [(uint)bits, (uint)(bits >> 32)]);
        if (expected is null)
            Assert.Equal(303, text.Length);
        else
            Assert.Equal(expected, text);
    }

    [Fact]
    public void TextIsBoundedAndVisible()
    {
        string Print(string format, string text) =>
            PrintFormatter.Format(new PrintFormat(format, [new(PrintKind.Text, false, 0, text)]), []);
        Assert.Equal("[  name][name  ][na]", Print("[%6s]", "name") + Print("[%-6s]", "name") + Print("[%.2s]", "name"));
        Assert.Equal("\\x00\\x07\\t\\r\\x7F\\x9B\\u2028\\u200F \u00e4 \U0001F600\uFFFD", Print("%s", "\0\a\t\r\x7f\u009b\u2028\u200f \u00e4 \U0001F600\uD800"));
        Assert.Equal(PrintFormatter.MaxLength + 3, Print("%s", new string('x', 100_000)).Length + 3);
        Assert.InRange(Print(new string('\n', 100_000), "").Length, PrintFormatter.MaxLength, PrintFormatter.MaxLength + 3);
    }

    /// <summary>A messenger for what is printed.</summary>
    private static List<string> Listen(TestDevice device)
    {
        var printed = new List<string>();
        var handle = GCHandle.Alloc(printed);
        var info = new DebugUtilsMessengerCreateInfoEXT
        {
            MessageSeverity = DebugUtilsMessageSeverityFlagsEXT.InfoBitExt,
            MessageType = DebugUtilsMessageTypeFlagsEXT.ValidationBitExt,
            PfnUserCallback = &Hear,
            PUserData = (void*)GCHandle.ToIntPtr(handle),
        };
        TestDevice.Check(device.Vk.CreateDebugUtilsMessengerEXT(device.Vulkan.Instance, in info, null, out var messenger));
        device.Later(() =>
        {
            device.Vk.DestroyDebugUtilsMessengerEXT(device.Vulkan.Instance, messenger, null);
            handle.Free();
        });
        return printed;
    }

    [UnmanagedCallersOnly]
    private static Bool32 Hear(DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types,
        DebugUtilsMessengerCallbackDataEXT* data, void* user)
    {
        var printed = (List<string>)GCHandle.FromIntPtr((nint)user).Target!;
        printed.Add(Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(data->PMessage)));
        return false;
    }
}
