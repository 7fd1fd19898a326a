namespace ShaderJit.Abi;

/// <summary>How the bits of a texel's components stand for numbers. All components of a texel are of one kind.</summary>
public enum TexelKind
{
    /// <summary>Integer bits times <see cref="TexelComponent.Scale"/>, not below -1: unorm, snorm, and depth as unorm.
    /// Up to 24 bits.</summary>
    Normalized = 0,

    /// <summary>Signed or unsigned integers.</summary>
    Integer = 1,

    /// <summary>32-bit floats; depth too.</summary>
    Float32 = 2,

    /// <summary>The bits, shifted left by <see cref="TexelComponent.HalfShift"/>, are a 16-bit float: r16f and its kin, and
    /// the unsigned floats of 11 and 10 bits.</summary>
    Half = 3,

    /// <summary>8-bit sRGB in R, G and B through <see cref="ImageRecord.SrgbTable"/>; A is normalized.</summary>
    Srgb = 4,

    /// <summary>9-bit mantissas in R, G and B, their common exponent in bits 27 to 31.</summary>
    SharedExponent = 5,
}

/// <summary>One component of a texel: a field of one of the texel's dwords.</summary>
/// <remarks>
/// The integer is <c>((dword >> Shift &amp; Mask) ^ Sign) - Sign</c>. Which dword follows from
/// <see cref="ImageRecord.Dwords"/>: with 1 all components are in the first; with 2, R is in the first, B and A in the
/// second, and G in the first if <see cref="ImageRecord.Split"/> is 0, else in the second; with 4, each has its own.
/// A component that the format lacks has mask 0, and the view's swizzle names zero or one in its place.
/// </remarks>
/// <param name="Shift">Lowest bit.</param>
/// <param name="Mask">Ones as wide as the component, at bit 0.</param>
/// <param name="Sign">The sign bit, as in <paramref name="Mask"/>; 0 for unsigned.</param>
/// <param name="Scale">For normalized numbers, what the integer is multiplied with.</param>
/// <param name="HalfShift">For <see cref="TexelKind.Half"/>: 0, 4 (11-bit floats) or 5 (10-bit floats).</param>
public readonly record struct TexelComponent(int Shift, uint Mask, uint Sign, float Scale, int HalfShift)
{
    /// <summary>A component that the format lacks.</summary>
    public static TexelComponent None => default;

    /// <summary>0 to 2^bits - 1 for 0 to 1.</summary>
    public static TexelComponent Unorm(int shift, int bits) => Unsigned(shift, bits) with { Scale = 1f / Ones(bits) };

    /// <summary>-2^(bits-1) + 1 to 2^(bits-1) - 1 for -1 to 1.</summary>
    public static TexelComponent Snorm(int shift, int bits) => Signed(shift, bits) with { Scale = 1f / Ones(bits - 1) };

    /// <summary>An unsigned integer, or the bits of a float.</summary>
    public static TexelComponent Unsigned(int shift, int bits) => new(shift, Ones(bits), 0, 0, 0);

    /// <summary>A signed integer.</summary>
    public static TexelComponent Signed(int shift, int bits) => new(shift, Ones(bits), 1u << (bits - 1), 0, 0);

    /// <summary>A float of 16 bits, or an unsigned one of 11 or 10.</summary>
    public static TexelComponent Half(int shift, int bits) =>
        Unsigned(shift, bits) with { HalfShift = bits switch { 11 => 4, 10 => 5, _ => 0 } };

    private static uint Ones(int bits) => bits >= 32 ? uint.MaxValue : (1u << bits) - 1;
}

/// <summary>What a view gives for a component, by the numbers that records hold.</summary>
public enum TexelSwizzle { Zero = 0, One = 1, R = 2, G = 3, B = 4, A = 5 }

/// <summary>Layouts of texels that compiled code has shorter code for.</summary>
public enum TexelLayout
{
    Other = 0,

    /// <summary>Four 8-bit unorms R, G, B, A by ascending byte, swizzle as it is.</summary>
    Rgba8Unorm = 1,

    /// <summary>Four 32-bit floats.</summary>
    Rgba32Float = 2,

    /// <summary>Four 8-bit unorms B, G, R, A by ascending byte.</summary>
    Bgra8Unorm = 3,
}
