namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>What the topics share: the module, the diagnostics, and questions about types that many of them ask.</summary>
internal sealed class ValidationContext(Module module, List<Diagnostic> diagnostics)
{
    private readonly HashSet<uint> capabilities = [];
    private readonly Dictionary<uint, uint> roots = [];

    public Module Module { get; } = module;

    /// <summary>Nesting and size of each type; filled in by <see cref="Types"/>.</summary>
    public TypeSizes Sizes { get; } = new(module);

    /// <summary>Pairs of types that OpCopyLogical may copy between, as far as they have been compared.</summary>
    public HashSet<(uint, uint)> LogicalMatches { get; } = [];

    /// <summary>The variable, parameter or other pointer that an access chain or copy starts from.</summary>
    public uint RootOf(uint pointer) => roots.GetValueOrDefault(pointer, pointer);

    /// <summary>Notes that a pointer is made from another, whose own root is known.</summary>
    public void SetRoot(uint pointer, uint from) => roots[pointer] = RootOf(from);

    public bool Has(Capability capability) => capabilities.Contains((uint)capability);

    /// <summary>Adds a capability and all that it brings with it.</summary>
    public void Add(Capability capability)
    {
        if (!capabilities.Add((uint)capability))
            return;
        foreach (ushort implied in EnumerantTable.Info(OperandKind.Capability, (uint)capability).Capabilities)
            Add((Capability)implied);
    }

    public bool HasAny(ReadOnlySpan<ushort> alternatives)
    {
        foreach (ushort c in alternatives)
        {
            if (capabilities.Contains(c))
                return true;
        }
        return alternatives.Length == 0;
    }

    public bool Fail(int offset, string message)
    {
        diagnostics.Add(new(offset, message));
        return false;
    }

    public bool Fail(in Instruction i, string message) => Fail(i.Offset, $"{InstructionTable.Name(i.Opcode)}: {message}");

    /// <summary>The type of a value operand.</summary>
    public ref readonly TypeInfo TypeOf(uint id) => ref Module.TypeOf(id);

    /// <summary>A scalar is a vector of one: its scalar type and the number of components. False for other types.</summary>
    public bool TryVector(uint typeId, out TypeInfo scalar, out int components)
    {
        scalar = Module.Type(typeId);
        components = 1;
        if (scalar.Kind == TypeKind.Vector)
        {
            components = scalar.Count;
            scalar = Module.Type(scalar.Element);
        }
        return scalar.IsScalar;
    }

    public bool IsVectorOf(uint typeId, TypeKind kind, out int width, out int components)
    {
        bool found = TryVector(typeId, out TypeInfo scalar, out components) && scalar.Kind == kind;
        width = scalar.Width;
        return found;
    }

    public bool IsInt32(uint typeId) => Module.Type(typeId) is { Kind: TypeKind.Int, Width: 32 };

    public bool IsIntScalar(uint typeId) => Module.Type(typeId).IsInt;

    public bool IsBool(uint typeId) => Module.Type(typeId).Kind == TypeKind.Bool;

    /// <summary>OpConstant and the like, specialization constants among them.</summary>
    public static bool IsConstant(Opcode opcode) => opcode is Opcode.OpConstantTrue or Opcode.OpConstantFalse or Opcode.OpConstant
        or Opcode.OpConstantComposite or Opcode.OpConstantNull or Opcode.OpUndef || IsSpecConstant(opcode);

    public static bool IsSpecConstant(Opcode opcode) => opcode is Opcode.OpSpecConstantTrue or Opcode.OpSpecConstantFalse
        or Opcode.OpSpecConstant or Opcode.OpSpecConstantComposite or Opcode.OpSpecConstantOp;

    /// <summary>True for a pointer that the module's capabilities let be a value.</summary>
    public bool MayBeValue(in TypeInfo pointer) => pointer.StorageClass switch
    {
        StorageClass.PhysicalStorageBuffer => true,
        StorageClass.StorageBuffer => Has(Capability.VariablePointersStorageBuffer),
        StorageClass.Workgroup => Has(Capability.VariablePointers),
        _ => false,
    };

    public bool IsConstantId(uint id) => IsConstant(Module.OpcodeOf(id));
}
