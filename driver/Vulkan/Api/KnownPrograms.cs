using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>Programs that go wrong by a mistake of their own with something that the driver has, and do well without it.</summary>
internal static class KnownPrograms
{
    /// <summary>
    /// FFmpeg before 6.1 (libavutil before 58.29) submits the copy of a frame that it has imported by its address, and lets go of the frame
    /// without waiting; what it has freed is written over before the copy runs, on every driver. Where it cannot import, it copies first.
    /// </summary>
    /// <param name="info">What the program says of itself; null where it says nothing.</param>
    public static unsafe bool FreesImportedMemoryEarly(ApplicationInfo* info) =>
        info != null && info->PEngineName != null && info->EngineVersion < ((58u << 22) | (29u << 12))
        && MemoryMarshal.CreateReadOnlySpanFromNullTerminated(info->PEngineName).SequenceEqual("libavutil"u8);
}
