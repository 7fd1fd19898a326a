using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz;

/// <summary>A dispatch for any module over buffers, made from what the module declares: read-only buffers are small and full
/// of numbers, those that are written are zero and larger. So a module in a file is all that a finding needs.</summary>
internal sealed class ModuleRun
{
    private const int InputWords = 96, OutputWords = 4096, PushWords = 64;

    private readonly List<BoundBuffer> _buffers = [];
    private readonly HashSet<int> _floats = [];
    private readonly byte[] _push;
    private readonly (uint, uint, uint) _groups;

    /// <exception cref="ModuleException">The module cannot be read.</exception>
    public ModuleRun(uint[] words, int seed)
    {
        var module = TestStage.Read(words);
        var random = new Random(seed);
        _groups = (2, 1, (uint)random.Next(1, 3));
        _push = Words(random, PushWords, 6);
        foreach (var i in module.Instructions)
        {
            if (i.Opcode == Opcode.OpVariable && module.TryDecoration(i.Result, Decoration.Binding, out uint binding))
                Bind(module, i, (int)binding, random);
        }
    }

    /// <summary>Bindings whose numbers are floats.</summary>
    public bool IsFloat(int binding) => _floats.Contains(binding);

    public KernelRun Of(Function f, int lanes) => new()
    {
        Function = f, LaneCount = lanes, StepLimit = 4_000_000, Groups = _groups, PushConstants = _push, Buffers = _buffers,
    };

    private void Bind(Module module, Instruction variable, int binding, Random random)
    {
        module.TryDecoration(variable.Result, Decoration.DescriptorSet, out uint set);
        var pointer = module.Type(variable.ResultType);
        var block = module.Type(pointer.Element);
        bool isArray = block.Kind is TypeKind.Array or TypeKind.RuntimeArray;
        if (isArray)
            block = module.Type(block.Element);
        if (block.Kind != TypeKind.Struct)
            throw new ModuleException(FindingKind.Refused, "it uses other resources than buffers");
        bool readOnly = module.HasDecoration(variable.Result, Decoration.NonWritable)
            || (pointer.StorageClass == StorageClass.Uniform && !module.HasDecoration(block.Id, Decoration.BufferBlock));
        bool floats = HoldsFloats(module, block);
        if (floats)
            _floats.Add(binding);
        byte[] bytes = !readOnly ? new byte[OutputWords * 4] : floats ? Floats(random) : Words(random, InputWords, 8);
        _buffers.Add(new BoundBuffer((int)set, binding, bytes));

        // The other descriptors of an array: a shorter buffer, and nothing.
        if (isArray)
            _buffers.Add(new BoundBuffer((int)set, binding, readOnly ? bytes[40..60] : new byte[OutputWords * 2], 1));
    }

    private static bool HoldsFloats(Module module, TypeInfo type)
    {
        while (true)
        {
            switch (type.Kind)
            {
                case TypeKind.Struct:
                    type = module.Type(module.Members(type)[0]);
                    break;
                case TypeKind.Array or TypeKind.RuntimeArray or TypeKind.Vector or TypeKind.Matrix:
                    type = module.Type(type.Element);
                    break;
                default:
                    return type.Kind == TypeKind.Float;
            }
        }
    }

    private static byte[] Words(Random random, int count, int small)
    {
        var bytes = new byte[count * 4];
        for (int i = 0; i < count; i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), random.Next(3) == 0 ? random.Next() : random.Next(small));
        return bytes;
    }

    private static byte[] Floats(Random random)
    {
        var bytes = new byte[InputWords * 4];
        for (int i = 0; i < InputWords; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), random.Next(8) == 0
                ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))
                : (float)((random.NextDouble() - 0.5) * 20));
        }

        return bytes;
    }
}
