using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Images;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>Texels in a buffer: blocks one after the other in rows, rows in planes.</summary>
/// <param name="Offset">Bytes to the first block.</param>
/// <param name="RowPitch">Bytes from a row to the next.</param>
/// <param name="PlanePitch">Bytes from a layer or slice to the next.</param>
internal readonly record struct BufferTexels(BufferObject Buffer, ulong Offset, ulong RowPitch, ulong PlanePitch);

/// <summary>vkCmdCopyBufferToImage or vkCmdCopyImageToBuffer, one region.</summary>
internal sealed class CopyBufferImageCommand(BufferTexels buffer, ImageBox box, AspectPlane plane, bool toImage) : Command
{
    public override void Run(Executor executor)
    {
        // Sizes were checked when it was recorded, and do not change; memory may be gone.
        if (!buffer.Buffer.IsResident || !box.Image.IsResident)
            return;
        var region = executor.Device.Region;
        int stride = box.Format.BlockBytes;
        ulong first = buffer.Buffer.RegionOffset + buffer.Offset;
        for (int p = 0; p < box.Planes; p++)
        {
            for (int y = 0; y < box.Height; y++)
            {
                ulong inImage = box.RowAt(p, y) + (ulong)plane.Offset;
                ulong inBuffer = first + (buffer.PlanePitch * (ulong)p) + (buffer.RowPitch * (ulong)y);
                if (toImage)
                    TexelRows.Copy(region, inBuffer, plane.BufferBytes, inImage, stride, plane.Bytes, box.Width);
                else
                    TexelRows.Copy(region, inImage, stride, inBuffer, plane.BufferBytes, plane.Bytes, box.Width);
            }
        }

        if (toImage)
            BlockDecoding.Refresh(region, box);
    }
}

/// <summary>vkCmdCopyImage, one region and one aspect.</summary>
internal sealed class CopyImageCommand(ImageBox source, ImageBox target, AspectPlane plane) : Command
{
    public override void Run(Executor executor)
    {
        if (!source.Image.IsResident || !target.Image.IsResident)
            return;
        var region = executor.Device.Region;
        int sourceStride = source.Format.BlockBytes, targetStride = target.Format.BlockBytes;
        for (int sample = 0; sample < source.Image.Texels.Samples; sample++)
        {
            for (int p = 0; p < source.Planes; p++)
            {
                for (int y = 0; y < source.Height; y++)
                {
                    TexelRows.Copy(region, source.RowAt(p, y, sample) + (ulong)plane.Offset, sourceStride,
                        target.RowAt(p, y, sample) + (ulong)plane.Offset, targetStride, plane.Bytes, source.Width);
                }
            }
        }

        BlockDecoding.Refresh(region, target);
    }
}
