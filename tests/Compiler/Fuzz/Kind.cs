namespace ShaderJit.Compiler.Tests.Fuzz;

/// <summary>A type of values: scalars and vectors of 32-bit numbers and of bools.</summary>
/// <param name="Scalar">u, i, f or b.</param>
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
        _ => "bool",
    };

    public string Id => "%" + Name;

    public bool IsInteger => Scalar is 'u' or 'i';
}
