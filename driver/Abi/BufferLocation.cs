namespace ShaderJit.Abi;

/// <summary>
/// Which byte of which descriptor an out-of-bounds access aimed at: what a kernel leaves at
/// <see cref="DiagnosticBlock.TrapAddress"/> with <see cref="TrapCode.OutOfBounds"/>. The driver knows what is bound there.
/// </summary>
/// <param name="Set">Descriptor set.</param>
/// <param name="Binding">Binding; <see cref="MaxBinding"/> stands for itself and all above.</param>
/// <param name="Element">Index in an array of descriptors; <see cref="MaxElement"/> stands for itself and all above.</param>
/// <param name="Offset">Bytes from the descriptor's first byte; <see cref="uint.MaxValue"/> for anything beyond.</param>
public readonly record struct BufferLocation(int Set, int Binding, int Element, uint Offset)
{
    /// <summary>The largest numbers that are told apart.</summary>
    public const int MaxBinding = 0xFFFF, MaxElement = 0xFFF;

    /// <summary>Lowest bit of the element.</summary>
    public const int ElementShift = 52;

    private const int BindingShift = 32, SetShift = 48;

    /// <summary>The part that is the same for all accesses through a binding, with element and offset 0.</summary>
    public static ulong Encode(int set, int binding) =>
        ((ulong)(set & 0xF) << SetShift) | ((ulong)Math.Min(binding, MaxBinding) << BindingShift);

    /// <summary>The element's part.</summary>
    public static ulong EncodeElement(long element) => (ulong)Math.Clamp(element, 0, MaxElement) << ElementShift;

    public static BufferLocation Decode(ulong bits) => new(
        (int)(bits >> SetShift) & 0xF, (int)(bits >> BindingShift) & MaxBinding, (int)(bits >> ElementShift), (uint)bits);
}
