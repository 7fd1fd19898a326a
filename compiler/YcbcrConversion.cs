using ShaderJit.Abi;

namespace ShaderJit.Compiler;

/// <summary>VkSamplerYcbcrModelConversion; the numbers are Vulkan's.</summary>
public enum YcbcrModel { RgbIdentity = 0, YcbcrIdentity = 1, Ycbcr709 = 2, Ycbcr601 = 3, Ycbcr2020 = 4 }

/// <summary>Where a component of a format stands whose components do not lie side by side.</summary>
/// <param name="Plane">Plane of the image: 0 to 2.</param>
/// <param name="Stride">Bytes from one texel's component to the next one's in its row.</param>
/// <param name="Offset">Bytes from the row's start to what is loaded for the first texel; a multiple of <paramref name="Bytes"/>.</param>
/// <param name="Bytes">Bytes that are loaded for it: 1, 2 or 4.</param>
/// <param name="Shift">Its lowest bit in them.</param>
/// <param name="Bits">Its width.</param>
public readonly record struct YcbcrComponent(int Plane, int Stride, int Offset, int Bytes, int Shift, int Bits);

/// <summary>What a kernel is compiled for of a format and a VkSamplerYcbcrConversion ("Sampler Y'CbCr Conversion"). G is luma, B
/// and R are chroma; there is no alpha.</summary>
public sealed record YcbcrConversion
{
    public YcbcrComponent R { get; init; }

    public YcbcrComponent G { get; init; }

    public YcbcrComponent B { get; init; }

    /// <summary>Whether there is one chroma sample for two texels of a row (422 and 420).</summary>
    public bool HalvesWidth { get; init; }

    /// <summary>Whether there is one row of chroma for two rows (420).</summary>
    public bool HalvesHeight { get; init; }

    public YcbcrModel Model { get; init; }

    /// <summary>Whether numbers are of ITU's narrow range; else of the full one.</summary>
    public bool IsNarrow { get; init; }

    /// <summary>Whether chroma samples lie on the even texels of a row; else between two.</summary>
    public bool IsCositedX { get; init; }

    /// <summary>Whether chroma samples lie on even rows; else between two.</summary>
    public bool IsCositedY { get; init; }

    /// <summary>The filter of chroma: linear, else nearest.</summary>
    public bool ChromaLinear { get; init; }

    /// <summary>Whether chroma is made for each texel before texels are filtered; else it is filtered by itself.</summary>
    public bool IsExplicit { get; init; }

    /// <summary>What stands for R, G, B and A before the model is converted.</summary>
    public TexelSwizzle SwizzleR { get; init; } = TexelSwizzle.R;

    public TexelSwizzle SwizzleG { get; init; } = TexelSwizzle.G;

    public TexelSwizzle SwizzleB { get; init; } = TexelSwizzle.B;

    public TexelSwizzle SwizzleA { get; init; } = TexelSwizzle.A;
}

/// <summary>An immutable sampler with a conversion.</summary>
/// <param name="Set">Descriptor set.</param>
/// <param name="Element">Index in the binding's array.</param>
/// <param name="MagLinear">The sampler's filters: linear, else nearest.</param>
public sealed record KnownConversion(int Set, uint Binding, uint Element, bool MagLinear, bool MinLinear, YcbcrConversion Conversion);
