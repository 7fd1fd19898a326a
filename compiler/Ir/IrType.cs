namespace ShaderJit.Compiler.Ir;

/// <summary>The kinds of scalar that a value can be. Composites never reach the IR: lowering splits them.</summary>
public enum Scalar : byte
{
    /// <summary>No result.</summary>
    Void,

    /// <summary>True or false; with lanes, an execution mask.</summary>
    Bool,
    I8,
    I16,
    I32,
    I64,
    F16,
    F32,
    F64,

    /// <summary>
    /// An address inside the region, confined to its 2^k bytes. Only the base ops make one, only memory ops use one.
    /// To the oracle it is a region offset; to a back end, r15 + offset.
    /// </summary>
    Base,
}

/// <summary>The type of a value: a scalar, held once or once per lane.</summary>
/// <remarks>
/// Before the SIMD stage (<see cref="FunctionLevel.Invocation"/>) a value belongs to one invocation and
/// <see cref="Lanes"/> is false. After it (<see cref="FunctionLevel.Simd"/>) a value without lanes is uniform for the
/// subgroup, and one with lanes has one scalar per lane; nothing says how many lanes.
/// </remarks>
public readonly record struct IrType(Scalar Scalar, bool Lanes = false)
{
    public static readonly IrType Void = new(Scalar.Void), Bool = new(Scalar.Bool);
    public static readonly IrType I8 = new(Scalar.I8), I16 = new(Scalar.I16), I32 = new(Scalar.I32), I64 = new(Scalar.I64);
    public static readonly IrType F16 = new(Scalar.F16), F32 = new(Scalar.F32), F64 = new(Scalar.F64);
    public static readonly IrType Base = new(Scalar.Base);

    /// <summary>An execution mask.</summary>
    public static readonly IrType Mask = new(Scalar.Bool, true);

    // By Scalar.
    private static ReadOnlySpan<byte> BitsOf => [0, 1, 8, 16, 32, 64, 16, 32, 64, 64];

    /// <summary>The same scalar, once per lane.</summary>
    public IrType AsLanes => this with { Lanes = true };

    /// <summary>The same scalar, once.</summary>
    public IrType AsUniform => this with { Lanes = false };

    public bool IsVoid => Scalar == Scalar.Void;
    public bool IsInteger => Scalar is >= Scalar.I8 and <= Scalar.I64;
    public bool IsFloat => Scalar is >= Scalar.F16 and <= Scalar.F64;

    /// <summary>Bits of one scalar; 1 for a bool, 64 for a base.</summary>
    public int Bits => BitsOf[(int)Scalar];

    /// <summary>Bytes of one scalar in memory. A bool has no memory form.</summary>
    public int Bytes => Bits / 8;

    /// <summary>The type as the textual IR writes it: <c>i32</c>, <c>lanes.f32</c>, <c>lanes.bool</c>.</summary>
    public override string ToString() => (Lanes ? "lanes." : "") + Scalar switch
    {
        Scalar.Void => "void",
        Scalar.Bool => "bool",
        Scalar.I8 => "i8",
        Scalar.I16 => "i16",
        Scalar.I32 => "i32",
        Scalar.I64 => "i64",
        Scalar.F16 => "f16",
        Scalar.F32 => "f32",
        Scalar.F64 => "f64",
        Scalar.Base => "base",
        _ => throw new InvalidOperationException($"unknown scalar {Scalar}"),
    };
}
