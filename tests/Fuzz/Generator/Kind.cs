namespace ShaderJit.Fuzz.Generator;

/// <summary>A type of values: scalars and vectors of numbers and of bools.</summary>
/// <param name="Scalar">u, i, f of 32 bits; q, l, d: u, i, f of 64 bits; w, t, h: of 16 bits; c, y: u, i of 8 bits; b: bool.</param>
/// <param name="Count">Components.</param>
internal readonly record struct Kind(char Scalar, int Count = 1)
{
    public static readonly Kind Uint = new('u'), Int = new('i'), Float = new('f'), Bool = new('b');

    public Kind Component => this with { Count = 1 };

    public string Name => (Count == 1 ? "" : $"v{Count}") + Scalar switch
    {
        'u' => "uint",
        'i' => "int",
        'f' => "float",
        'q' => "ulong",
        'w' => "ushort",
        'l' => "long",
        't' => "short",
        'c' => "uchar",
        'y' => "schar",
        'h' => "half",
        'd' => "double",
        _ => "bool",
    };

    public string Id => "%" + Name;

    public bool IsFloat => Scalar is 'f' or 'd' or 'h';

    public bool IsSigned => Scalar is 'i' or 'l' or 't' or 'y';

    public int Bits => Scalar switch
    {
        'q' or 'l' or 'd' => 64,
        'w' or 't' or 'h' => 16,
        'c' or 'y' => 8,
        _ => 32,
    };
}
