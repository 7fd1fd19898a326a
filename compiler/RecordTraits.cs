using System.Buffers.Binary;
using ShaderJit.Abi;

namespace ShaderJit.Compiler;

/// <summary>
/// What a kernel may be compiled for of an <see cref="ImageRecord"/> or <see cref="SamplerRecord"/>: the fields that say how
/// texels are read, and none of those that say where they are or how many. Two records with equal traits can be used by the
/// same code.
/// </summary>
public sealed class RecordTraits : IEquatable<RecordTraits>
{
    private const int ImageBytes = ImageRecord.NoAlphaField + sizeof(uint), SamplerBytes = SamplerRecord.MaxAnisotropyField + sizeof(uint);

    private readonly uint[] _words;
    private readonly int _hash;
    private readonly bool _isImage;

    private RecordTraits(uint[] words, bool isImage)
    {
        (_words, _isImage) = (words, isImage);
        var hash = default(HashCode);
        foreach (uint word in words)
            hash.Add(word);
        _hash = hash.ToHashCode();
    }

    /// <summary>The traits of an image; null for one without texels, which no code is made for.</summary>
    public static RecordTraits? OfImage(ImageRecord record)
    {
        if (record.Levels.Count == 0 || record.Width == 0)
            return null;
        Span<byte> bytes = stackalloc byte[ImageRecord.Size];
        record.Write(bytes);
        bytes[..ImageRecord.TexelBytesField].Clear();
        if (record.Levels.Count == 1)
            bytes[ImageRecord.LevelsField] = 1;
        return new RecordTraits(ToWords(bytes[..ImageBytes]), isImage: true);
    }

    /// <summary>The traits of a sampler: all of it, but for a border that is not used.</summary>
    /// <param name="hasLevels">Whether it samples images of more than one level; else what only chooses levels is no
    /// trait.</param>
    public static RecordTraits OfSampler(SamplerRecord record, bool hasLevels = true)
    {
        if (!hasLevels && record.MagLinear == record.MinLinear)
            record = record with { MipLinear = false, LodBias = 0, MinLod = 0, MaxLod = 0 };
        const TexelAddressing Border = TexelAddressing.ClampToBorder;
        if (record.AddressU != Border && record.AddressV != Border && record.AddressW != Border)
            record = record with { Border = default };
        Span<byte> bytes = stackalloc byte[SamplerRecord.Size];
        record.Write(bytes);
        return new RecordTraits(ToWords(bytes[..SamplerBytes]), isImage: false);
    }

    /// <summary>All of the traits, for a hash.</summary>
    public ReadOnlySpan<uint> Words => _words;

    public bool Equals(RecordTraits? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && _isImage == other._isImage && _words.AsSpan().SequenceEqual(other._words));

    public override bool Equals(object? obj) => Equals(obj as RecordTraits);

    public override int GetHashCode() => _hash;

    /// <summary>Whether this is an image of one level.</summary>
    public bool HasOneLevel => _isImage && Field(ImageRecord.LevelsField) == 1;

    /// <summary>A field's value, where it is one of the traits.</summary>
    /// <param name="offset">Its byte offset in the record.</param>
    internal bool TryField(int offset, out uint value)
    {
        value = 0;
        if (offset >= _words.Length * sizeof(uint))
            return false;
        value = _words[offset / sizeof(uint)];
        return !_isImage || offset >= ImageRecord.TexelBytesField || (offset == ImageRecord.LevelsField && value == 1);
    }

    /// <summary>A field that is one of the traits.</summary>
    internal uint Field(int offset) => _words[offset / sizeof(uint)];

    private static uint[] ToWords(ReadOnlySpan<byte> bytes)
    {
        var words = new uint[bytes.Length / sizeof(uint)];
        for (int i = 0; i < words.Length; i++)
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        return words;
    }
}

/// <summary>What a descriptor is known to hold when the kernel runs. Where it holds something else, what the shader reads of
/// the image is undefined.</summary>
/// <param name="Set">Descriptor set.</param>
/// <param name="Element">Index in the binding's array.</param>
/// <param name="Image">Null where nothing is known, or there is none.</param>
/// <param name="Sampler">The same.</param>
public sealed record KnownDescriptor(int Set, uint Binding, uint Element, RecordTraits? Image, RecordTraits? Sampler);
