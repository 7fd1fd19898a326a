namespace ShaderJit.Compiler.Tests.Fuzz;

/// <summary>A type of values: scalars and vectors of numbers and of bools.</summary>
/// <param name="Scalar">u, i, f of 32 bits; q: u of 64 bits, w: u of 16 bits, d: f of 64 bits; b: bool.</param>
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
        'd' => "double",
        _ => "bool",
    };

    public string Id => "%" + Name;

    public bool IsFloat => Scalar is 'f' or 'd';
}
