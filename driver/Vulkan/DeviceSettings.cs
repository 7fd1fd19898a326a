using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan;

/// <summary>
/// A struct of our own for VkDeviceCreateInfo's pNext chain: what the environment sets for all devices, for one.
/// </summary>
public unsafe struct DeviceSettings
{
    /// <summary>The value of <see cref="SType"/>; outside the ranges that Khronos gives out.</summary>
    public const StructureType Type = (StructureType)0x534A_0001;

    /// <summary>Settings that change nothing.</summary>
    public DeviceSettings() => SType = Type;

    /// <summary>Must be <see cref="Type"/>.</summary>
    public StructureType SType;

    /// <summary>The next struct of the chain, or null.</summary>
    public void* PNext;

    /// <summary>How long one dispatch may take, in milliseconds; 0 for no limit, <see cref="uint.MaxValue"/> for what
    /// <c>SHADERJIT_TIMEOUT_MS</c> says.</summary>
    public uint DispatchLimitMilliseconds = uint.MaxValue;

    /// <summary>1 ends a dispatch at its first out-of-bounds buffer access; 0 for what <c>SHADERJIT_OOB</c> says.</summary>
    public uint TrapOutOfBounds = 0;

    /// <summary>Lanes of a subgroup: 8 takes the AVX2 back end on a machine with AVX-512; 0 is what the physical device
    /// says (VkPhysicalDeviceSubgroupProperties does not follow).</summary>
    public uint LaneCount = 0;
}
