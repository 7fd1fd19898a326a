namespace ShaderJit.Fuzz.Generator;

/// <summary>Atomics: on places that many add to, where the order does not matter and the result is not used; and on places of
/// the invocation's own, where it is.</summary>
internal sealed partial class RandomModule
{
    private const int CounterBinding = 51, OwnBinding = 53;

    private static readonly string[] IntegerAtomics = ["IAdd", "ISub", "UMin", "UMax", "SMin", "SMax", "And", "Or", "Xor", "Exchange", "CompareExchange", "IIncrement", "Load"];

    private string? _wideCounterOp;

    private void AtomicStep()
    {
        switch (_random.Next(5))
        {
            case 0 when _wide: WideCounter(); break;
            case 1: OwnAtomic(new Kind(_wide && Chance(50) ? 'q' : 'u'), inWorkgroup: true); break;
            case 2 when Chance(50): FloatAtomic(); break;
            default: OwnAtomic(new Kind(_wide && Chance(50) ? 'q' : 'u'), inWorkgroup: false); break;
        }
    }

    /// <summary>A counter of 64 bits that any invocation of the dispatch may change.</summary>
    private void WideCounter()
    {
        Need("Int64Atomics");
        string buffer = AtomicBuffer("%counters64", new Kind('q'), CounterBinding);
        string at = Pointer("%pb_ulong", $"{buffer} {Constant(0)} {Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(Counters - 1))}");
        _wideCounterOp ??= Pick(["OpAtomicIAdd", "OpAtomicUMax", "OpAtomicSMin", "OpAtomicXor", "OpAtomicISub", "OpAtomicAnd"]);
        Make(_wideCounterOp, new Kind('q'), $"{at} {Constant(1)} {Constant(0)} {Get(new Kind('q'))}");
    }

    private void OwnAtomic(Kind type, bool inWorkgroup)
    {
        if (type.Bits == 64)
            Need("Int64Atomics");
        string at = inWorkgroup
            ? Pointer(OwnWorkgroup(type), $"%own_{type.Name} {_index}")
            : Pointer($"%pb_{type.Name}", $"{AtomicBuffer($"%owned_{type.Name}", type, OwnBinding + (type.Bits == 64 ? 1 : 0))} {Constant(0)} {_linear}");
        string name = Pick(IntegerAtomics), scope = $"{Constant(inWorkgroup ? 2 : 1)} {Constant(0)}";
        string operands = name switch
        {
            "CompareExchange" => $"{scope} {Constant(0)} {Get(type)} {Get(type)}",
            "IIncrement" or "Load" => scope,
            _ => $"{scope} {Get(type)}",
        };
        Add(type, Make("OpAtomic" + name, type, $"{at} {operands}"));
    }

    private void FloatAtomic()
    {
        string buffer = AtomicBuffer("%owned_float", Kind.Float, OwnBinding + 2);
        FloatAtomic(Pointer("%pb_float", $"{buffer} {Constant(0)} {_linear}"));
    }

    private void FloatAtomic(string at)
    {
        string op = Pick(["FAddEXT", "FMinEXT", "FMaxEXT", "Exchange"]);
        if (op == "FAddEXT")
            Need("AtomicFloat32AddEXT", "SPV_EXT_shader_atomic_float_add");
        else if (op != "Exchange")
            Need("AtomicFloat32MinMaxEXT", "SPV_EXT_shader_atomic_float_min_max");
        // Any number: which of two NaNs or zeros remains is open.
        string value = Chance(50) ? Literal(Kind.Float) : Make("OpConvertUToF", Kind.Float, Get(Kind.Uint));
        Add(Kind.Float, Make("OpAtomic" + op, Kind.Float, $"{at} {Constant(1)} {Constant(0)} {value}"));
    }

    private string AtomicBuffer(string name, Kind type, int binding)
    {
        if (!_declared.Add(name))
            return name;
        if (_declared.Add("%ablock_" + type.Name))
        {
            _types.Append($"%aarray_{type.Name} = OpTypeRuntimeArray {type.Id}\n%ablock_{type.Name} = OpTypeStruct %aarray_{type.Name}\n");
            _types.Append($"%pablock_{type.Name} = OpTypePointer StorageBuffer %ablock_{type.Name}\n");
            _decorations.Append($"OpDecorate %aarray_{type.Name} ArrayStride {type.Bits / 8}\nOpDecorate %ablock_{type.Name} Block\n");
            _decorations.Append($"OpMemberDecorate %ablock_{type.Name} 0 Offset 0\n");
        }

        Declare($"%pb_{type.Name}", $"OpTypePointer StorageBuffer {type.Id}");
        _types.Append($"{name} = OpVariable %pablock_{type.Name} StorageBuffer\n");
        _decorations.Append($"OpDecorate {name} DescriptorSet 0\nOpDecorate {name} Binding {binding}\n");
        return name;
    }

    /// <summary>Workgroup memory with a place for each invocation; the pointer's type.</summary>
    private string OwnWorkgroup(Kind type)
    {
        string pointer = $"%pw_{type.Name}";
        if (_declared.Add("%own_" + type.Name))
        {
            string array = Declare($"%own_array_{type.Name}", $"OpTypeArray {type.Id} {Constant(Invocations)}");
            string toArray = Declare($"%pw_own_{type.Name}", $"OpTypePointer Workgroup {array}");
            Declare(pointer, $"OpTypePointer Workgroup {type.Id}");
            _types.Append($"%own_{type.Name} = OpVariable {toArray} Workgroup\n");
        }

        // Workgroup memory begins as 0 here and nowhere else.
        if (Defined)
            Do($"OpStore {Pointer(pointer, $"%own_{type.Name} {_index}")} {Get(type)}");
        return pointer;
    }
}
