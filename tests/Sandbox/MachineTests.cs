namespace ShaderJit.Sandbox.Tests;

/// <summary>What is found out about the machine.</summary>
public class MachineTests
{
    [Fact]
    public void ThisMachineRunsKernels() => Assert.Null(SandboxSupport.Problem);

    [Theory]
    [InlineData(1UL << 30, 32)]
    [InlineData((1UL << 31) + 1, 33)]
    [InlineData(24UL << 30, 36)]
    [InlineData(1UL << 50, 40)]
    public void ARegionHasRoomForTwiceTheMemory(ulong memory, int bits) => Assert.Equal(bits, RegionSize.For(memory));

    [Fact]
    public void UsableMemoryIsNoMoreThanTheMachineHas()
    {
        ulong bytes = RegionSize.UsableBytes();
        Assert.InRange(bytes, 64UL << 20, (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 2);
        Assert.Equal(RegionSize.For(bytes), RegionSize.Default());
    }

    /// <summary>Linux lists the features it has found and enabled.</summary>
    [Fact]
    public void FeaturesAgreeWithTheKernelsList()
    {
        string[] flags = File.ReadLines("/proc/cpuinfo").First(l => l.StartsWith("flags", StringComparison.Ordinal))
            .Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach ((CpuFeature feature, string name) in ((CpuFeature, string)[])
                 [
                     (CpuFeature.Avx2, "avx2"), (CpuFeature.Fma, "fma"), (CpuFeature.Bmi1, "bmi1"),
                     (CpuFeature.Bmi2, "bmi2"), (CpuFeature.Lzcnt, "abm"), (CpuFeature.Popcnt, "popcnt"),
                     (CpuFeature.F16c, "f16c"), (CpuFeature.Avx512F, "avx512f"), (CpuFeature.Avx512BW, "avx512bw"),
                     (CpuFeature.Avx512DQ, "avx512dq"), (CpuFeature.Avx512VL, "avx512vl"),
                     (CpuFeature.Avx512CD, "avx512cd"), (CpuFeature.Avx512Vbmi, "avx512vbmi"),
                     (CpuFeature.Avx512Vbmi2, "avx512_vbmi2"), (CpuFeature.Avx512Ifma, "avx512ifma"),
                     (CpuFeature.Avx512Bitalg, "avx512_bitalg"), (CpuFeature.Avx512Vpopcntdq, "avx512_vpopcntdq"),
                     (CpuFeature.Avx512Vnni, "avx512_vnni"), (CpuFeature.Avx512Fp16, "avx512_fp16"),
                 ])
            Assert.True(flags.Contains(name) == CpuFeatures.Current.Has(feature), name);
        Assert.NotEmpty(CpuFeatures.Current.Name);
    }
}
