using System.Globalization;
using ShaderJit.Compiler;

namespace ShaderJit.Vulkan;

/// <summary>What the environment sets; read once, documented in README.</summary>
internal static class Settings
{
    /// <summary><c>SHADERJIT_OOB=trap</c>: the first out-of-bounds access ends the dispatch.</summary>
    public static OutOfBoundsMode OutOfBounds { get; } =
        Environment.GetEnvironmentVariable("SHADERJIT_OOB") == "trap" ? OutOfBoundsMode.Trap : OutOfBoundsMode.Guarded;

    /// <summary><c>SHADERJIT_TIMEOUT_MS</c>: how long one dispatch may take, in milliseconds; 0 for no limit.</summary>
    public static int DispatchLimitMilliseconds { get; } = Number("SHADERJIT_TIMEOUT_MS", 10_000, 0, int.MaxValue);

    /// <summary><c>SHADERJIT_THREADS</c>: workers of a device, the queue's thread included.</summary>
    public static int Threads { get; } = Number("SHADERJIT_THREADS", Environment.ProcessorCount, 1, 256);

    /// <summary><c>SHADERJIT_LANES</c>: 8 for the AVX2 back end on a machine with AVX-512; 0 for the widest.</summary>
    public static int Lanes { get; } = Number("SHADERJIT_LANES", 0, 0, 16);

    /// <summary><c>SHADERJIT_HEAP_MB</c>: the memory heap's size in MiB; 0 to choose by the machine.</summary>
    public static int HeapMegabytes { get; } = Number("SHADERJIT_HEAP_MB", 0, 0, 1 << 20);

    /// <summary><c>SHADERJIT_GRAPHICS_QUEUE=1</c>: the queue family says that it does graphics, for programs that only compute and
    /// yet look for such a family. Commands for graphics are not there all the same.</summary>
    public static bool GraphicsQueue { get; } = Environment.GetEnvironmentVariable("SHADERJIT_GRAPHICS_QUEUE") == "1";

    /// <summary><c>SHADERJIT_HOST_MEMORY=0</c>: VK_EXT_external_memory_host is not there, for programs that cannot do with what it costs other
    /// threads; docs/vulkan.md says which.</summary>
    public static bool HostMemory { get; } = Environment.GetEnvironmentVariable("SHADERJIT_HOST_MEMORY") != "0";

    private static int Number(string variable, int missing, int least, int most) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture,
            out int value)
            ? Math.Clamp(value, least, most)
            : missing;
}
