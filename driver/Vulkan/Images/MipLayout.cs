namespace ShaderJit.Vulkan.Images;

/// <summary>Where one mip level lies, seen from its layer's and sample's first byte. A block is a texel unless the format is
/// compressed.</summary>
/// <param name="Offset">Bytes to the level's first block.</param>
/// <param name="RowPitch">Bytes from one row of blocks to the next.</param>
/// <param name="SlicePitch">Bytes from one depth slice to the next.</param>
/// <param name="Width">Texels.</param>
/// <param name="Height">Texels.</param>
/// <param name="Depth">Texels.</param>
internal readonly record struct MipLayout(ulong Offset, ulong RowPitch, ulong SlicePitch, int Width, int Height, int Depth)
{
    /// <summary>Bytes of the level in one layer, for one sample.</summary>
    public ulong Bytes => SlicePitch * (ulong)Depth;
}
