using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Images;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>vkCmdCopyBufferToImage or vkCmdCopyImageToBuffer, one region.</summary>
/// <param name="offset">Bytes from the buffer's start to the first block.</param>
internal sealed class CopyBufferImageCommand(BufferObject buffer, ulong offset, LinearTexels texels, ImageBox box, AspectPlane plane,
    bool toImage) : Command
{
    public override void Run(Executor executor)
    {
        // Sizes were checked when it was recorded, and do not change; memory may be gone.
        if (!buffer.IsResident || !box.Image.IsResident)
            return;
        var region = executor.Device.Region;
        int stride = box.Format.BlockBytes;
        ulong first = buffer.RegionOffset + offset;
        for (int p = 0; p < box.Planes; p++)
        {
            for (int y = 0; y < box.Height; y++)
            {
                ulong inImage = box.RowAt(p, y) + (ulong)plane.Offset;
                ulong inBuffer = first + (texels.PlanePitch * (ulong)p) + (texels.RowPitch * (ulong)y);
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
    public override void Run(Executor executor) => Copy(executor.Device.Region);

    /// <summary>The copy itself, on whatever thread.</summary>
    public void Copy(Region region)
    {
        if (!source.Image.IsResident || !target.Image.IsResident)
            return;
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
