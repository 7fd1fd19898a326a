using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>
/// The formats that a module declares for its storage images. A view must have the declared format
/// (VUID-RuntimeSpirv-OpTypeImage-06028 and its kin), and compiled code relies on it; but clients bind others, and other
/// drivers go by the view. So a dispatch that finds another format runs code that goes by the views too, compiled when it is
/// first needed.
/// </summary>
internal static class DeclaredFormats
{
    private const uint Magic = 0x07230203;
    private const int TypeImage = 25, TypeImageWords = 9, FormatWord = 8;

    // By SPIR-V's Image Format.
    private static readonly Format[] OfSpirv =
    [
        Format.Undefined, Format.R32G32B32A32Sfloat, Format.R16G16B16A16Sfloat, Format.R32Sfloat, Format.R8G8B8A8Unorm,
        Format.R8G8B8A8Snorm, Format.R32G32Sfloat, Format.R16G16Sfloat, Format.B10G11R11UfloatPack32, Format.R16Sfloat,
        Format.R16G16B16A16Unorm, Format.A2B10G10R10UnormPack32, Format.R16G16Unorm, Format.R8G8Unorm, Format.R16Unorm,
        Format.R8Unorm, Format.R16G16B16A16Snorm, Format.R16G16Snorm, Format.R8G8Snorm, Format.R16Snorm, Format.R8Snorm,
        Format.R32G32B32A32Sint, Format.R16G16B16A16Sint, Format.R8G8B8A8Sint, Format.R32Sint, Format.R32G32Sint,
        Format.R16G16Sint, Format.R8G8Sint, Format.R16Sint, Format.R8Sint, Format.R32G32B32A32Uint, Format.R16G16B16A16Uint,
        Format.R8G8B8A8Uint, Format.R32Uint, Format.A2B10G10R10UintPack32, Format.R32G32Uint, Format.R16G16Uint,
        Format.R8G8Uint, Format.R16Uint, Format.R8Uint, Format.R64Uint, Format.R64Sint,
    ];

    /// <summary>The declared formats, each once; null where the module declares none.</summary>
    /// <param name="words">A valid module.</param>
    public static List<Format>? Of(ReadOnlySpan<uint> words)
    {
        List<Format>? formats = null;
        if (words.Length < 5 || words[0] != Magic)
            return null;
        for (int at = 5; at < words.Length;)
        {
            int length = (int)(words[at] >> 16);
            if (length == 0 || at + length > words.Length)
                break;
            if ((words[at] & 0xFFFF) == TypeImage && length >= TypeImageWords && words[at + FormatWord] is > 0 and var declared
                && declared < OfSpirv.Length && formats?.Contains(OfSpirv[declared]) is not true)
            {
                (formats ??= []).Add(OfSpirv[declared]);
            }

            at += length;
        }

        return formats;
    }

    /// <summary>Whether every storage image that a dispatch has bound is of a declared format. With several declared formats
    /// it is not asked which of them is whose.</summary>
    public static bool Hold(List<Format> formats, BoundState state)
    {
        var layouts = state.Pipeline.Layout.SetLayouts;
        for (int s = 0; s < layouts.Length; s++)
        {
            if (layouts[s] is null || state.Sets[s] is not { IsFreed: false } set)
                continue;
            foreach (ref readonly var binding in set.Layout.Bindings.AsSpan())
            {
                if (binding.Type is not (DescriptorType.StorageImage or DescriptorType.MutableExt))
                    continue;
                int end = Math.Min(binding.FirstElement + (int)binding.Count, set.ElementCount);
                for (int e = binding.FirstElement; e < end; e++)
                {
                    if (set[e].Resource is ImageViewObject view && binding.IsStorageImage(set[e]) && !formats.Contains(view.Format.Format))
                        return false;
                }
            }
        }

        return true;
    }
}
