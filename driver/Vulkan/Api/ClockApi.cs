using System.Diagnostics;
using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_EXT_calibrated_timestamps. Timestamps are CLOCK_MONOTONIC's nanoseconds, so both domains are one clock.</summary>
internal static unsafe class ClockApi
{
    /// <summary>The time that timestamp queries tell, in nanoseconds.</summary>
    public static ulong Nanoseconds => Stopwatch.Frequency == 1_000_000_000
        ? (ulong)Stopwatch.GetTimestamp()
        : (ulong)(Stopwatch.GetTimestamp() * (Int128)1_000_000_000 / Stopwatch.Frequency);

    [UnmanagedCallersOnly]
    public static Result GetPhysicalDeviceCalibrateableTimeDomainsEXT(PhysicalDevice device, uint* count, TimeDomainEXT* domains) =>
        Entry.Enumerate([TimeDomainEXT.DeviceExt, TimeDomainEXT.ClockMonotonicExt], count, domains);

    [UnmanagedCallersOnly]
    public static Result GetCalibratedTimestampsEXT(Device device, uint count, CalibratedTimestampInfoEXT* infos,
        ulong* timestamps, ulong* maxDeviation)
    {
        ulong now = Nanoseconds;
        for (uint i = 0; i < count; i++)
        {
            bool isKnown = infos[i].TimeDomain is TimeDomainEXT.DeviceExt or TimeDomainEXT.ClockMonotonicExt;
            timestamps[i] = isKnown ? now : 0;
        }

        *maxDeviation = 1;
        return Result.Success;
    }
}
