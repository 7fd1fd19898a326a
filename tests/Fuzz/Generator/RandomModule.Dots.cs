namespace ShaderJit.Fuzz.Generator;

/// <summary>SPV_KHR_integer_dot_product.</summary>
internal sealed partial class RandomModule
{
    private void DotProduct()
    {
        Need("DotProduct", "SPV_KHR_integer_dot_product");
        bool packed = !_wide || Chance(40);
        string name = Pick(["OpSDot", "OpUDot", "OpSUDot"]);

        // Where a product overflows on the way, what is accumulated is undefined: bytes cannot.
        bool accumulates = packed && Chance(50);
        var kind = packed ? Kind.Uint : new Kind(Pick<char>(_random, name == "OpUDot" ? ['c', 'w', 'u', 'q'] : ['y', 't', 'i', 'l']), _random.Next(2, 5));
        Need(packed ? "DotProductInput4x8BitPacked" : "DotProductInputAll");
        var result = name == "OpUDot" ? kind.Bits == 64 ? new Kind('q') : Kind.Uint : kind.Bits == 64 ? new Kind('l') : Kind.Int;
        var second = packed || name != "OpSUDot" ? kind : kind with { Scalar = kind.Scalar switch { 'y' => 'c', 't' => 'w', 'i' => 'u', _ => 'q' } };
        string operands = $"{Get(kind)} {Get(second)}{(accumulates ? " " + Get(result) : "")}{(packed ? " PackedVectorFormat4x8Bit" : "")}";
        Add(result, Make(name + (accumulates ? "AccSat" : ""), result, operands));
    }
}
