using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Making images.</summary>
internal sealed unsafe partial class TestDevice
{
    public HostImage Image(in ImageCreateInfo info)
    {
        var image = new HostImage(Vulkan, info);
        Later(image.Dispose);
        Run(image.Prepare);
        return image;
    }

    public HostImage Image(Format format, uint width, uint height, ImageUsageFlags usage = 0) =>
        Image(HostImage.Describe(format, width, height, usage));

    public HostImage Image3D(Format format, uint width, uint height, uint depth, uint levels = 1) => Image(
        HostImage.Describe(format, width, height, 0) with
        {
            ImageType = ImageType.Type3D, Extent = new Extent3D { Width = width, Height = height, Depth = depth }, MipLevels = levels,
        });

    public HostImage Layers(Format format, uint width, uint height, uint layers, uint levels = 1) =>
        Image(HostImage.Describe(format, width, height, 0) with { ArrayLayers = layers, MipLevels = levels });

    /// <summary>A view of a whole buffer as texels.</summary>
    public BufferView Texels(HostBuffer buffer, Format format)
    {
        var info = new BufferViewCreateInfo { Buffer = buffer.Handle, Format = format, Range = Vk.WholeSize };
        Check(Vk.CreateBufferView(Device, in info, null, out var view));
        Later(() => Vk.DestroyBufferView(Device, view, null));
        return view;
    }

    /// <summary>Writes one level of all layers.</summary>
    public void Upload(HostImage image, ReadOnlySpan<byte> texels, uint level = 0, ImageAspectFlags aspect = 0)
    {
        using var buffer = new HostBuffer(Vulkan, texels.Length);
        texels.CopyTo(buffer.Bytes);
        Run(c => image.CopyFrom(c, buffer, level, aspect));
    }

    /// <summary>Reads one level of all layers.</summary>
    public byte[] Download(HostImage image, int bytes, uint level = 0, ImageAspectFlags aspect = 0)
    {
        using var buffer = new HostBuffer(Vulkan, bytes);
        Run(c => image.CopyTo(c, buffer, level, aspect));
        return buffer.Bytes.ToArray();
    }

    public static ImageSubresourceLayers Color(uint level = 0, uint layer = 0, uint layers = 1) => new()
    {
        AspectMask = ImageAspectFlags.ColorBit, MipLevel = level, BaseArrayLayer = layer, LayerCount = layers,
    };

    public static ClearColorValue Floats(float r, float g, float b, float a)
    {
        var color = new ClearColorValue();
        (color.Float32[0], color.Float32[1], color.Float32[2], color.Float32[3]) = (r, g, b, a);
        return color;
    }

    public static ClearColorValue Integers(int r, int g, int b, int a)
    {
        var color = new ClearColorValue();
        (color.Int32[0], color.Int32[1], color.Int32[2], color.Int32[3]) = (r, g, b, a);
        return color;
    }

    /// <summary>Bytes that differ from place to place.</summary>
    public static byte[] Noise(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
