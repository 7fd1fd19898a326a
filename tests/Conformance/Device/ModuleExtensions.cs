using System.Runtime.InteropServices;
using System.Text;

namespace ShaderJit.Conformance.Device;

/// <summary>Which device extensions a module's OpExtension instructions ask for.</summary>
internal static class ModuleExtensions
{
    private const int HeaderWords = 5;
    private const uint OpExtension = 10;
    private const uint OpMemoryModel = 14;

    /// <summary>Of the SPIR-V extensions without a place in Vulkan's core.</summary>
    private static readonly Dictionary<string, string> DeviceExtensions = new(StringComparer.Ordinal)
    {
        ["SPV_KHR_subgroup_uniform_control_flow"] = "VK_KHR_shader_subgroup_uniform_control_flow",
        ["SPV_KHR_maximal_reconvergence"] = "VK_KHR_shader_maximal_reconvergence",
        ["SPV_KHR_expect_assume"] = "VK_KHR_shader_expect_assume",
        ["SPV_KHR_shader_clock"] = "VK_KHR_shader_clock",
        ["SPV_KHR_subgroup_rotate"] = "VK_KHR_shader_subgroup_rotate",
        ["SPV_KHR_workgroup_memory_explicit_layout"] = "VK_KHR_workgroup_memory_explicit_layout",
        ["SPV_EXT_shader_atomic_float_add"] = "VK_EXT_shader_atomic_float",
        ["SPV_EXT_shader_atomic_float16_add"] = "VK_EXT_shader_atomic_float2",
        ["SPV_EXT_shader_atomic_float_min_max"] = "VK_EXT_shader_atomic_float2",
        ["SPV_EXT_shader_image_int64"] = "VK_EXT_shader_image_atomic_int64",
    };

    public static IEnumerable<string> Of(uint[] words)
    {
        for (int at = HeaderWords; at < words.Length;)
        {
            uint opcode = words[at] & 0xFFFF;
            int length = (int)(words[at] >> 16);
            if (opcode == OpMemoryModel || length == 0 || at + length > words.Length)
                yield break;
            if (opcode == OpExtension && DeviceExtensions.TryGetValue(Text(words, at + 1, length - 1), out string? extension))
                yield return extension;
            at += length;
        }
    }

    private static string Text(uint[] words, int start, int count)
    {
        var bytes = MemoryMarshal.AsBytes(words.AsSpan(start, count));
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
