using System.Globalization;

namespace ShaderJit.Fuzz.Generator;

/// <summary>Instructions that make values of values.</summary>
internal sealed partial class RandomModule
{
    private static readonly string[] IntegerBinary =
        ["OpIAdd", "OpISub", "OpIMul", "OpBitwiseAnd", "OpBitwiseOr", "OpBitwiseXor", "OpShiftLeftLogical",
            "OpShiftRightLogical", "OpShiftRightArithmetic"];
    private static readonly string[] SignedBinary = ["OpSDiv", "OpSRem", "OpSMod", "SMin", "SMax"];
    private static readonly string[] UnsignedBinary = ["OpUDiv", "OpUMod", "UMin", "UMax"];
    private static readonly string[] SignedUnary = ["OpNot", "OpSNegate", "OpBitCount", "OpBitReverse", "SAbs", "SSign", "FindILsb", "FindSMsb"];
    private static readonly string[] UnsignedUnary = ["OpNot", "OpBitCount", "OpBitReverse", "FindILsb", "FindUMsb"];
    private static readonly string[] FloatBinary = ["OpFAdd", "OpFSub", "OpFMul", "OpFDiv", "FMin", "FMax", "Step"];
    private static readonly string[] FloatUnary =
        ["OpFNegate", "FAbs", "Floor", "Ceil", "Trunc", "RoundEven", "Sqrt", "FSign"];

    /// <summary>What is made of several operations that may be contracted.</summary>
    private static readonly string[] Routines =
        ["Sin", "Cos", "Tan", "Exp", "Exp2", "Log", "Log2", "Atan", "Tanh", "Asin", "Acos", "Sinh", "Cosh", "Fract", "Radians"];
    private static readonly string[] IntegerCompare =
        ["OpIEqual", "OpINotEqual", "OpULessThan", "OpULessThanEqual", "OpUGreaterThan", "OpUGreaterThanEqual",
            "OpSLessThan", "OpSLessThanEqual", "OpSGreaterThan", "OpSGreaterThanEqual"];
    private static readonly string[] FloatCompare =
        ["Equal", "NotEqual", "LessThan", "GreaterThan", "LessThanEqual", "GreaterThanEqual"];
    private static readonly string[] BoolBinary = ["OpLogicalAnd", "OpLogicalOr", "OpLogicalEqual", "OpLogicalNotEqual"];

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private string Pick(string[] from) => Pick(_random, from);

    private int AnyCount() => Chance(65) ? 1 : _random.Next(2, 5);

    private static readonly char[] WideIntegers = ['q', 'q', 'l', 'l', 'w', 't', 'c', 'y'], WideFloats = ['d', 'h'];

    /// <summary>Those of the binary operations that work on every width.</summary>
    private static readonly string[] WideUnary = ["OpNot", "OpSNegate", "SAbs", "SSign"];

    private Kind Number() =>
        new(Pick<char>(_random, _wide && Chance(40) ? ['q', 'l', 'w', 't', 'c', 'y', 'd', 'h'] : ['u', 'u', 'i', 'f', 'f']), AnyCount());

    private Kind AnyKind() => Chance(15) ? new Kind('b', AnyCount()) : Number();

    private string Add(Kind type, string id)
    {
        _pool.Add((type, id));
        return id;
    }

    private string Binary(string opcode, string a, string b) => Make(opcode, Kind.Uint, $"{a} {b}");

    private string Constant(int value) => value < 0
        ? Declare($"%cm{-(long)value}", $"OpConstant %uint {unchecked((uint)value)}")
        : Declare($"%c{value}", $"OpConstant %uint {value}");

    /// <summary>A constant of a type.</summary>
    private string Literal(Kind type)
    {
        if (type.Count > 1)
        {
            string[] parts = new string[type.Count];
            for (int i = 0; i < parts.Length; i++)
                parts[i] = Literal(type.Component);
            return Declare($"%k{_next++}", $"OpConstantComposite {type.Id} {string.Join(' ', parts)}");
        }

        string id = $"%k{_next++}";
        switch (type.Scalar)
        {
            case 'b':
                return Declare(id, $"{(Chance(50) ? "OpConstantTrue" : "OpConstantFalse")} %bool");
            case 'f' or 'd' or 'h':
                string number = _random.Next(4) switch
                {
                    0 => "0",
                    1 => "1",
                    2 => _random.Next(-20, 20).ToString(CultureInfo.InvariantCulture) + ".5",
                    _ => ((float)((_random.NextDouble() - 0.5) * 1000)).ToString("0.####", CultureInfo.InvariantCulture),
                };
                return Declare(id, $"OpConstant {type.Id} {number}");
            default:
                int value = _random.Next(5) switch
                {
                    0 => 0,
                    1 => 1,
                    2 => _random.Next(64),
                    3 => -1,
                    _ => _random.Next(int.MinValue, int.MaxValue),
                };
                if (type.Bits == 64 && Chance(50))
                    return Declare(id, $"OpConstant {type.Id} {_random.NextInt64() >> _random.Next(63)}");
                if (type.Bits < 32)
                    value &= (1 << (type.Bits - 1)) - 1;
                string text = type.Scalar is 'u' or 'q' ? ((uint)value).ToString(CultureInfo.InvariantCulture)
                    : value.ToString(CultureInfo.InvariantCulture);
                return Declare(id, $"OpConstant {type.Id} {text}");
        }
    }

    /// <summary>A value of a type: mostly one of those made last.</summary>
    private string Get(Kind type)
    {
        if (Chance(12))
            return type.Scalar is 'u' or 'i' or 'f' or 'b' && Chance(12) ? Specialized(type) : Literal(type);
        int tries = 0;
        string? found = null;
        for (int i = _pool.Count - 1 - (Chance(40) ? _random.Next(_pool.Count) : 0); i >= 0; i--)
        {
            if (_pool[i].Type != type)
                continue;
            found = _pool[i].Id;
            if (tries++ > 3 || Chance(40))
                break;
        }

        if (found is not null)
            return found;
        if (type == Kind.Bool)
            return Make(Pick(IntegerCompare), Kind.Bool, $"{Get(Kind.Uint)} {Chance(50) switch { true => Constant(_random.Next(20)), false => Get(Kind.Uint) }}");
        return Literal(type);
    }

    private string Gets(Kind type, int count)
    {
        string text = Get(type);
        for (int i = 1; i < count; i++)
            text += " " + Get(type);
        return text;
    }

    private void Step()
    {
        switch (_random.Next(20))
        {
            case < 3: Integer(); break;
            case < 6: Float(); break;
            case < 8: Compare(); break;
            case 8: Convert(); break;
            case 9: Vector(); break;
            case 10:
                var type = AnyKind();
                var condition = new Kind('b', type.Count);
                Add(type, Make("OpSelect", type, $"{Get(condition)} {Gets(type, 2)}"));
                break;
            case 11 when _subgroups && _isMain: Subgroup(); break;
            case 12 when _subgroups && _isMain: Subgroup(); break;
            case 13 when _helpers.Count > 0:
                Call();
                break;
            case 14: Odd(); break;
            default: MemoryStep(); break;
        }
    }

    private void Call()
    {
        var (name, byPointer) = Pick(_random, [.. _helpers]);
        string argument = byPointer ? _variables.Find(v => v.Type == Kind.Uint).Id : Get(Kind.Uint);
        Add(Kind.Uint, Make("OpFunctionCall", Kind.Uint, $"{name} {argument} {Get(Kind.Float)}"));
    }

    /// <summary>An instruction of the core or, without "Op", of the extended set.</summary>
    private string Any(string name, Kind type, string operands) =>
        name.StartsWith("Op", StringComparison.Ordinal) ? Make(name, type, operands)
            : Make("OpExtInst", type, $"%glsl {name} {operands}");

    /// <summary>An integer operation of two values, one that is defined where that is asked for.</summary>
    private string Pair(string name, Kind type)
    {
        string a = Get(type), b = Get(type);
        if (Defined && name.StartsWith("OpShift", StringComparison.Ordinal))
            b = Make("OpBitwiseAnd", type, $"{b} {Splat(type, type.Bits - 1)}");
        else if (Defined && name is ("OpUDiv" or "OpUMod"))
            b = Make("OpBitwiseOr", type, $"{b} {Splat(type, 1)}");
        else if (Defined && name is ("OpSDiv" or "OpSRem" or "OpSMod"))
            b = Make("OpBitwiseOr", type, $"{Make("OpBitwiseAnd", type, $"{b} {Splat(type, 0x7E)}")} {Splat(type, 1)}");
        if (Defined && name is ("OpSRem" or "OpSMod"))
            a = Make("OpBitwiseAnd", type, $"{a} {Splat(type, 0x7F)}");
        return Any(name, type, $"{a} {b}");
    }

    private string Masked(Kind type, int mask) => Make("OpBitwiseAnd", type, $"{Get(type)} {Splat(type, mask)}");

    /// <summary>A float that an integer type has room for.</summary>
    private string Convertible(Kind from, Kind to)
    {
        string x = Get(from);
        return Defined ? Any("NClamp", from, $"{x} {Splat(from, to.IsSigned ? -100 : 0)} {Splat(from, to.Bits == 8 ? 120 : 20000)}") : x;
    }

    /// <summary>A constant with one number in all components.</summary>
    private string Splat(Kind type, int value)
    {
        string name = $"%s{(value < 0 ? "m" : "")}{Math.Abs(value)}_{type.Scalar}";
        string scalar = Declare(name, $"OpConstant {type.Component.Id} {value.ToString(CultureInfo.InvariantCulture)}");
        return type.Count == 1 ? scalar
            : Declare($"{name}{type.Count}", $"OpConstantComposite {type.Id} {string.Join(' ', Enumerable.Repeat(scalar, type.Count))}");
    }

    private void Integer()
    {
        var type = new Kind(Chance(60) ? 'u' : 'i', AnyCount());
        if (_wide && Chance(35))
        {
            type = new Kind(Pick(_random, WideIntegers), type.Count);
            bool isSigned = type.IsSigned;
            string wide = _random.Next(4) switch
            {
                0 => Any(isSigned ? Pick(WideUnary) : "OpNot", type, Get(type)),
                1 or 2 => Pair(Pick(isSigned ? SignedBinary : UnsignedBinary), type),
                _ => Pair(Pick(IntegerBinary), type),
            };
            Add(type, wide);
            return;
        }

        bool signed = type.Scalar == 'i';
        string result = _random.Next(6) switch
        {
            0 => Any(Pick(signed ? SignedUnary : UnsignedUnary), type, Get(type)),
            1 => Pair(Pick(signed ? SignedBinary : UnsignedBinary), type),
            2 => Any(signed ? "SClamp" : "UClamp", type, Defined ? $"{Get(type)} {Masked(type, 15)} {Splat(type, 40)}" : Gets(type, 3)),
            _ => Pair(Pick(IntegerBinary), type),
        };
        Add(type, result);
    }

    private void Float()
    {
        var type = new Kind('f', AnyCount());
        string result;
        if (_wide && Chance(25))
        {
            type = type with { Scalar = Pick(_random, WideFloats) };
            result = Chance(15) ? Any("Fma", type, Gets(type, 3)) : Chance(30) ? Any(Pick(FloatUnary), type, Get(type)) : Any(Pick(FloatBinary), type, Gets(type, 2));
            if (Precise)
                _decorations.Append($"OpDecorate {result} NoContraction\n");
            Add(type, result);
            return;
        }

        switch (_random.Next(8))
        {
            case 0:
            case 1: result = Any(Pick(FloatUnary), type, Get(type)); break;
            case 2 when !Precise: result = Any(Pick(Routines), type, Get(type)); break;
            case 3 when !Precise:
                string blend = Pick(["FMix", "SmoothStep"]);
                result = Any(blend, type, Defined && blend == "SmoothStep" ? $"{Splat(type, -2)} {Splat(type, 5)} {Get(type)}" : Gets(type, 3));
                break;
            case 4:
                string three = Pick(["Fma", "FClamp"]);
                result = Any(three, type, Defined && three == "FClamp" ? $"{Get(type)} {Splat(type, -3)} {Splat(type, 7)}" : Gets(type, 3));
                break;
            case 5 when !Precise:
                type = Kind.Float;
                result = Make("OpDot", type, Gets(new Kind('f', _random.Next(2, 5)), 2));
                break;
            case 6 when type.Count > 1:
                result = Make("OpVectorTimesScalar", type, $"{Get(type)} {Get(Kind.Float)}");
                break;
            default: result = Any(Pick(FloatBinary), type, Gets(type, 2)); break;
        }

        if (Precise)
            _decorations.Append($"OpDecorate {result} NoContraction\n");
        Add(type, result);
    }

    private void Compare()
    {
        int count = AnyCount();
        var type = new Kind('b', count);
        string result = _random.Next(8) switch
        {
            0 => Make(Pick(BoolBinary), type, Gets(type, 2)),
            1 => Make("OpLogicalNot", type, Get(type)),
            2 => Make(Chance(50) ? "OpIsNan" : "OpIsInf", type, Get(new Kind('f', count))),
            3 or 4 => Make((Chance(50) ? "OpFOrd" : "OpFUnord") + Pick(FloatCompare), type,
                Gets(new Kind(_wide && Chance(30) ? Pick(_random, WideFloats) : 'f', count), 2)),
            _ => Make(Pick(IntegerCompare), type,
                Gets(new Kind(Pick<char>(_random, _wide ? ['u', 'i', .. WideIntegers] : ['u', 'i']), count), 2)),
        };
        Add(type, result);
        if (count > 1 && Chance(50))
            Add(Kind.Bool, Make(Chance(50) ? "OpAny" : "OpAll", Kind.Bool, result));
    }

    private void Convert()
    {
        int count = AnyCount();
        Kind u = new('u', count), i = new('i', count), f = new('f', count);
        if (_wide && Chance(60))
        {
            Kind integer = new(Pick(_random, [.. WideIntegers, 'u', 'i']), count), floating = new(Pick(_random, [.. WideFloats, 'f']), count);
            Kind other = new(Pick(_random, [.. WideIntegers, 'u', 'i']), count), third = new(Pick(_random, [.. WideFloats, 'f']), count);
            switch (_random.Next(4))
            {
                case 0 when other.Bits != integer.Bits:
                    Add(other, Make(other.IsSigned ? "OpSConvert" : "OpUConvert", other, Get(integer)));
                    break;
                case 1 when third.Bits != floating.Bits:
                    Add(third, Make("OpFConvert", third, Get(floating)));
                    break;
                case 2:
                    Add(floating, Make(Chance(50) ? "OpConvertUToF" : "OpConvertSToF", floating, Get(integer)));
                    break;
                default:
                    Add(integer, Make(integer.IsSigned ? "OpConvertFToS" : "OpConvertFToU", integer, Convertible(floating, integer)));
                    break;
            }

            return;
        }

        switch (_random.Next(7))
        {
            case 0: Add(u, Make("OpBitcast", u, Get(i))); break;
            case 1: Add(i, Make("OpBitcast", i, Get(u))); break;
            case 2: Add(f, Make("OpConvertUToF", f, Get(u))); break;
            case 3: Add(f, Make("OpConvertSToF", f, Get(i))); break;
            case 4: Add(u, Make("OpConvertFToU", u, Convertible(f, u))); break;
            case 5: Add(i, Make("OpConvertFToS", i, Convertible(f, i))); break;
            default:
                // Which NaN it is, is nobody's promise.
                string x = Get(f), ordered = Make("OpFOrdEqual", new Kind('b', count), $"{x} {x}");
                Add(u, Make("OpBitcast", u, Make("OpSelect", f, $"{ordered} {x} {Literal(f)}")));
                break;
        }
    }

    private void Vector()
    {
        var type = new Kind(Pick(_random, ['u', 'i', 'f', 'f', 'b']), _random.Next(2, 5));
        switch (_random.Next(6))
        {
            case 0: Add(type, Make("OpCompositeConstruct", type, Gets(type.Component, type.Count))); break;
            case 1:
                var from = type with { Count = _random.Next(2, 5) };
                string lanes = "";
                for (int i = 0; i < type.Count; i++)
                    lanes += $" {_random.Next(2 * from.Count)}";
                Add(type, Make("OpVectorShuffle", type, $"{Gets(from, 2)}{lanes}"));
                break;
            case 2:
                Add(type, Make("OpCompositeInsert", type, $"{Get(type.Component)} {Get(type)} {_random.Next(type.Count)}"));
                break;
            case 3:
                string index = Binary("OpUMod", Get(Kind.Uint), Constant(type.Count));
                Add(type.Component, Make("OpVectorExtractDynamic", type.Component, $"{Get(type)} {index}"));
                break;
            case 4:
                index = Binary("OpUMod", Get(Kind.Uint), Constant(type.Count));
                Add(type, Make("OpVectorInsertDynamic", type, $"{Get(type)} {Get(type.Component)} {index}"));
                break;
            default:
                Add(type.Component, Make("OpCompositeExtract", type.Component, $"{Get(type)} {_random.Next(type.Count)}"));
                break;
        }
    }

    /// <summary>Bit fields, carries, long products, dot products of integers.</summary>
    private void Odd()
    {
        var type = Chance(50) ? Kind.Uint : Kind.Int;
        string Field() => Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(15));
        switch (_random.Next(6))
        {
            case 4 or 5: DotProduct(); break;
            case 0: Add(type, Make("OpBitFieldInsert", type, $"{Gets(type, 2)} {Field()} {Field()}")); break;
            case 1: Add(type, Make("OpBitFieldSExtract", type, $"{Get(type)} {Field()} {Field()}")); break;
            case 2: Add(type, Make("OpBitFieldUExtract", type, $"{Get(type)} {Field()} {Field()}")); break;
            default:
                string pair = Fresh();
                Do($"{pair} = {Pick(["OpIAddCarry", "OpISubBorrow", "OpUMulExtended", "OpSMulExtended"])} %pair {Gets(Kind.Uint, 2)}");
                Add(Kind.Uint, Make("OpCompositeExtract", Kind.Uint, $"{pair} 0"));
                Add(Kind.Uint, Make("OpCompositeExtract", Kind.Uint, $"{pair} 1"));
                break;
        }
    }

    /// <summary>A float that is no NaN and no zero.</summary>
    private string Ordered(Kind type)
    {
        string x = Get(type), one = Splat(type, 1);
        var condition = new Kind('b', type.Count);
        string above = Make("OpFOrdNotEqual", condition, $"{x} {Splat(type, 0)}");
        return Make("OpSelect", type, $"{above} {x} {one}");
    }

    private void Subgroup()
    {
        string scope = Constant(3);
        var type = Pick(_random, [Kind.Uint, Kind.Uint, Kind.Int, Kind.Float, new Kind('u', 2), Kind.Bool]);
        if (_wide && Chance(50))
            type = new Kind(Pick(_random, [.. WideIntegers, .. WideFloats]), AnyCount());
        string group = Pick(["Reduce", "InclusiveScan", "ExclusiveScan"]);
        string cluster = Chance(25) ? " " + Constant(1 << _random.Next(1, 4)) : "";
        string reduction = cluster.Length > 0 ? "ClusteredReduce" : group;
        switch (_random.Next(12))
        {
            case 10:
                Need("GroupNonUniformRotateKHR", "SPV_KHR_subgroup_rotate");
                Add(type, Make("OpGroupNonUniformRotateKHR", type, $"{scope} {Get(type)} {(Chance(50) ? Constant(_random.Next(20)) : Uniform())}{cluster}"));
                break;
            case 11 when type.Scalar is 'f' or 'h' or 'd':
                // Sums depend on the order; the least and the greatest do not.
                Add(type, Make("OpGroupNonUniform" + Pick(["FMin", "FMax"]), type, $"{scope} {reduction} {Ordered(type)}{cluster}"));
                break;
            case 0: Add(Kind.Bool, Make("OpGroupNonUniformElect", Kind.Bool, scope)); break;
            case 1:
                Add(Kind.Bool, Make(Chance(50) ? "OpGroupNonUniformAny" : "OpGroupNonUniformAll", Kind.Bool, $"{scope} {Get(Kind.Bool)}"));
                break;
            case 2: Add(Kind.Bool, Make("OpGroupNonUniformAllEqual", Kind.Bool, $"{scope} {Get(type)}")); break;
            case 3:
                Add(type, Make("OpGroupNonUniformBroadcast", type, $"{scope} {Get(type)} {Constant(_random.Next(10))}"));
                break;
            case 4: Add(type, Make("OpGroupNonUniformBroadcastFirst", type, $"{scope} {Get(type)}")); break;
            case 5:
                var mask = new Kind('u', 4);
                string ballot = Add(mask, Make("OpGroupNonUniformBallot", mask, $"{scope} {Get(Kind.Bool)}"));
                switch (_random.Next(4))
                {
                    case 0: Add(Kind.Bool, Make("OpGroupNonUniformInverseBallot", Kind.Bool, $"{scope} {ballot}")); break;
                    case 1: Add(Kind.Uint, Make("OpGroupNonUniformBallotBitCount", Kind.Uint, $"{scope} {group} {ballot}")); break;
                    case 2: Add(Kind.Uint, Make("OpGroupNonUniformBallotFindLSB", Kind.Uint, $"{scope} {ballot}")); break;
                    default:
                        Add(Kind.Bool, Make("OpGroupNonUniformBallotBitExtract", Kind.Bool, $"{scope} {ballot} {Constant(_random.Next(10))}"));
                        break;
                }

                break;
            case 6:
                string which = Pick(["Shuffle", "ShuffleXor", "ShuffleUp", "ShuffleDown"]);
                string index = Chance(50) ? Constant(_random.Next(6)) : Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(15));
                Add(type, Make("OpGroupNonUniform" + which, type, $"{scope} {Get(type)} {index}"));
                break;
            case 7:
                Add(Kind.Bool, Make("OpGroupNonUniformLogical" + Pick(["And", "Or", "Xor"]), Kind.Bool, $"{scope} {reduction} {Get(Kind.Bool)}{cluster}"));
                break;
            case 8:
                bool swap = Chance(50);
                Add(type, Make(swap ? "OpGroupNonUniformQuadSwap" : "OpGroupNonUniformQuadBroadcast", type,
                    $"{scope} {Get(type)} {Constant(_random.Next(swap ? 3 : 4))}"));
                break;
            default:
                bool signed = Chance(30);
                type = new Kind(signed ? 'i' : 'u', AnyCount());
                if (_wide && Chance(50))
                {
                    type = type with { Scalar = Pick(_random, WideIntegers) };
                    signed = type.IsSigned;
                }

                string op = Pick(["IAdd", "IMul", signed ? "SMin" : "UMin", signed ? "SMax" : "UMax", "BitwiseAnd", "BitwiseOr", "BitwiseXor"]);
                Add(type, Make("OpGroupNonUniform" + op, type, $"{scope} {reduction} {Get(type)}{cluster}"));
                break;
        }
    }
}
