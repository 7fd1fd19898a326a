using System.Buffers.Binary;

namespace ShaderJit.Abi;

/// <summary>How a coordinate outside of the image is brought in; the numbers are Vulkan's.</summary>
public enum TexelAddressing { Repeat = 0, MirroredRepeat = 1, ClampToEdge = 2, ClampToBorder = 3, MirrorClampToEdge = 4 }

/// <summary>How texels are reduced to one; the numbers are Vulkan's.</summary>
public enum TexelReduction { WeightedAverage = 0, Min = 1, Max = 2 }

/// <summary>A sampler as compiled code sees it: <see cref="Size"/> bytes in the region, 64-byte aligned; plain data like
/// <see cref="ImageRecord"/>.</summary>
public sealed record SamplerRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int Size = 128;

    /// <summary>Byte offsets of the fields.</summary>
    public const int MagLinearField = 0, MinLinearField = 4, MipLinearField = 8, AddressUField = 12, AddressVField = 16,
        AddressWField = 20, LodBiasField = 24, MinLodField = 28, MaxLodField = 32, CompareField = 36, UnnormalizedField = 40,
        ReductionField = 44, BorderField = 48, SimpleField = 64, MaxAnisotropyField = 68;

    public bool MagLinear { get; init; }

    public bool MinLinear { get; init; }

    public bool MipLinear { get; init; }

    public TexelAddressing AddressU { get; init; }

    public TexelAddressing AddressV { get; init; }

    public TexelAddressing AddressW { get; init; }

    public float LodBias { get; init; }

    public float MinLod { get; init; }

    public float MaxLod { get; init; }

    /// <summary>The VkCompareOp, 0 (never) to 7 (always); read by instructions with a depth reference only.</summary>
    public uint Compare { get; init; }

    public bool Unnormalized { get; init; }

    /// <summary>Samples that are taken along the longer side of a footprint that is not round; 1 or less for an isotropic
    /// filter. Read by instructions with gradients only.</summary>
    public float MaxAnisotropy { get; init; }

    public TexelReduction Reduction { get; init; }

    /// <summary>The border colour's R, G, B and A: bits of floats or integers, as the sampler was made for.</summary>
    public (uint R, uint G, uint B, uint A) Border { get; init; }

    /// <summary>Linear within levels, clamped to the edge of a 2D image, averaged: what compiled code has shorter code for.</summary>
    private bool IsSimple => MagLinear && MinLinear && !Unnormalized && Reduction == TexelReduction.WeightedAverage
        && AddressU == TexelAddressing.ClampToEdge && AddressV == TexelAddressing.ClampToEdge;

    /// <summary>Writes the record.</summary>
    /// <param name="to"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to = to[..Size];
        to.Clear();
        Put(to, MagLinearField, MagLinear ? 1u : 0);
        Put(to, MinLinearField, MinLinear ? 1u : 0);
        Put(to, MipLinearField, MipLinear ? 1u : 0);
        Put(to, AddressUField, (uint)AddressU);
        Put(to, AddressVField, (uint)AddressV);
        Put(to, AddressWField, (uint)AddressW);
        Put(to, LodBiasField, BitConverter.SingleToUInt32Bits(LodBias));
        Put(to, MinLodField, BitConverter.SingleToUInt32Bits(MinLod));
        Put(to, MaxLodField, BitConverter.SingleToUInt32Bits(MaxLod));
        Put(to, CompareField, Compare);
        Put(to, UnnormalizedField, Unnormalized ? 1u : 0);
        Put(to, ReductionField, (uint)Reduction);
        Put(to, SimpleField, IsSimple ? 1u : 0);
        Put(to, MaxAnisotropyField, BitConverter.SingleToUInt32Bits(MaxAnisotropy));
        Put(to, BorderField, Border.R);
        Put(to, BorderField + 4, Border.G);
        Put(to, BorderField + 8, Border.B);
        Put(to, BorderField + 12, Border.A);
    }

    private static void Put(Span<byte> to, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(to[at..], value);
}
