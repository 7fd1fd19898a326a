using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Whom an extension is not shown, and everybody else who gets it.</summary>
public sealed unsafe class KnownProgramTests
{
    [Theory]
    [InlineData("libavutil", 57, 28, true)]
    [InlineData("libavutil", 58, 2, true)]
    [InlineData("libavutil", 58, 29, false)]
    [InlineData("libavutil", 60, 0, false)]
    [InlineData("libavutil", 0, 0, true)]
    [InlineData("libavutil2", 57, 28, false)]
    [InlineData("libav", 57, 28, false)]
    [InlineData("", 57, 28, false)]
    [InlineData(null, 57, 28, false)]
    public void OnlyAnOldFfmpegIsNotShownHostMemory(string? engine, uint major, uint minor, bool isHidden)
    {
        var name = (byte*)Marshal.StringToCoTaskMemUTF8(engine);
        var info = new ApplicationInfo { PEngineName = name, EngineVersion = (major << 22) | (minor << 12) | 100, ApiVersion = Vk.Version11 };
        Assert.Equal(isHidden, KnownPrograms.FreesImportedMemoryEarly(&info));
        Marshal.FreeCoTaskMem((nint)name);
    }

    [Fact]
    public void WhoSaysNothingIsShownAll() => Assert.False(KnownPrograms.FreesImportedMemoryEarly(null));
}
