using System.Runtime.Intrinsics;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Formats;
using ShaderJit.Vulkan.Images;

namespace ShaderJit.Vulkan.Recording;

/// <summary>vkCmdResolveImage, one region: the mean of the samples; sample 0 of integers.</summary>
internal sealed class ResolveImageCommand(ImageBox source, ImageBox target) : Command
{
    public override void Run(Executor executor)
    {
        if (!source.Image.IsResident || !target.Image.IsResident)
            return;
        var region = executor.Device.Region;
        var format = source.Image.Format;
        int bytes = format.BlockBytes, samples = source.Image.Texels.Samples;
        for (int p = 0; p < source.Planes; p++)
        {
            for (int y = 0; y < source.Height; y++)
            {
                if (format.IsInteger || !format.IsColor)
                {
                    TexelRows.Copy(region, source.RowAt(p, y), bytes, target.RowAt(p, y), bytes, bytes, source.Width);
                    continue;
                }

                var to = region.Span(target.RowAt(p, y), source.Width * bytes);
                for (int x = 0; x < source.Width; x++)
                {
                    var sum = Vector128<float>.Zero;
                    for (int sample = 0; sample < samples; sample++)
                        sum += TexelCodec.ReadFloat(format, region.Span(source.RowAt(p, y, sample) + (ulong)(x * bytes), bytes));
                    TexelCodec.WriteFloat(format, to.Slice(x * bytes, bytes), sum / Vector128.Create((float)samples));
                }
            }
        }
    }
}
