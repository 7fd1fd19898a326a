using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Images;

/// <summary>
/// Compressed blocks that kernels store, through views of their bits (VK_IMAGE_CREATE_BLOCK_TEXEL_VIEW_COMPATIBLE_BIT): behind a
/// dispatch all are decoded that it could have stored, as transfers do with those that they write.
/// </summary>
internal static class StoredBlocks
{
    /// <summary>Decodes what a dispatch may have stored.</summary>
    public static void Refresh(DeviceObject device, BoundState state)
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
                    if (set[e].Resource is ImageViewObject { Image: { Decoded: not null, IsResident: true } } view && binding.IsStorageImage(set[e]))
                        Refresh(device, view);
                }
            }
        }
    }

    private static void Refresh(DeviceObject device, ImageViewObject view)
    {
        // Slices of 3D images are decoded all at once.
        bool is3D = view.Image.Type == ImageType.Type3D;
        var range = view.Range;
        for (uint level = range.BaseMipLevel; level < range.BaseMipLevel + range.LevelCount; level++)
        {
            BlockDecoding.Refresh(device.Region,
                ImageBox.Whole(view.Image, (int)level, is3D ? 0 : (int)range.BaseArrayLayer, is3D ? 1 : (int)range.LayerCount));
        }
    }
}
