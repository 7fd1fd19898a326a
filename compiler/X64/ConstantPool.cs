using System.Buffers.Binary;

namespace ShaderJit.Compiler.X64;

/// <summary>The constants behind a kernel's code, each kept once, at its natural alignment.</summary>
internal sealed class ConstantPool
{
    private readonly Dictionary<(ulong Bits, int Bytes), int> _scalars = [];
    private readonly Dictionary<string, int> _vectors = [];
    private readonly int _vectorBytes;
    private byte[] _bytes = new byte[256];
    private int _count;

    public ConstantPool(int vectorBytes) => _vectorBytes = vectorBytes;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _count);

    /// <summary>Offset of a 32-bit or 64-bit constant.</summary>
    public int Scalar(ulong bits, int bytes)
    {
        if (_scalars.TryGetValue((bits, bytes), out int offset))
            return offset;
        offset = Reserve(bytes, bytes);
        Write(offset, bits, bytes);
        _scalars.Add((bits, bytes), offset);
        return offset;
    }

    /// <summary>Offset of a full vector that repeats one element of 4 or 8 bytes.</summary>
    public int Splat(ulong bits, int bytes)
    {
        // Keyed beside the scalars, by a size that no scalar has.
        if (_scalars.TryGetValue((bits, bytes + 100), out int offset))
            return offset;
        offset = Reserve(_vectorBytes, _vectorBytes);
        for (int i = 0; i < _vectorBytes; i += bytes)
            Write(offset + i, bits, bytes);
        _scalars.Add((bits, bytes + 100), offset);
        return offset;
    }

    /// <summary>Offset of a full vector of 32-bit elements, or of as many as given.</summary>
    public int Vector(ReadOnlySpan<int> elements)
    {
        Span<char> key = stackalloc char[32];
        for (int i = 0; i < elements.Length; i++)
        {
            key[2 * i] = (char)(elements[i] & 0xFFFF);
            key[2 * i + 1] = (char)(elements[i] >>> 16);
        }

        var text = new string(key[..(2 * elements.Length)]);
        if (_vectors.TryGetValue(text, out int offset))
            return offset;
        offset = Reserve(elements.Length * 4, elements.Length * 4);
        for (int i = 0; i < elements.Length; i++)
            Write(offset + 4 * i, (uint)elements[i], 4);
        _vectors.Add(text, offset);
        return offset;
    }

    private void Write(int offset, ulong bits, int bytes)
    {
        if (bytes == 8)
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(offset), bits);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(offset), (uint)bits);
    }

    private int Reserve(int bytes, int alignment)
    {
        int offset = (_count + alignment - 1) & -alignment;
        _count = offset + bytes;
        while (_count > _bytes.Length)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        return offset;
    }
}
