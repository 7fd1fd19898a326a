using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Images;

/// <summary>
/// The places of an image's texels: layers, in each of them samples, in each of them mip levels, in each of them slices and
/// rows. The same for both tilings, so that an optimal image can be mapped like a linear one.
/// </summary>
/// <remarks>The address of a block is LayerPitch · layer + SamplePitch · sample + level's Offset + SlicePitch · z +
/// RowPitch · y + block bytes · x.</remarks>
internal sealed class ImagePlacement
{
    /// <summary>Images end below this size, so that kernels address their texels with signed 32-bit offsets.</summary>
    public const ulong MaxBytes = int.MaxValue - (1 << 20) + 1;

    /// <summary>Alignment of rows that are as long, in bytes: whole vectors then lie in one cache line.</summary>
    private const ulong RowAlignment = 64;

    /// <summary>Rows whose pitch is a multiple of this would lie in the same few sets of the caches, and what is stored to one
    /// would seem to be what is loaded from the next; some bytes more keep them apart.</summary>
    private const ulong CrowdedPitch = 1024, ApartBytes = 128;

    private readonly MipLayout[] _levels;

    /// <param name="extent">Texels of level 0, each at least 1.</param>
    /// <exception cref="VulkanException">The image is too large.</exception>
    public ImagePlacement(FormatInfo format, Extent3D extent, int levels, int layers, int samples)
    {
        Format = format;
        _levels = new MipLayout[levels];
        ulong offset = 0;
        for (int i = 0; i < levels; i++)
        {
            int width = (int)Math.Max(extent.Width >> i, 1), height = (int)Math.Max(extent.Height >> i, 1);
            int depth = (int)Math.Max(extent.Depth >> i, 1);
            ulong row = (ulong)BlocksOf(width, format.BlockWidth) * (ulong)format.BlockBytes;
            ulong alignment = row >= RowAlignment ? RowAlignment : 4;
            row = (row + alignment - 1) & ~(alignment - 1);
            if (row % CrowdedPitch == 0 && height > 1)
                row += ApartBytes;
            ulong slice = row * (ulong)BlocksOf(height, format.BlockHeight);
            _levels[i] = new MipLayout(offset, row, slice, width, height, depth);
            offset += (_levels[i].Bytes + RowAlignment - 1) & ~(RowAlignment - 1);
        }

        SamplePitch = offset;
        LayerPitch = offset * (ulong)samples;
        Bytes = (LayerPitch * (ulong)layers) + (format.BlockBytes == 12 ? 4u : 0);
        Layers = layers;
        Samples = samples;
        if (Bytes > MaxBytes)
        {
            throw new VulkanException(Result.ErrorOutOfDeviceMemory,
                $"an image of {Bytes} bytes is too large: {MaxBytes} are the most");
        }
    }

    public FormatInfo Format { get; }

    public ReadOnlySpan<MipLayout> Levels => _levels;

    public int Layers { get; }

    public int Samples { get; }

    /// <summary>Bytes from one layer to the next.</summary>
    public ulong LayerPitch { get; }

    /// <summary>Bytes from one sample of a layer to the next.</summary>
    public ulong SamplePitch { get; }

    /// <summary>Bytes in all. Kernels read texels of 12 bytes as 16, so the last one has 4 behind it.</summary>
    public ulong Bytes { get; }

    /// <summary>Blocks that cover so many texels.</summary>
    public static int BlocksOf(int texels, int blockSize) => (texels + blockSize - 1) / blockSize;
}
