namespace ShaderJit.Fuzz.Generator;

/// <summary>Specialization constants, with the values that the module gives them, and what is computed of them.</summary>
internal sealed partial class RandomModule
{
    private static readonly string[] SpecializedBinary = ["IAdd", "ISub", "IMul", "BitwiseAnd", "BitwiseOr", "BitwiseXor"];
    private static readonly string[] SpecializedCompare = ["IEqual", "INotEqual", "ULessThan", "SLessThan", "UGreaterThanEqual", "SGreaterThan"];
    private int _specializations;

    /// <summary>A constant of a type that an application could change; one of the types of 32 bits and bools.</summary>
    private string Specialized(Kind type, int depth = 0)
    {
        if (type.Count > 1)
        {
            string[] parts = new string[type.Count];
            for (int i = 0; i < parts.Length; i++)
                parts[i] = i > 0 && Chance(50) ? Literal(type.Component) : Specialized(type.Component, depth + 1);
            return Declare($"%k{_next++}", $"OpSpecConstantComposite {type.Id} {string.Join(' ', parts)}");
        }

        if (type.Scalar != 'f' && depth < 3 && Chance(50))
        {
            string operation = Operation(type, depth + 1);
            return Declare($"%k{_next++}", $"OpSpecConstantOp {type.Id} {operation}");
        }

        string id = $"%k{_next++}";
        _decorations.Append($"OpDecorate {id} SpecId {_specializations++}\n");
        return type.Scalar switch
        {
            'b' => Declare(id, $"{(Chance(50) ? "OpSpecConstantTrue" : "OpSpecConstantFalse")} %bool"),
            'f' => Declare(id, $"OpSpecConstant %float {_random.Next(-20, 20)}.5"),
            'i' => Declare(id, $"OpSpecConstant %int {_random.Next(-100, 100)}"),
            _ => Declare(id, $"OpSpecConstant %uint {(Chance(50) ? _random.Next(20) : _random.Next())}"),
        };
    }

    private string Operation(Kind type, int depth)
    {
        string Of(Kind kind) => Specialized(kind, depth);
        if (type == Kind.Bool)
        {
            var compared = Chance(50) ? Kind.Uint : Kind.Int;
            return _random.Next(3) switch
            {
                0 => $"LogicalNot {Of(type)}",
                1 => $"{Pick(["LogicalAnd", "LogicalOr", "LogicalEqual"])} {Of(type)} {Of(type)}",
                _ => $"{Pick(SpecializedCompare)} {Of(compared)} {Of(compared)}",
            };
        }

        return _random.Next(6) switch
        {
            0 => $"{Pick(["Not", "SNegate"])} {Of(type)}",
            1 => $"Select {Of(Kind.Bool)} {Of(type)} {Of(type)}",
            2 => $"{Pick(["ShiftLeftLogical", "ShiftRightLogical", "ShiftRightArithmetic"])} {Of(type)} {Constant(_random.Next(32))}",
            3 => $"{(type.IsSigned ? Pick(["SDiv", "SRem", "SMod"]) : Pick(["UDiv", "UMod"]))} {Splat(type, _random.Next(100))} {Splat(type, _random.Next(1, 9))}",
            _ => $"{Pick(SpecializedBinary)} {Of(type)} {Of(type)}",
        };
    }
}
