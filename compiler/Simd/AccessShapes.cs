using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// How elementwise ops carry shapes. Invariant: where the result is Linear, the op applied to the bases of its operands
/// gives the base of the result.
/// </summary>
internal sealed class AccessShapes(Function f, int laneCount, UnsignedBounds bounds)
{
    private readonly int _laneBits = BitOperations.Log2((uint)laneCount);

    public Shape Transfer(ValueId id, ReadOnlySpan<Shape> operands)
    {
        ref var node = ref f[id];
        if (node.Op == Op.Const)
            return new Shape(ShapeKind.Linear, 0, AlignOf(node.Imm));
        bool uniform = true;
        foreach (var operand in operands)
        {
            if (operand.Kind == ShapeKind.Unknown)
                return Shape.Unknown;
            uniform &= operand.IsUniform;
        }

        if (node.Type.Scalar != Scalar.I32)
            return uniform ? Shape.Uniform : Shape.Varying;
        var shape = Linear(id, node, operands);
        return uniform && !shape.IsUniform ? Shape.Uniform : shape;
    }

    private Shape Linear(ValueId id, in Node node, ReadOnlySpan<Shape> operands)
    {
        foreach (var operand in operands)
        {
            if (!operand.IsLinear)
                return Shape.Varying;
        }

        switch (node.Op)
        {
            case Op.IAdd: return Make(operands[0].Stride + (long)operands[1].Stride, Math.Min(operands[0].Align, operands[1].Align));
            case Op.ISub: return Make(operands[0].Stride - (long)operands[1].Stride, Math.Min(operands[0].Align, operands[1].Align));
            case Op.IMul:
                int align = Math.Min(Shape.MaxAlign, operands[0].Align + operands[1].Align);
                if (Constant(id, 1) is { } factor)
                    return Make(operands[0].Stride * (long)(int)factor, align);
                if (Constant(id, 0) is { } other)
                    return Make(operands[1].Stride * (long)(int)other, align);
                return operands[0].IsUniform && operands[1].IsUniform ? new Shape(ShapeKind.Linear, 0, align) : Shape.Varying;
            case Op.Shl:
                if (Constant(id, 1) is { } shift)
                    return Make((long)operands[0].Stride << (int)(shift & 31), Math.Min(Shape.MaxAlign, operands[0].Align + (int)(shift & 31)));
                return operands[0].IsUniform && operands[1].IsUniform ? Shape.Uniform : Shape.Varying;
            case Op.Select:
                if (!operands[0].IsUniform || operands[1].Stride != operands[2].Stride)
                    return Shape.Varying;
                return operands[1] with { Align = Math.Min(operands[1].Align, operands[2].Align) };
            case Op.And:
                // Lanes of an aligned row only change the low bits, and a mask of low bits keeps or drops them all.
                if (Constant(id, 1) is { } mask && BitOperations.IsPow2(mask + 1) && IsRow(operands[0]) && mask + 1 >= (ulong)laneCount)
                    return operands[0];
                return Uniform(operands);
            case Op.LShr:
                if (Constant(id, 1) is { } down && IsRow(operands[0]) && (int)(down & 31) >= _laneBits)
                    return Shape.Uniform;
                return Uniform(operands);
            case Op.UDiv:
                if (Constant(id, 1) is { } divisor && divisor != 0 && divisor % (ulong)laneCount == 0 && IsRow(operands[0]))
                    return Shape.Uniform;
                return Uniform(operands);
            case Op.URem:
                if (Constant(id, 1) is { } modulus && modulus != 0 && modulus % (ulong)laneCount == 0 && IsRow(operands[0]))
                    return operands[0] with { Align = _laneBits };
                return Uniform(operands);
            case Op.UMin:
                if (Constant(id, 1) is { } most && operands[0].Stride >= 0 && bounds.Of(f.Operand(id, 0)) <= most)
                    return operands[0];
                return Uniform(operands);
            default:
                return Uniform(operands);
        }
    }

    /// <summary>True for base + lane with a base that is a multiple of the number of lanes.</summary>
    private bool IsRow(Shape shape) => shape.IsLinear && shape.Stride is 0 or 1 && (shape.Stride == 0 || shape.Align >= _laneBits);

    private ulong? Constant(ValueId id, int operand)
    {
        ref var node = ref f[f.Operand(id, operand)];
        return node.Op == Op.Const ? (ulong)node.Imm : null;
    }

    private static Shape Make(long stride, int align) =>
        stride is < int.MinValue / 64 or > int.MaxValue / 64 ? Shape.Varying : new Shape(ShapeKind.Linear, (int)stride, align);

    private static Shape Uniform(ReadOnlySpan<Shape> operands)
    {
        foreach (var operand in operands)
        {
            if (!operand.IsUniform)
                return Shape.Varying;
        }

        return Shape.Uniform;
    }

    private static int AlignOf(long bits) => bits == 0 ? Shape.MaxAlign : Math.Min(Shape.MaxAlign, BitOperations.TrailingZeroCount(bits));
}
