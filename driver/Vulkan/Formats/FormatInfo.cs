using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Formats;

/// <summary>Where a component stands in its texel, whose bytes are read as one little-endian number.</summary>
/// <param name="Shift">Its lowest bit.</param>
/// <param name="Bits">Its width; 0 where the format does not have it.</param>
internal readonly record struct ComponentBits(byte Shift, byte Bits);

/// <summary>One format: a row of <see cref="FormatTable"/>.</summary>
internal sealed class FormatInfo
{
    public required Format Format { get; init; }

    /// <summary>Of the colour or depth components, as they are stored; for a compressed format, as they are decoded.</summary>
    public required NumericKind Kind { get; init; }

    /// <summary>Bytes of a texel, or of a block; of the first plane, where there are several.</summary>
    public required int BlockBytes { get; init; }

    /// <summary>Texels of a block; 1 unless compressed, or unless two texels share their chroma.</summary>
    public int BlockWidth { get; init; } = 1;

    public int BlockHeight { get; init; } = 1;

    /// <summary>R, or depth.</summary>
    public ComponentBits R { get; init; }
    public ComponentBits G { get; init; }
    public ComponentBits B { get; init; }
    public ComponentBits A { get; init; }
    public ComponentBits Stencil { get; init; }

    public required ImageAspectFlags Aspects { get; init; }

    /// <summary>What a compressed format is decoded to for kernels; <see cref="Format.Undefined"/> for others.</summary>
    public Format Decoded { get; init; }

    /// <summary>Whether what a compressed format is decoded to has an alpha that the format itself lacks.</summary>
    public bool IsOpaque => Format is Format.BC1RgbUnormBlock or Format.BC1RgbSrgbBlock or Format.BC6HUfloatBlock or Format.BC6HSfloatBlock;

    /// <summary>Where the components of a Y'CbCr format stand, which shaders sample by a conversion only; null for others.</summary>
    public YcbcrLayout? Ycbcr { get; init; }

    public bool IsCompressed => Decoded != Format.Undefined;

    public bool IsMultiPlanar => Ycbcr is { Planes.Length: > 1 };

    public bool IsColor => (Aspects & ImageAspectFlags.ColorBit) != 0;

    public bool IsInteger => Kind is NumericKind.UInt or NumericKind.SInt;

    public bool HasStencil => (Aspects & ImageAspectFlags.StencilBit) != 0;

    public bool HasDepth => (Aspects & ImageAspectFlags.DepthBit) != 0;

    /// <summary>The components in order R, G, B, A.</summary>
    public ComponentBits Component(int index) => index switch
    {
        0 => R,
        1 => G,
        2 => B,
        _ => A,
    };
}
