using ShaderJit.Sandbox;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkPhysicalDevice: this machine's CPU.</summary>
internal sealed class PhysicalDeviceObject(InstanceObject instance)
{
    public InstanceObject Instance { get; } = instance;

    /// <summary>Lanes of the narrowest back end, which every CPU that runs kernels at all has.</summary>
    public const uint FewestLanes = 8;

    /// <summary>Lanes of a subgroup: what the widest back end for this CPU has, or what SHADERJIT_LANES asks for.</summary>
    public int LaneCount { get; } = Settings.Lanes != 8 && CpuFeatures.Current.Has(CpuFeature.Lanes16) ? 16 : 8;

    /// <summary>k of each device's region of 2^k bytes.</summary>
    public int RegionBits { get; } = RegionSize.Default();

    /// <summary>Bytes of the one memory heap: three quarters of what this process may use.</summary>
    public ulong HeapBytes { get; } = Settings.HeapMegabytes > 0
        ? (ulong)Settings.HeapMegabytes << 20
        : (RegionSize.UsableBytes() / 4 * 3) & ~((1UL << 20) - 1);

    /// <summary>Bytes of the largest buffer: what memory it could be bound to, and at least what Vulkan demands.</summary>
    public ulong MaxBufferBytes => Math.Max(HeapBytes, 1UL << 30);

    /// <summary>Whether this CPU can run kernels at all; if not, no device is enumerated.</summary>
    public static bool IsSupported => CpuFeatures.Current.Has(CpuFeature.Lanes8);
}
