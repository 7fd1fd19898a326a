namespace ShaderJit.Fuzz.Generator;

/// <summary>Buffers of other elements than 32 bits, of vectors, and uniform buffers; declared when they are first used.</summary>
internal sealed partial class RandomModule
{
    private const int FirstInput = 10, FirstOutput = 30, UniformBinding = 50, UniformWords = 24;

    private static readonly Kind[] MemoryKinds =
        [new('q'), new('w'), new('c'), new('h'), new('d'), new('u', 2), new('f', 2), new('u', 4), new('f', 4), new('f', 3), new('h', 2), new('w', 4), new('l'), new('t'), new('y')];

    /// <summary>Those that need no capability for their width.</summary>
    private static readonly Kind[] PlainMemoryKinds = [new('u', 2), new('f', 2), new('u', 4), new('f', 4), new('f', 3)];

    private readonly List<string> _capabilities = [], _extensions = [];

    private void Need(string capability, string extension = "")
    {
        if (!_capabilities.Contains(capability))
            _capabilities.Add(capability);
        if (extension.Length > 0 && !_extensions.Contains(extension))
            _extensions.Add(extension);
    }

    private Kind MemoryKind() => Pick(_random, _wide ? MemoryKinds : PlainMemoryKinds);

    /// <summary>The buffer of a kind of elements that is read, or that which is written.</summary>
    private string Buffer(Kind type, bool isOutput)
    {
        string name = $"%{(isOutput ? "out" : "in")}_{type.Name}";
        if (!_declared.Add(name))
            return name;
        if (type.Bits == 8)
            Need("StorageBuffer8BitAccess", "SPV_KHR_8bit_storage");
        else if (type.Bits == 16)
            Need("StorageBuffer16BitAccess", "SPV_KHR_16bit_storage");
        if (_declared.Add("%block_" + type.Name))
        {
            int stride = type.Bits / 8 * (type.Count == 3 ? 4 : type.Count);
            _types.Append($"%array_{type.Name} = OpTypeRuntimeArray {type.Id}\n%block_{type.Name} = OpTypeStruct %array_{type.Name}\n");
            _types.Append($"%pblock_{type.Name} = OpTypePointer StorageBuffer %block_{type.Name}\n");
            _decorations.Append($"OpDecorate %array_{type.Name} ArrayStride {stride}\nOpDecorate %block_{type.Name} Block\n");
            _decorations.Append($"OpMemberDecorate %block_{type.Name} 0 Offset 0\n");
        }

        Declare($"%pb_{type.Name}", $"OpTypePointer StorageBuffer {type.Id}");
        _types.Append($"{name} = OpVariable %pblock_{type.Name} StorageBuffer\n");
        int binding = (isOutput ? FirstOutput : FirstInput) + Array.IndexOf(MemoryKinds, type);
        _decorations.Append($"OpDecorate {name} DescriptorSet 0\nOpDecorate {name} Binding {binding}\n");
        if (!isOutput)
            _decorations.Append($"OpDecorate {name} NonWritable\n");
        return name;
    }

    private void LoadOther()
    {
        var type = MemoryKind();
        Add(type, Make("OpLoad", type, InBuffer(Buffer(type, false), type, InputIndex())));
    }

    private void StoreOther(string index)
    {
        var type = MemoryKind();
        Do($"OpStore {InBuffer(Buffer(type, true), type, index)} {Get(type)}");
    }

    /// <summary>An element of an array in a uniform buffer, 16 bytes apart as std140 has it.</summary>
    private void LoadUniformBuffer()
    {
        if (_declared.Add("%uniforms"))
        {
            string length = Constant(UniformWords / 4);
            _types.Append($"%array_uniform = OpTypeArray %uint {length}\n%block_uniform = OpTypeStruct %array_uniform\n");
            _types.Append("%pblock_uniform = OpTypePointer Uniform %block_uniform\n%uniforms = OpVariable %pblock_uniform Uniform\n%pu_uint = OpTypePointer Uniform %uint\n");
            _decorations.Append("OpDecorate %array_uniform ArrayStride 16\nOpDecorate %block_uniform Block\nOpMemberDecorate %block_uniform 0 Offset 0\n");
            _decorations.Append($"OpDecorate %uniforms DescriptorSet 0\nOpDecorate %uniforms Binding {UniformBinding}\n");
        }

        string index = Chance(40) ? Constant(_random.Next(UniformWords / 4)) : Binary("OpUMod", Chance(50) ? Uniform() : Get(Kind.Uint), Constant(UniformWords / 4));
        Add(Kind.Uint, Make("OpLoad", Kind.Uint, Pointer("%pu_uint", $"%uniforms {Constant(0)} {index}")));
    }
}
