using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Recording;

/// <summary>vkCmdClearColorImage or vkCmdClearDepthStencilImage, one level of a range and one aspect.</summary>
/// <param name="value">The bytes of the plane in each texel.</param>
internal sealed class ClearImageCommand(ImageBox box, AspectPlane plane, byte[] value) : Command
{
    public override void Run(Executor executor)
    {
        if (!box.Image.IsResident)
            return;
        for (int sample = 0; sample < box.Image.Texels.Samples; sample++)
        {
            for (int p = 0; p < box.Planes; p++)
            {
                for (int y = 0; y < box.Height; y++)
                {
                    TexelRows.Fill(executor.Device.Region, box.RowAt(p, y, sample) + (ulong)plane.Offset,
                        box.Image.Format.BlockBytes, value, box.Width);
                }
            }
        }
    }
}
