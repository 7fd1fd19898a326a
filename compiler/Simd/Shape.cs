namespace ShaderJit.Compiler.Simd;

/// <summary>What is known of a value's lanes.</summary>
internal enum ShapeKind : byte
{
    /// <summary>Nothing seen yet.</summary>
    Unknown,

    /// <summary>base + lane * stride, modulo 2^bits, in every active lane; stride 0 is uniform.</summary>
    Linear,
    Varying,
}

/// <summary>The lanes of a value as one scalar and a rule.</summary>
/// <param name="Stride">Step from lane to lane; 0 unless an i32.</param>
/// <param name="Align">The base is a multiple of 2^Align; at most <see cref="MaxAlign"/>.</param>
internal readonly record struct Shape(ShapeKind Kind, int Stride = 0, int Align = 0)
{
    public const int MaxAlign = 31;
    public static readonly Shape Unknown = new(ShapeKind.Unknown), Varying = new(ShapeKind.Varying), Uniform = new(ShapeKind.Linear);

    public bool IsUniform => Kind == ShapeKind.Linear && Stride == 0;
    public bool IsLinear => Kind == ShapeKind.Linear;
    public bool IsVarying => Kind == ShapeKind.Varying;

    /// <summary>What holds of a value that is the one or the other, the same for all lanes.</summary>
    public static Shape Meet(Shape a, Shape b)
    {
        if (a.Kind == ShapeKind.Unknown)
            return b;
        if (b.Kind == ShapeKind.Unknown)
            return a;
        if (a.IsVarying || b.IsVarying || a.Stride != b.Stride)
            return Varying;
        return a with { Align = Math.Min(a.Align, b.Align) };
    }
}
