using System.Runtime.Intrinsics;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Recording;

/// <summary>How one axis of a blit's target maps to its source ("Image copies with scaling").</summary>
/// <param name="SourceStart">Texels.</param>
/// <param name="SourceEnd">Texels; before the start where the blit mirrors.</param>
/// <param name="SourceSize">Texels of the whole level: coordinates are clamped to it.</param>
/// <param name="TargetStart">Texels; the lower one, after mirroring was given to the source.</param>
/// <param name="TargetEnd">Texels.</param>
internal readonly record struct BlitAxis(int SourceStart, int SourceEnd, int SourceSize, int TargetStart, int TargetEnd)
{
    /// <summary>An axis as an application gives it, where either side may run backwards.</summary>
    /// <exception cref="VulkanException">One side is outside of its level, or the target's is empty.</exception>
    public static BlitAxis Of(int s0, int s1, int sourceSize, int t0, int t1, int targetSize)
    {
        if (Math.Min(s0, s1) < 0 || Math.Max(s0, s1) > sourceSize || Math.Min(t0, t1) < 0 || Math.Max(t0, t1) > targetSize)
        {
            throw new VulkanException(Result.ErrorUnknown,
                $"VUID-vkCmdBlitImage-srcOffset-00243: {s0}..{s1} of {sourceSize} texels to {t0}..{t1} of {targetSize}");
        }

        return t0 <= t1 ? new BlitAxis(s0, s1, sourceSize, t0, t1) : new BlitAxis(s1, s0, sourceSize, t1, t0);
    }

    public int Count => TargetEnd - TargetStart;

    /// <summary>The source coordinate of the middle of a target texel, in texels.</summary>
    public float At(int target) => (float)((((target - TargetStart) + 0.5) * (SourceEnd - SourceStart) / Count) + SourceStart);

    public int Nearest(int target) => Math.Clamp((int)MathF.Floor(At(target)), 0, SourceSize - 1);

    /// <summary>The two texels next to the coordinate, and the second one's weight.</summary>
    public (int First, int Second, float Weight) Linear(int target)
    {
        float at = At(target) - 0.5f, floor = MathF.Floor(at);
        int first = (int)floor;
        return (Math.Clamp(first, 0, SourceSize - 1), Math.Clamp(first + 1, 0, SourceSize - 1), at - floor);
    }
}

/// <summary>vkCmdBlitImage, one region. The boxes are whole levels of the layers concerned; the axes say which part.</summary>
/// <param name="plane">Of the aspect that is copied as it is; null to convert colours.</param>
internal sealed class BlitImageCommand(ImageBox source, ImageBox target, BlitAxis x, BlitAxis y, BlitAxis z, bool isLinear,
    AspectPlane? plane) : Command
{
    public override void Run(Executor executor)
    {
        if (!source.Image.IsResident || !target.Image.IsResident)
            return;
        var region = executor.Device.Region;

        // Layers are blitted one by one; slices are an axis.
        bool sourceIs3D = source.Image.Type == ImageType.Type3D, targetIs3D = target.Image.Type == ImageType.Type3D;
        int layers = sourceIs3D || targetIs3D ? 1 : target.Planes;
        for (int layer = 0; layer < layers; layer++)
        {
            for (int dz = z.TargetStart; dz < z.TargetEnd; dz++)
            {
                var slices = isLinear && sourceIs3D ? z.Linear(dz) : (z.Nearest(dz), z.Nearest(dz), 0);
                if (!sourceIs3D)
                    slices = (layer, layer, 0);
                int targetPlane = targetIs3D ? dz : layer;
                for (int dy = y.TargetStart; dy < y.TargetEnd; dy++)
                {
                    if (plane is { } raw)
                        CopyRow(region, raw, slices.Item1, targetPlane, dy);
                    else if (isLinear)
                        FilterRow(region, slices, targetPlane, dy);
                    else
                        ConvertRow(region, slices.Item1, targetPlane, dy);
                }
            }
        }
    }

    private void CopyRow(Region region, AspectPlane raw, int sourcePlane, int targetPlane, int dy)
    {
        ulong from = source.RowAt(sourcePlane, y.Nearest(dy)) + (ulong)raw.Offset;
        ulong to = target.RowAt(targetPlane, dy) + (ulong)raw.Offset;
        int stride = source.Image.Format.BlockBytes;
        for (int dx = x.TargetStart; dx < x.TargetEnd; dx++)
            TexelRows.Copy(region, from + (ulong)(x.Nearest(dx) * stride), stride, to + (ulong)(dx * stride), stride, raw.Bytes, 1);
    }

    private void ConvertRow(Region region, int sourcePlane, int targetPlane, int dy)
    {
        var from = Texels(region, source, sourcePlane, y.Nearest(dy));
        var to = Texels(region, target, targetPlane, dy);
        var (sourceFormat, targetFormat) = (ReadFormat(source), target.Image.Format);
        for (int dx = x.TargetStart; dx < x.TargetEnd; dx++)
        {
            var texel = from.Slice(x.Nearest(dx) * sourceFormat.BlockBytes, sourceFormat.BlockBytes);
            var place = to.Slice(dx * targetFormat.BlockBytes, targetFormat.BlockBytes);
            if (targetFormat.IsInteger)
                TexelCodec.WriteInteger(targetFormat, place, TexelCodec.ReadInteger(sourceFormat, texel));
            else
                TexelCodec.WriteFloat(targetFormat, place, TexelCodec.ReadFloat(sourceFormat, texel));
        }
    }

    private void FilterRow(Region region, (int First, int Second, float Weight) slices, int targetPlane, int dy)
    {
        var rows = y.Linear(dy);
        var (sourceFormat, targetFormat) = (ReadFormat(source), target.Image.Format);
        var to = Texels(region, target, targetPlane, dy);
        var near00 = Texels(region, source, slices.First, rows.First);
        var near01 = Texels(region, source, slices.First, rows.Second);
        var near10 = Texels(region, source, slices.Second, rows.First);
        var near11 = Texels(region, source, slices.Second, rows.Second);
        for (int dx = x.TargetStart; dx < x.TargetEnd; dx++)
        {
            var columns = x.Linear(dx);
            var value = Mix(Along(sourceFormat, near00, columns), Along(sourceFormat, near01, columns), rows.Weight);
            if (slices.Weight > 0)
            {
                var other = Mix(Along(sourceFormat, near10, columns), Along(sourceFormat, near11, columns), rows.Weight);
                value = Mix(value, other, slices.Weight);
            }

            TexelCodec.WriteFloat(targetFormat, to.Slice(dx * targetFormat.BlockBytes, targetFormat.BlockBytes), value);
        }
    }

    private static Vector128<float> Along(FormatInfo format, ReadOnlySpan<byte> row, (int First, int Second, float Weight) columns)
    {
        int bytes = format.BlockBytes;
        return Mix(TexelCodec.ReadFloat(format, row.Slice(columns.First * bytes, bytes)),
            TexelCodec.ReadFloat(format, row.Slice(columns.Second * bytes, bytes)), columns.Weight);
    }

    /// <summary>The second only where it has weight: an infinity there must not become a NaN.</summary>
    private static Vector128<float> Mix(Vector128<float> a, Vector128<float> b, float weight) =>
        weight == 0 ? a : (a * Vector128.Create(1 - weight)) + (b * Vector128.Create(weight));

    /// <summary>What a source's texels are read as: decoded where they are compressed.</summary>
    private static FormatInfo ReadFormat(in ImageBox box) => box.Image.Decoded?.Format ?? box.Image.Format;

    private static Span<byte> Texels(Region region, in ImageBox box, int plane, int row)
    {
        ref readonly var mip = ref box.Mip;
        return box.Image.Decoded is null
            ? region.Span(box.RowAt(plane, row), mip.Width * box.Image.Format.BlockBytes)
            : BlockDecoding.Row(region, box, plane, row);
    }
}
