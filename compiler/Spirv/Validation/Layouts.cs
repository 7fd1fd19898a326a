namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>
/// Resource variables and the explicit layout of what they hold: every member has its offset, every array and matrix
/// its stride, parts do not overlap, and scalars are aligned to their size (scalar block layout, the weakest that
/// Vulkan has).
/// </summary>
internal sealed class Layouts
{
    private readonly ValidationContext c;
    private readonly Module m;

    // Size in bytes of the types whose layout is checked; -1 for one without end.
    private readonly Dictionary<uint, long> sizes = [];
    private string? problem;

    private Layouts(ValidationContext context)
    {
        c = context;
        m = context.Module;
    }

    public static bool Check(ValidationContext context)
    {
        var layouts = new Layouts(context);
        Module m = context.Module;
        foreach (ref readonly Instruction i in m.Instructions)
        {
            if (i.Opcode == Opcode.OpVariable && !layouts.CheckVariable(i))
                return false;
            if (i.Opcode == Opcode.OpTypePointer && m.Type(i.Result).StorageClass == StorageClass.PhysicalStorageBuffer
                && !layouts.CheckPhysical(i))
                return false;
        }
        return true;
    }

    private bool CheckVariable(in Instruction i)
    {
        TypeInfo pointer = m.Type(i.ResultType);
        StorageClass storage = pointer.StorageClass;
        if (storage is not (StorageClass.Uniform or StorageClass.StorageBuffer or StorageClass.PushConstant))
            return true;
        TypeInfo block = m.Type(pointer.Element);
        if (block.Kind == TypeKind.RuntimeArray && !c.Has(Capability.RuntimeDescriptorArray))
            return c.Fail(i, "an array of descriptors without length needs capability RuntimeDescriptorArray");
        if (block.Kind is TypeKind.Array or TypeKind.RuntimeArray && storage != StorageClass.PushConstant)
            block = m.Type(block.Element);
        if (block.Kind != TypeKind.Struct)
            return c.Fail(i, $"a variable of storage class {storage} is a block or an array of blocks");
        bool isBlock = m.HasDecoration(block.Id, Decoration.Block);
        bool isBufferBlock = m.HasDecoration(block.Id, Decoration.BufferBlock) && storage == StorageClass.Uniform;
        if (!isBlock && !isBufferBlock)
            return c.Fail(i, $"the struct of a variable of storage class {storage} has no Block decoration");
        return Size(block.Id) is not null || c.Fail(i, problem!);
    }

    private bool CheckPhysical(in Instruction i)
    {
        TypeInfo pointee = m.Type(m.Type(i.Result).Element);
        // Pointers to parts of blocks are checked with the block.
        if (pointee.Kind != TypeKind.Struct || !m.HasDecoration(pointee.Id, Decoration.Block))
            return true;
        return Size(pointee.Id) is not null || c.Fail(i, problem!);
    }

    /// <summary>Bytes from the first to the last of a type, -1 for one without end; null with a problem.</summary>
    private long? Size(uint typeId)
    {
        if (sizes.TryGetValue(typeId, out long known))
            return known;
        TypeInfo type = m.Type(typeId);
        long? size = type.Kind switch
        {
            TypeKind.Int or TypeKind.Float => type.Width / 8,
            TypeKind.Pointer when type.StorageClass == StorageClass.PhysicalStorageBuffer => 8,
            TypeKind.Vector => type.Count * Size(type.Element),
            TypeKind.Array or TypeKind.RuntimeArray => ArraySize(type),
            TypeKind.Struct => StructSize(type),
            _ => Bad($"a {type.Kind} cannot be in a buffer"),
        };
        if (size is { } found)
            sizes[typeId] = found;
        return size;
    }

    private long? ArraySize(in TypeInfo type)
    {
        // Matrices in arrays take the strides of the struct's member; StructSize has looked at them.
        long? element = m.Type(type.Element).Kind == TypeKind.Matrix ? 0 : Size(type.Element);
        if (element is not { } bytes)
            return null;
        if (bytes < 0)
            return Bad("an array of arrays without end");
        if (!m.TryArrayStride(type.Id, out uint stride))
            return Bad($"array type {type.Id} has no ArrayStride");
        if (stride < bytes)
            return Bad($"array type {type.Id} has an ArrayStride of {stride} bytes for elements of {bytes}");
        if (stride % Alignment(type.Element) != 0)
            return Bad($"array type {type.Id} has an ArrayStride of {stride} bytes, not a multiple of its scalars' size");
        if (type.Kind == TypeKind.RuntimeArray)
            return -1;
        long length = c.Sizes.Length(type);
        if (length > uint.MaxValue || (length - 1) * stride + bytes > uint.MaxValue)
            return Bad($"array type {type.Id} is larger than 4 GiB");
        return (length - 1) * stride + bytes;
    }

    private long? StructSize(in TypeInfo type)
    {
        ReadOnlySpan<uint> members = m.Members(type);
        var places = new List<(long Start, long End)>(members.Length);
        for (int k = 0; k < members.Length; k++)
        {
            if (!m.TryOffset(type.Id, k, out uint offset))
                return Bad($"member {k} of struct {type.Id} has no Offset");
            TypeInfo inner = m.Type(members[k]);
            while (inner.Kind is TypeKind.Array or TypeKind.RuntimeArray)
                inner = m.Type(inner.Element);
            long? size = inner.Kind == TypeKind.Matrix ? MatrixMemberSize(type, k, members[k], inner) : Size(members[k]);
            if (size is not { } bytes)
                return null;
            if (offset % Alignment(members[k]) != 0)
                return Bad($"member {k} of struct {type.Id} at offset {offset} is not aligned to its scalars");
            long end = bytes < 0 ? long.MaxValue : offset + bytes;
            if (bytes >= 0 && end > uint.MaxValue)
                return Bad($"struct {type.Id} is larger than 4 GiB");
            places.Add((offset, end));
        }
        places.Sort();
        for (int k = 1; k < places.Count; k++)
        {
            if (places[k].Start < places[k - 1].End)
                return Bad($"members of struct {type.Id} overlap");
        }
        long last = places.Count > 0 ? places[^1].End : 0;
        return last == long.MaxValue ? -1 : last;
    }

    private long? MatrixMemberSize(in TypeInfo type, int member, uint memberType, in TypeInfo matrix)
    {
        if (!m.TryMatrixStride(type.Id, member, out uint stride))
            stride = m.UndecoratedMatrixStride(matrix);
        bool rowMajor = m.IsRowMajor(type.Id, member);
        if (rowMajor && m.HasMemberDecoration(type.Id, member, Decoration.ColMajor))
            return Bad($"member {member} of struct {type.Id} is a matrix and both RowMajor and ColMajor");
        TypeInfo column = m.Type(matrix.Element);
        int scalar = m.Type(column.Element).Width / 8;
        (int vectors, int components) = rowMajor ? (column.Count, matrix.Count) : (matrix.Count, column.Count);
        if (stride < scalar * components || stride % scalar != 0)
            return Bad($"member {member} of struct {type.Id} has a MatrixStride of {stride} bytes, too small for its vectors");
        long size = (long)stride * (vectors - 1) + scalar * components;
        // Arrays of matrices: the array itself, then its stride against the matrix's size.
        uint id = memberType;
        long total = size;
        while (m.Type(id) is { Kind: TypeKind.Array or TypeKind.RuntimeArray } array)
        {
            if (!m.TryArrayStride(array.Id, out uint arrayStride))
                return Bad($"array type {array.Id} has no ArrayStride");
            if (array.Element == matrix.Id && arrayStride < size)
                return Bad($"array type {array.Id} has an ArrayStride of {arrayStride} bytes for matrices of {size}");
            if (array.Kind == TypeKind.RuntimeArray)
                return -1;
            long length = c.Sizes.Length(array);
            if (length > uint.MaxValue || (length - 1) * arrayStride > uint.MaxValue)
                return Bad($"array type {array.Id} is larger than 4 GiB");
            total += (length - 1) * arrayStride;
            id = array.Element;
        }
        return total;
    }

    // Size of the largest scalar within a type. Arrays and structs nest at most 255 deep.
    private long Alignment(uint typeId)
    {
        TypeInfo type = m.Type(typeId);
        switch (type.Kind)
        {
            case TypeKind.Int:
            case TypeKind.Float:
                return type.Width / 8;
            case TypeKind.Pointer:
                return 8;
            case TypeKind.Vector:
            case TypeKind.Matrix:
            case TypeKind.Array:
            case TypeKind.RuntimeArray:
                return Alignment(type.Element);
            case TypeKind.Struct:
                if (alignments.TryGetValue(typeId, out long known))
                    return known;
                long largest = 1;
                foreach (uint member in m.Members(type))
                    largest = Math.Max(largest, Alignment(member));
                return alignments[typeId] = largest;
            default:
                return 1;
        }
    }

    private readonly Dictionary<uint, long> alignments = [];

    private long? Bad(string what)
    {
        problem ??= what;
        return null;
    }
}
