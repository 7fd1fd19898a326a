namespace ShaderJit.Vulkan.Formats;

/// <summary>What the bits of a component mean ("Numeric type" of the specification's format chapter).</summary>
internal enum NumericKind : byte
{
    UNorm,
    SNorm,
    UInt,
    SInt,

    /// <summary>IEEE 754: 16, 32 or 64 bits.</summary>
    SFloat,

    /// <summary>Without a sign, five bits of exponent: 10 or 11 bits.</summary>
    UFloat,

    /// <summary>Three mantissas of nine bits that share five bits of exponent.</summary>
    SharedExponent,

    /// <summary>UNorm whose red, green and blue are not linear.</summary>
    Srgb,
}
