using System.Buffers.Binary;
using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Who the driver says it is.</summary>
internal static class DeviceIdentity
{
    /// <summary>Vulkan 1.3, with the header version that the bindings were made from.</summary>
    public const uint ApiVersion = (1u << 22) | (3u << 12) | 239;

    public static readonly uint DriverVersion = Vk.MakeVersion(0, 1);

    /// <summary>No PCI vendor: VK_VENDOR_ID_MESA's neighbours are taken, so this is a number of our own.</summary>
    public const uint VendorId = 0x5348_4A54;

    /// <summary>Also tells the back ends apart, by lanes.</summary>
    public const uint DeviceId = 1;

    public const string DriverName = "ShaderJit";

    /// <summary>The runtime that the driver runs on.</summary>
    public static string DriverInfo => $".NET {Environment.Version}";

    /// <summary>No number is registered for this driver, and 0 is none. Programs that look at it want to know what to expect:
    /// a driver that runs on the CPU, as llvmpipe does. The name beside it says who this is.</summary>
    public const DriverId DriverId = Bindings.DriverId.MesaLlvmpipe;

    public static string DeviceName(PhysicalDeviceObject device) =>
        $"ShaderJit ({CpuFeatures.Current.Name}, {device.LaneCount} lanes)";

    /// <summary>Changes with the compiler's build, the kernel ABI and the target.</summary>
    public static void WriteCacheUuid(Span<byte> uuid, PhysicalDeviceObject device)
    {
        typeof(ShaderCompiler).Module.ModuleVersionId.TryWriteBytes(uuid);
        uuid[0] ^= (byte)KernelAbi.Version;
        uuid[1] ^= (byte)device.LaneCount;
        uuid[2] ^= (byte)device.RegionBits;
    }

    /// <summary>The same for every process on this machine that uses this driver.</summary>
    public static void WriteDeviceUuid(Span<byte> uuid)
    {
        uuid.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(uuid, VendorId);
        BinaryPrimitives.WriteUInt32BigEndian(uuid[4..], DeviceId);
    }

    /// <summary>Copies text into a fixed array, cut to fit and terminated.</summary>
    public static void WriteText(Span<byte> target, string text)
    {
        target.Clear();
        Encoding.UTF8.GetEncoder().Convert(text, target[..^1], flush: true, out _, out _, out _);
    }
}
