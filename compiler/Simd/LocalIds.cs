using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// How the invocations of a workgroup lie in its subgroups: invocation s * lanes + l, by linear index, is lane l of
/// subgroup s. Shapes of the local ids follow, and how they are computed from the subgroup's number.
/// </summary>
internal sealed class LocalIds
{
    private readonly int _laneCount;
    private readonly int _laneBits;
    private readonly int[] _size;

    public LocalIds((int X, int Y, int Z) size, int laneCount)
    {
        _laneCount = laneCount;
        _laneBits = BitOperations.Log2((uint)laneCount);
        _size = [size.X, size.Y, size.Z];
        Invocations = size.X * size.Y * size.Z;
        Subgroups = (Invocations + laneCount - 1) / laneCount;
    }

    public int Invocations { get; }
    public int Subgroups { get; }

    /// <summary>Every lane of every subgroup is an invocation.</summary>
    public bool IsFull => Invocations % _laneCount == 0;

    /// <summary>Whether a dimension's id is (linear index / inner size) % size without the remainder.</summary>
    private bool IsOutermost(int inner, int size) => inner * size == Invocations;

    private int Inner(int dimension)
    {
        int inner = 1;
        for (int d = 0; d < dimension; d++)
            inner *= _size[d];
        return inner;
    }

    public Shape ShapeOf(BuiltinValue builtin) => builtin switch
    {
        BuiltinValue.LocalIdX => ShapeOf(0),
        BuiltinValue.LocalIdY => ShapeOf(1),
        BuiltinValue.LocalIdZ => ShapeOf(2),
        BuiltinValue.LocalIndex => new Shape(ShapeKind.Linear, 1, Subgroups == 1 ? Shape.MaxAlign : _laneBits),
        BuiltinValue.SubgroupLane => new Shape(ShapeKind.Linear, 1, Shape.MaxAlign),
        _ => Shape.Uniform,
    };

    private Shape ShapeOf(int dimension)
    {
        int inner = Inner(dimension), size = _size[dimension];
        if (size == 1)
            return new Shape(ShapeKind.Linear, 0, Shape.MaxAlign);
        if (inner % _laneCount == 0)
            return Shape.Uniform;
        if (inner == 1 && (size % _laneCount == 0 || IsOutermost(1, size)))
            return new Shape(ShapeKind.Linear, 1, size <= _laneCount ? Shape.MaxAlign : _laneBits);
        return Shape.Varying;
    }

    /// <summary>The same in all invocations of the workgroup.</summary>
    public bool IsWorkgroupUniform(BuiltinValue builtin) => builtin switch
    {
        BuiltinValue.LocalIdX => _size[0] == 1,
        BuiltinValue.LocalIdY => _size[1] == 1,
        BuiltinValue.LocalIdZ => _size[2] == 1,
        BuiltinValue.LocalIndex => Invocations == 1,
        BuiltinValue.SubgroupId => Subgroups == 1,
        BuiltinValue.SubgroupLane => false,
        _ => true,
    };

    /// <summary>Emits a local id, linear index or lane.</summary>
    /// <param name="subgroup">i32: the subgroup's number.</param>
    /// <returns>A uniform i32, the base, where the shape is linear; else an i32 with lanes.</returns>
    public ValueId Emit(SimdBuilder b, BuiltinValue builtin, ValueId subgroup) => builtin switch
    {
        BuiltinValue.LocalIdX => Emit(b, 0, subgroup),
        BuiltinValue.LocalIdY => Emit(b, 1, subgroup),
        BuiltinValue.LocalIdZ => Emit(b, 2, subgroup),
        BuiltinValue.LocalIndex => b.Binary(Op.IMul, subgroup, b.I32(_laneCount)),
        BuiltinValue.SubgroupLane => b.I32(0),
        _ => throw new InvalidOperationException($"{builtin} is no local id"),
    };

    private ValueId Emit(SimdBuilder b, int dimension, ValueId subgroup)
    {
        int inner = Inner(dimension), size = _size[dimension];
        if (size == 1)
            return b.I32(0);
        if (inner % _laneCount == 0)
        {
            var outer = b.Binary(Op.UDiv, subgroup, b.I32(inner / _laneCount));
            return IsOutermost(inner, size) ? outer : b.Binary(Op.URem, outer, b.I32(size));
        }

        if (ShapeOf(dimension).IsLinear)
        {
            int rows = size / _laneCount;
            if (size <= _laneCount && size % _laneCount == 0)
                return b.I32(0);
            var row = IsOutermost(1, size) ? subgroup : b.Binary(Op.URem, subgroup, b.I32(rows));
            return b.Binary(Op.IMul, row, b.I32(_laneCount));
        }

        var linear = b.Linear(b.Binary(Op.IMul, subgroup, b.I32(_laneCount)), 1);
        if (inner > 1)
            linear = b.Binary(Op.UDiv, linear, b.Lanes(b.I32(inner)));
        return IsOutermost(inner, size) ? linear : b.Binary(Op.URem, linear, b.Lanes(b.I32(size)));
    }
}
