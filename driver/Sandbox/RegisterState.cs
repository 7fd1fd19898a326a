using System.Buffers.Binary;

namespace ShaderJit.Sandbox;

/// <summary>
/// The registers of a kernel at the instruction where a signal stopped it: a view of the thread's record, good until
/// the thread's next run.
/// </summary>
public readonly ref struct RegisterState
{
    private const int LegacyVectors = 160, HeaderPresent = 512;
    private const int UpperYmm = 2, Masks = 5, UpperZmm = 6, HighZmm = 7;

    private readonly ReadOnlySpan<ulong> _general;
    private readonly ReadOnlySpan<byte> _extended;

    internal RegisterState(ReadOnlySpan<ulong> general, ReadOnlySpan<byte> extended)
    {
        _general = general;
        _extended = extended;
    }

    /// <summary>The flags register.</summary>
    public ulong Flags => _general[GregSet.Flags];

    /// <summary>A general register by its x86 number: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.</summary>
    public ulong General(int number) => _general[GregSet.OfNumber[number]];

    /// <summary>A vector register's 64 bytes; bytes that the CPU does not have are 0.</summary>
    /// <param name="number">0 to 31.</param>
    /// <param name="bytes">Room for 64 bytes.</param>
    public void Vector(int number, Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, 31u, nameof(number));
        bytes[..64].Clear();
        if (number >= 16)
        {
            Component(HighZmm, (number - 16) * 64, 64).CopyTo(bytes);
            return;
        }

        // Component 1, the lower halves of xmm, counts as present like the others.
        if (IsPresent(1)) _extended.Slice(LegacyVectors + number * 16, 16).CopyTo(bytes);
        Component(UpperYmm, number * 16, 16).CopyTo(bytes[16..]);
        Component(UpperZmm, number * 32, 32).CopyTo(bytes[32..]);
    }

    /// <summary>A mask register, 0 to 7; 0 where the CPU has none.</summary>
    public ulong Mask(int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)number, 7u, nameof(number));
        ReadOnlySpan<byte> bytes = Component(Masks, number * 8, 8);
        return bytes.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : 0;
    }

    /// <summary>A component in its initial state is not written to a signal frame; its bit in the header is 0.</summary>
    private bool IsPresent(int component) =>
        _extended.Length >= HeaderPresent + 64
        && (BinaryPrimitives.ReadUInt64LittleEndian(_extended[HeaderPresent..]) >> component & 1) != 0;

    private ReadOnlySpan<byte> Component(int component, int at, int bytes)
    {
        (int offset, int size) = CpuFeatures.Current.XSaveComponent(component);
        if (!IsPresent(component) || at + bytes > size || offset + at + bytes > _extended.Length) return default;
        return _extended.Slice(offset + at, bytes);
    }
}
