using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Images;

/// <summary>The bytes of a texel that belong to one aspect, as transfers move them.</summary>
/// <param name="Offset">Bytes from the texel's start.</param>
/// <param name="Bytes">Bytes of the aspect in an image's texel.</param>
/// <param name="BufferBytes">Bytes of the aspect in a buffer's texel, of which the last may be unused (24-bit depth).</param>
internal readonly record struct AspectPlane(int Offset, int Bytes, int BufferBytes)
{
    /// <summary>The aspects of multi-planar images.</summary>
    public const ImageAspectFlags OfPlanes = ImageAspectFlags.Plane0Bit | ImageAspectFlags.Plane1Bit | ImageAspectFlags.Plane2Bit;

    /// <summary>The plane of one aspect; all of the texel where the format has no other.</summary>
    /// <param name="format">Of the image; of the plane, where the aspect is a plane of a multi-planar image.</param>
    /// <exception cref="VulkanException">The format has no such aspect, or more than one is asked for.</exception>
    public static AspectPlane Of(FormatInfo format, ImageAspectFlags aspect)
    {
        if ((aspect & OfPlanes) != 0)
            return new AspectPlane(0, format.BlockBytes, format.BlockBytes);
        if (aspect == 0 || (aspect & ~format.Aspects) != 0 || (aspect & (aspect - 1)) != 0)
            throw new VulkanException(Result.ErrorUnknown, $"VUID-VkBufferImageCopy-aspectMask-09103: {aspect} is no single aspect of {format.Format}");
        if (!format.HasDepth || !format.HasStencil)
            return new AspectPlane(0, format.BlockBytes, format.BlockBytes);
        if (aspect == ImageAspectFlags.StencilBit)
            return new AspectPlane(format.Stencil.Shift / 8, 1, 1);
        int bytes = format.R.Bits / 8;
        return new AspectPlane(0, bytes, bytes == 3 ? 4 : bytes);
    }
}
