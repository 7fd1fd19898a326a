using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>One dynamic index of an address: <paramref name="Index"/> (i32, read as unsigned) times
/// <paramref name="Stride"/> bytes.</summary>
/// <param name="Limit">Elements of the array; 0 where it has no fixed length.</param>
internal readonly record struct DynamicTerm(ValueId Index, long Stride, int Limit);

/// <summary>One dynamic index into parts that are separate slots: <paramref name="Count"/> parts,
/// <paramref name="Stride"/> slots apart.</summary>
internal readonly record struct SlotChoice(ValueId Index, int Count, int Stride);

/// <summary>A pointer, resolved as far as it is known while lowering. Immutable; access chains make new ones.</summary>
internal abstract record Pointer(Shape Pointee);

/// <summary>Into a Function, Private or Input variable, whose scalars are slots: SSA variables, private arrays, or values
/// that cannot be written (builtins).</summary>
/// <param name="Slot">Where the pointee's slots start, among the variable's.</param>
/// <param name="Flat">Index within the private arrays of the slots: of the part reached so far; None for 0.</param>
/// <param name="Choices">Dynamic indices that choose among slots.</param>
internal sealed record LocalPointer(LocalVariable Variable, Shape Pointee, int Slot, ValueId Flat, SlotChoice[] Choices)
    : Pointer(Pointee);

/// <summary>Into memory.</summary>
/// <param name="Root">The memory object.</param>
/// <param name="Element">Index of the descriptor (i32), for a buffer.</param>
/// <param name="PendingElement">True while the pointer is to an array of blocks, whose index is the descriptor's.</param>
/// <param name="Offset">Constant part of the offset from the root, in bytes.</param>
/// <param name="MatrixStride">For a pointee that is or holds matrices, and the row or column of one: bytes between their
/// columns (rows if <paramref name="RowMajor"/>).</param>
/// <param name="ComponentStride">For a vector that is a column of a row-major matrix, bytes between its components; else
/// 0: side by side.</param>
internal sealed record MemoryPointer(MemoryRoot Root, Shape Pointee, ValueId Element, bool PendingElement, long Offset,
    DynamicTerm[] Terms, long MatrixStride, bool RowMajor, long ComponentStride, NodeFlags Flags) : Pointer(Pointee);

internal enum MemoryKind
{
    Buffer, PushConstant, Workgroup, Physical,

    /// <summary>A pointer value that can only be null: loads give 0, stores do nothing.</summary>
    Null,
}

/// <summary>A memory object: a descriptor binding, the push constants, workgroup memory, or a physical address.</summary>
/// <param name="Resource">Index into Function.Resources of a buffer; else -1.</param>
/// <param name="Address">The i64 address of a physical pointer; else None.</param>
/// <param name="Natural">True where the compiler lays the memory out: workgroup memory without explicit layout.</param>
internal sealed record MemoryRoot(MemoryKind Kind, int Resource, int Count, ValueId Address, bool Natural)
{
    /// <summary>For a pointer that is a value, the number of its object (i32), 0 for null; else None.</summary>
    public ValueId Object { get; init; } = ValueId.None;

    /// <summary>For a pointer that may point into several bindings, these; then the pointer's Element is the object's
    /// number.</summary>
    public MemoryPointer[] Candidates { get; init; } = [];
}

/// <summary>A Function, Private or Input variable.</summary>
internal sealed class LocalVariable
{
    public required Shape Shape { get; init; }

    /// <summary>True where arrays of it are indexed dynamically, so that they live in private arrays.</summary>
    public required bool Indexed { get; init; }

    /// <summary>Its slots, in order of declaration; a private array is one slot.</summary>
    public required Slot[] Slots { get; init; }
}

/// <summary>Where a scalar of a variable lives.</summary>
/// <param name="Type">Type of the scalar as a value.</param>
/// <param name="Variable">Index of an SSA variable, or -1.</param>
/// <param name="Array">Index into Function.PrivateArrays, or -1.</param>
/// <param name="Value">The value itself, for what cannot be written.</param>
internal readonly record struct Slot(IrType Type, int Variable, int Array, ValueId Value);
