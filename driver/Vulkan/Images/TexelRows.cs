using ShaderJit.Sandbox;

namespace ShaderJit.Vulkan.Images;

/// <summary>Moves texels from row to row.</summary>
internal static class TexelRows
{
    /// <summary>Copies <paramref name="count"/> texels, of which <paramref name="bytes"/> bytes each.</summary>
    /// <param name="source">Region offset of the first byte.</param>
    /// <param name="sourceStride">Bytes from a texel to the next.</param>
    /// <param name="target">Region offset of the first byte.</param>
    /// <param name="targetStride">Bytes from a texel to the next.</param>
    public static void Copy(Region region, ulong source, int sourceStride, ulong target, int targetStride, int bytes, int count)
    {
        Copy(region.Span(source, ((count - 1) * sourceStride) + bytes), sourceStride,
            region.Span(target, ((count - 1) * targetStride) + bytes), targetStride, bytes, count);
    }

    /// <summary>The same where one side is not in the region.</summary>
    public static void Copy(ReadOnlySpan<byte> from, int sourceStride, Span<byte> to, int targetStride, int bytes, int count)
    {
        if (sourceStride == bytes && targetStride == bytes)
        {
            from.CopyTo(to);
            return;
        }

        for (int i = 0; i < count; i++)
            from.Slice(i * sourceStride, bytes).CopyTo(to.Slice(i * targetStride, bytes));
    }

    /// <summary>Writes the same bytes to <paramref name="count"/> texels.</summary>
    public static void Fill(Region region, ulong target, int stride, ReadOnlySpan<byte> value, int count)
    {
        var to = region.Span(target, ((count - 1) * stride) + value.Length);
        if (stride != value.Length)
        {
            for (int i = 0; i < count; i++)
                value.CopyTo(to[(i * stride)..]);
            return;
        }

        // The filled part doubles.
        value.CopyTo(to);
        for (int filled = value.Length; filled < to.Length; filled *= 2)
            to[..Math.Min(filled, to.Length - filled)].CopyTo(to[filled..]);
    }
}
