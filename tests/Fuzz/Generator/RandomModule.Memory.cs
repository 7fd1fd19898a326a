namespace ShaderJit.Fuzz.Generator;

/// <summary>Memory: buffers, variables, private arrays, workgroup memory, push constants.</summary>
internal sealed partial class RandomModule
{
    private readonly List<(Kind Type, string Id)> _variables = [];
    private readonly List<(string Id, int Length)> _arrays = [];
    private readonly List<string> _pointerVariables = [];
    private string _uniform = "";

    private void DeclareVariables()
    {
        for (int i = _random.Next(1, 5); i >= 0; i--)
        {
            // One at least that functions can be given.
            var type = i == 0 ? Kind.Uint : AnyKind();
            string pointer = Declare($"%pf_{type.Name}", $"OpTypePointer Function {type.Id}"), id = Fresh();
            // Without an initializer it begins as 0.
            Do($"{id} = OpVariable {pointer} Function{(Defined || Chance(60) ? " " + Literal(type) : "")}");
            _variables.Add((type, id));
        }

        for (int i = _pointers ? _random.Next(1, 3) : 0; i > 0; i--)
        {
            string id = Fresh();
            Do($"{id} = OpVariable {Declare("%pf_pb", "OpTypePointer Function %pb_uint")} Function");
            _pointerVariables.Add(id);
        }

        // Variables stand first, so what is stored in them comes after all.
        int pointers = _pointerVariables.Count;

        if (Chance(50))
        {
            int length = _random.Next(2, 7);
            string array = Declare($"%array{length}", $"OpTypeArray %uint {Constant(length)}");
            string pointer = Declare($"%pf_array{length}", $"OpTypePointer Function {array}"), id = Fresh();
            string initial = Defined ? " " + Declare($"%null_array{length}", $"OpConstantNull {array}") : "";
            Do($"{id} = OpVariable {pointer} Function{initial}");
            _arrays.Add((id, length));
        }

        for (int i = 0; i < pointers && Defined; i++)
            Do($"OpStore {_pointerVariables[i]} {InBuffer("%b0", Kind.Uint, Constant(_random.Next(InputWords)))}");
    }

    /// <summary>A pointer as a value: chosen, moved, kept in a variable, null where that was not written.</summary>
    private string PointerValue()
    {
        string pointer = _random.Next(5) switch
        {
            0 => InBuffer("%b0", Kind.Uint, InputIndex()),
            1 when _descriptors => Pointer("%pb_uint", $"%b5 {Descriptor()} {Constant(0)} {InputIndex()}"),
            2 => Choose(),
            _ => Load(),
        };
        if (Chance(30))
            pointer = Moved(pointer);
        if (Chance(40))
            Do($"OpStore {_pointerVariables[_random.Next(_pointerVariables.Count)]} {pointer}");
        return pointer;

        string Choose()
        {
            string a = PointerValue(), b = PointerValue(), id = Fresh();
            Do($"{id} = OpSelect %pb_uint {Get(Kind.Bool)} {a} {b}");
            return id;
        }

        string Load()
        {
            string id = Fresh();
            Do($"{id} = OpLoad %pb_uint {_pointerVariables[_random.Next(_pointerVariables.Count)]}");
            return id;
        }

        string Moved(string from)
        {
            string by = Chance(50) ? Constant(_random.Next(-4, 5)) : Get(Kind.Uint), id = Fresh();
            Do($"{id} = OpPtrAccessChain %pb_uint {from} {by}");
            return id;
        }
    }

    private void MemoryStep()
    {
        if (_pointers && Chance(30))
        {
            Add(Kind.Uint, Make("OpLoad", Kind.Uint, PointerValue()));
            return;
        }

        switch (_random.Next(_images ? 15 : 13))
        {
            case 9: LoadOther(); break;
            case 10: StructStep(); break;
            case 11: LoadUniformBuffer(); break;
            case 12 when _isMain: AtomicStep(); break;
            case 13 or 14: ImageStep(); break;
            case 0:
            case 1:
                var (type, variable) = _variables[_random.Next(_variables.Count)];
                Add(type, Make("OpLoad", type, variable));
                break;
            case 2:
            case 3:
                (type, variable) = _variables[_random.Next(_variables.Count)];
                Do($"OpStore {variable} {Get(type)}");
                break;
            case 4 when _arrays.Count > 0:
                Add(Kind.Uint, Make("OpLoad", Kind.Uint, Element()));
                break;
            case 5 when _arrays.Count > 0:
                Do($"OpStore {Element()} {Get(Kind.Uint)}");
                break;
            case 6:
                Add(Kind.Uint, Uniform());
                break;
            case 7 when _isMain && Chance(60):
                // Counted in any order, the same sum.
                string at = InBuffer("%b4", Kind.Uint, Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(Counters - 1)));
                string op = _random.Next(3) switch { 0 => "OpAtomicUMax", 1 => "OpAtomicOr", _ => "OpAtomicIAdd" };
                // One kind of operation for each counter's word would be a race of two kinds otherwise.
                Make(_counterOp ??= op, Kind.Uint, $"{at} {Constant(1)} {Constant(0)} {Get(Kind.Uint)}");
                break;
            case 8 when _descriptors && Chance(70):
                string from = Pointer("%pb_uint", $"%b5 {Descriptor()} {Constant(0)} {InputIndex()}");
                Add(Kind.Uint, Make("OpLoad", Kind.Uint, from));
                break;
            default:
                type = Chance(50) ? Kind.Uint : Kind.Float;
                Add(type, Make("OpLoad", type, InBuffer(type == Kind.Uint ? "%b0" : "%b2", type, InputIndex())));
                break;
        }
    }

    private string? _counterOp;

    /// <summary>An index of an array of descriptors: any, of a few, the same for all.</summary>
    private string Descriptor()
    {
        string index = _random.Next(4) switch
        {
            0 => Constant(_random.Next(2)),
            1 => Get(Kind.Uint),
            2 => Uniform(),
            _ => Binary("OpBitwiseAnd", Get(Kind.Uint), Constant(3)),
        };
        if (index.StartsWith("%x", StringComparison.Ordinal) && Chance(70) && _declared.Add("NonUniform " + index))
            _decorations.Append($"OpDecorate {index} NonUniform\n");
        return index;
    }

    /// <summary>An index of a read-only buffer: of the invocation, uniform, strided, or any, in bounds or not.</summary>
    private string InputIndex() => _random.Next(9) switch
    {
        6 => Any("UMin", Kind.Uint, $"{Binary("OpIAdd", _index, Constant(_random.Next(90)))} {Constant(InputWords - 1)}"),
        7 => Binary("OpIAdd", Binary("OpIMul", Uniform(), Constant(_random.Next(1, 20))), _index),
        8 => Any("SMax", Kind.Uint, $"{Binary("OpISub", _index, Constant(_random.Next(4)))} {Constant(0)}"),
        0 => Get(Kind.Uint),
        1 => Constant(_random.Next(InputWords + 4)),
        2 => Binary("OpIAdd", _index, Constant(_random.Next(8))),
        3 => Binary("OpIMul", _index, Constant(_random.Next(1, 5))),
        4 => Binary("OpIAdd", Uniform(), _index),
        _ => Binary("OpUMod", Get(Kind.Uint), Constant(InputWords)),
    };

    private string InBuffer(string buffer, Kind type, string index) =>
        Pointer($"%pb_{type.Name}", $"{buffer} {Constant(0)} {index}");

    private string Element()
    {
        var (array, length) = _arrays[_random.Next(_arrays.Count)];
        string pointer = Declare("%pf_uint", "OpTypePointer Function %uint");
        string index = Chance(30) ? Constant(_random.Next(length)) : Binary("OpUMod", Get(Kind.Uint), Constant(length));
        return Pointer(pointer, $"{array} {index}");
    }

    private string Pointer(string type, string operands)
    {
        string id = Fresh();
        Do($"{id} = OpAccessChain {type} {operands}");
        return id;
    }

    /// <summary>The invocation's own places of the output buffers; beyond their end a store is dropped.</summary>
    private void Output(int slot)
    {
        bool isFloat = Chance(40);
        var type = isFloat ? Kind.Float : Kind.Uint;
        // A slot of all invocations after another, or an invocation's slots.
        string index = _slotMajor
            ? Binary("OpIAdd", _linear, Constant(slot * Invocations * (int)(Groups.X * Groups.Y * Groups.Z)))
            : Binary("OpIAdd", Binary("OpIMul", _linear, Constant(Slots)), Constant(slot));
        if (Chance(25))
        {
            StoreOther(index);
            return;
        }

        if (_descriptors && Chance(30))
        {
            Do($"OpStore {Pointer("%pb_uint", $"%b6 {Descriptor()} {Constant(0)} {index}")} {Get(Kind.Uint)}");
            return;
        }

        if (Chance(10))
            index = Make("OpSelect", Kind.Uint, $"{Get(Kind.Bool)} {index} {Constant(-8)}");
        Do($"OpStore {InBuffer(isFloat ? "%b3" : "%b1", type, index)} {Get(type)}");
    }

    /// <summary>The same for the workgroup.</summary>
    private string Uniform()
    {
        if (Chance(30))
            return _uniform;
        return Make("OpLoad", Kind.Uint, Pointer("%pp_uint", $"%push {Constant(_random.Next(PushWords))}"));
    }

    private string UniformCondition() =>
        Make("OpULessThan", Kind.Bool, $"{Binary("OpBitwiseAnd", Uniform(), Constant(3))} {Constant(_random.Next(1, 4))}");

    /// <summary>Values change hands through workgroup memory, between barriers.</summary>
    private void Exchange()
    {
        string array = Declare($"%shared_array", $"OpTypeArray %uint {Constant(Invocations)}");
        string pointer = Declare("%pw_array", $"OpTypePointer Workgroup {array}");
        string shared = Declare("%shared", $"OpVariable {pointer} Workgroup");
        string element = Declare("%pw_uint", "OpTypePointer Workgroup %uint");
        string barrier = $"OpControlBarrier {Constant(2)} {Constant(2)} {Constant(0x108)}";
        string mine = Pointer(element, $"{shared} {_index}");
        if (Chance(25))
        {
            // Every invocation adds to one of a few.
            Do($"OpStore {mine} {Constant(0)}\n{barrier}");
            string counter = Pointer(element, $"{shared} {Binary("OpUMod", Get(Kind.Uint), Constant(Math.Min(Invocations, 5)))}");
            Make("OpAtomicIAdd", Kind.Uint, $"{counter} {Constant(2)} {Constant(0)} {Get(Kind.Uint)}");
        }
        else
        {
            Do($"OpStore {mine} {Get(Kind.Uint)}");
        }

        Do(barrier);
        string other = Binary("OpUMod", Binary("OpIAdd", _index, Constant(_random.Next(Invocations))), Constant(Invocations));
        Add(Kind.Uint, Make("OpLoad", Kind.Uint, Pointer(element, $"{shared} {other}")));
        Do(barrier);
    }
}
