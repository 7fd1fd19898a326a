namespace ShaderJit.Abi;

/// <summary>
/// What stands in a descriptor set's table for an image, a sampler, both, or a texel buffer: where in the region their
/// records are.
/// </summary>
/// <remarks>
/// A kernel reads the records that a binding's type names before it knows whether it will need them, so both offsets
/// must name a record wherever a descriptor has the part in question: where there is no image or no sampler, the driver
/// names a record of zeros, from the moment the table exists. A zero <see cref="ImageRecord"/> has no texels: reads give
/// 0 and writes are dropped.
/// </remarks>
/// <param name="Image">Region offset of the <see cref="ImageRecord"/>; not read for a binding of a sampler alone.</param>
/// <param name="Sampler">Region offset of the <see cref="SamplerRecord"/>; read for samplers and combined image
/// samplers only.</param>
public readonly record struct ImageDescriptor(ulong Image, ulong Sampler)
{
    /// <summary>Bytes of a descriptor: u64 image, u64 sampler.</summary>
    public const int Size = 16;

    /// <summary>Byte offsets of the fields.</summary>
    public const int ImageField = 0, SamplerField = 8;
}
