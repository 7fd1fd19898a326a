using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// How a SPIR-V type falls apart into scalars: the leaves of a value, in order of declaration (a matrix column by
/// column). Every value of the type is a tuple of that many IR values.
/// </summary>
internal sealed class Shape
{
    public required uint TypeId { get; init; }
    public required TypeKind Kind { get; init; }

    /// <summary>For a scalar, its IR type; for a physical pointer i64; else void. A pointer into a buffer or workgroup memory
    /// has two members, object and offset.</summary>
    public IrType Scalar { get; init; } = IrType.Void;

    /// <summary>Component, column, or array element.</summary>
    public Shape? Element { get; init; }

    /// <summary>Components, columns, elements (0 for a runtime array) or members.</summary>
    public int Count { get; init; }

    public Shape[] Members { get; init; } = [];

    /// <summary>For a struct, the leaf each member starts at.</summary>
    public int[] MemberLeaf { get; init; } = [];

    /// <summary>Scalars of a value of this type.</summary>
    public required int Leaves { get; init; }

    /// <summary>Levels of nesting; a scalar has 1.</summary>
    public required int Depth { get; init; }

    /// <summary>Part <paramref name="index"/> of a composite, and the leaf it starts at.</summary>
    public Shape Part(int index, out int leaf)
    {
        if (Members.Length > 0)
        {
            leaf = MemberLeaf[index];
            return Members[index];
        }

        leaf = index * Element!.Leaves;
        return Element;
    }

    /// <summary>The IR type of a leaf.</summary>
    public IrType LeafType(int leaf)
    {
        var shape = this;
        while (shape.Scalar.IsVoid)
        {
            if (shape.Members.Length > 0)
            {
                int member = Array.BinarySearch(shape.MemberLeaf, leaf);
                if (member < 0)
                    member = ~member - 1;

                // Of members that start at one leaf, the last is the one that has it: the others are empty.
                while (member + 1 < shape.Count && shape.MemberLeaf[member + 1] <= leaf)
                    member++;
                leaf -= shape.MemberLeaf[member];
                shape = shape.Members[member];
            }
            else
            {
                shape = shape.Element!;
                leaf %= shape.Leaves;
            }
        }

        return shape.Scalar;
    }
}
