using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>Matrix arithmetic on components in column order: element (row, column) is at column * rows + row.</summary>
internal static class Matrices
{
    /// <summary>A matrix of <paramref name="columns"/> columns times a vector: the columns' weighted sum.</summary>
    public static void TimesVector(FunctionBuilder b, ReadOnlySpan<ValueId> matrix, ReadOnlySpan<ValueId> vector,
        Span<ValueId> result, NodeFlags flags)
    {
        int rows = result.Length, columns = vector.Length;
        for (int r = 0; r < rows; r++)
        {
            var sum = b.FMul(matrix[r], vector[0], flags);
            for (int c = 1; c < columns; c++)
                sum = MultiplyAdd(b, matrix[c * rows + r], vector[c], sum, flags);
            result[r] = sum;
        }
    }

    public static void VectorTimes(FunctionBuilder b, ReadOnlySpan<ValueId> vector, ReadOnlySpan<ValueId> matrix,
        Span<ValueId> result, NodeFlags flags)
    {
        int rows = vector.Length;
        for (int c = 0; c < result.Length; c++)
            result[c] = Vectors.Dot(b, vector, matrix.Slice(c * rows, rows), flags);
    }

    /// <param name="rows">Rows of the left matrix and of the result.</param>
    /// <param name="inner">Columns of the left, rows of the right.</param>
    public static void Times(FunctionBuilder b, ReadOnlySpan<ValueId> left, ReadOnlySpan<ValueId> right,
        Span<ValueId> result, int rows, int inner, NodeFlags flags)
    {
        int columns = right.Length / inner;
        for (int c = 0; c < columns; c++)
            TimesVector(b, left, right.Slice(c * inner, inner), result.Slice(c * rows, rows), flags);
    }

    public static void Transpose(ReadOnlySpan<ValueId> matrix, int rows, Span<ValueId> result)
    {
        int columns = matrix.Length / rows;
        for (int c = 0; c < columns; c++)
        {
            for (int r = 0; r < rows; r++)
                result[r * columns + c] = matrix[c * rows + r];
        }
    }

    public static void OuterProduct(FunctionBuilder b, ReadOnlySpan<ValueId> column, ReadOnlySpan<ValueId> row,
        Span<ValueId> result, NodeFlags flags)
    {
        for (int c = 0; c < row.Length; c++)
        {
            for (int r = 0; r < column.Length; r++)
                result[c * column.Length + r] = b.FMul(column[r], row[c], flags);
        }
    }

    public static ValueId Determinant(FunctionBuilder b, ReadOnlySpan<ValueId> m, int n)
    {
        if (n == 2)
            return Minor2(b, m[0], m[2], m[1], m[3]);
        var sum = b.FMul(m[0], Cofactor(b, m, n, 0, 0));
        for (int c = 1; c < n; c++)
            sum = b.Fma(m[c * n], Cofactor(b, m, n, 0, c), sum);
        return sum;
    }

    /// <summary>The inverse by cofactors; a singular matrix gives infinities and NaN.</summary>
    public static void Inverse(FunctionBuilder b, ReadOnlySpan<ValueId> m, int n, Span<ValueId> result)
    {
        var type = b.Function.TypeOf(m[0]);
        var cofactors = new ValueId[n * n];
        for (int c = 0; c < n; c++)
        {
            for (int r = 0; r < n; r++)
                cofactors[c * n + r] = Cofactor(b, m, n, r, c);
        }

        var determinant = b.FMul(m[0], cofactors[0]);
        for (int c = 1; c < n; c++)
            determinant = b.Fma(m[c * n], cofactors[c * n], determinant);
        var scale = b.FDiv(b.Float(type, 1), determinant);
        for (int c = 0; c < n; c++)
        {
            for (int r = 0; r < n; r++)
                result[c * n + r] = b.FMul(cofactors[r * n + c], scale);
        }
    }

    /// <summary>
    /// The inverse of a matrix of f32. Its cofactors and determinant are products of up to four elements, which vanish or
    /// overflow in f32 where the elements are only about 1e-10 or 1e10; in f64 none does.
    /// </summary>
    public static void InverseInDouble(FunctionBuilder b, ReadOnlySpan<ValueId> m, int n, Span<ValueId> result)
    {
        var type = b.Function.TypeOf(m[0]);
        var wide = new ValueId[m.Length];
        for (int k = 0; k < m.Length; k++)
            wide[k] = b.Convert(Op.FWiden, IrType.F64, m[k]);
        Inverse(b, wide, n, result);
        for (int k = 0; k < m.Length; k++)
            result[k] = b.Convert(Op.FNarrow, type, result[k]);
    }

    /// <summary>The signed determinant of the matrix without one row and one column.</summary>
    private static ValueId Cofactor(FunctionBuilder b, ReadOnlySpan<ValueId> m, int n, int row, int column)
    {
        var rest = new ValueId[(n - 1) * (n - 1)];
        int at = 0;
        for (int c = 0; c < n; c++)
        {
            for (int r = 0; r < n; r++)
            {
                if (c != column && r != row)
                    rest[at++] = m[c * n + r];
            }
        }

        var minor = n == 2 ? rest[0] : Determinant(b, rest, n - 1);
        return ((row + column) & 1) == 0 ? minor : b.FNeg(minor);
    }

    /// <summary>a*d - b*c.</summary>
    private static ValueId Minor2(FunctionBuilder f, ValueId a, ValueId b, ValueId c, ValueId d) =>
        f.Fma(a, d, f.FNeg(f.FMul(b, c)));

    private static ValueId MultiplyAdd(FunctionBuilder b, ValueId x, ValueId y, ValueId sum, NodeFlags flags) =>
        (flags & NodeFlags.Precise) != 0 || b.Function.TypeOf(x).Scalar == Scalar.F16
            ? b.FAdd(sum, b.FMul(x, y, flags), flags)
            : b.Fma(x, y, sum);
}
