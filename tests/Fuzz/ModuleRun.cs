using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz;

/// <summary>A dispatch for any module over buffers, made from what the module declares: read-only buffers are small and full
/// of numbers, those that are written are zero and larger. So a module in a file is all that a finding needs.</summary>
internal sealed class ModuleRun
{
    /// <summary>Of images with slices or layers; those that are sampled have several levels.</summary>
    private const int Slices = 8, Levels = 3;

    private const int TexelWidth = 16, InputWords = 96, OutputWords = 4096, PushWords = 64;

    private readonly List<BoundBuffer> _buffers = [];
    private readonly List<ImageMemory> _images = [];
    private readonly List<BoundImage> _bound = [];
    private readonly Dictionary<int, int> _floats = [];
    private readonly byte[] _push;
    private readonly (uint, uint, uint) _groups;

    /// <param name="groups">Workgroups; a few, without.</param>
    /// <exception cref="ModuleException">The module cannot be read.</exception>
    public ModuleRun(uint[] words, int seed, (uint, uint, uint)? groups = null)
    {
        var module = TestStage.Read(words);
        var random = new Random(seed);
        _groups = (2, 1, (uint)random.Next(1, 3));
        _groups = groups ?? _groups;
        _push = Words(random, PushWords, 6);
        foreach (var i in module.Instructions)
        {
            if (i.Opcode == Opcode.OpVariable && module.TryDecoration(i.Result, Decoration.Binding, out uint binding))
                Bind(module, i, (int)binding, random);
        }
    }

    /// <summary>Bits of the floats that a binding holds; 0 where it holds none.</summary>
    public int FloatBits(int binding) => _floats.GetValueOrDefault(binding);

    public IReadOnlyList<ImageMemory> Images => _images;

    public KernelRun Of(Function f, int lanes) => Of(f, lanes, null);

    public KernelRun Of(Function f, int lanes, Doubt? doubt) => new()
    {
        Function = f, LaneCount = lanes, StepLimit = 4_000_000, Groups = _groups, PushConstants = _push, Buffers = _buffers,
        Images = _bound, Doubt = doubt,
    };

    private void Bind(Module module, Instruction variable, int binding, Random random)
    {
        module.TryDecoration(variable.Result, Decoration.DescriptorSet, out uint set);
        var pointer = module.Type(variable.ResultType);
        var block = module.Type(pointer.Element);
        bool isArray = block.Kind is TypeKind.Array or TypeKind.RuntimeArray;
        if (isArray)
            block = module.Type(block.Element);
        if (block.Kind == TypeKind.Image && !isArray)
        {
            BindImage(module, block, (int)set, binding, module.HasDecoration(variable.Result, Decoration.NonWritable), random);
            return;
        }

        if (block.Kind != TypeKind.Struct)
            throw new ModuleException(FindingKind.Refused, "it uses other resources than buffers");
        bool readOnly = module.HasDecoration(variable.Result, Decoration.NonWritable)
            || (pointer.StorageClass == StorageClass.Uniform && !module.HasDecoration(block.Id, Decoration.BufferBlock));
        int floats = FloatsIn(module, block);
        _floats[binding] = floats;
        byte[] bytes = !readOnly ? new byte[OutputWords * 4] : floats > 0 ? Floats(random, floats, new byte[InputWords * 4]) : Words(random, InputWords, 8);
        _buffers.Add(new BoundBuffer((int)set, binding, bytes));

        // The other descriptors of an array: a shorter buffer, and nothing.
        if (isArray)
            _buffers.Add(new BoundBuffer((int)set, binding, readOnly ? bytes[40..60] : new byte[OutputWords * 2], 1));
    }

    private void BindImage(Module module, TypeInfo type, int set, int binding, bool readOnly, Random random)
    {
        var image = module.Image(type);
        bool isBuffer = image.Dim == Dim.Buffer;
        bool isVolume = image.Dim == Dim.Dim3D, isDeep = isVolume || image.IsArrayed;
        if (image.IsMultisampled || image.Dim is not (Dim.Dim2D or Dim.Dim3D or Dim.Buffer))
            throw new ModuleException(FindingKind.Refused, "it uses other images than of two and three dimensions");
        var format = image.IsStorage ? image.Format : module.Type(image.SampledType) switch
        {
            { Kind: TypeKind.Float } => ImageFormat.Rgba8,
            { Width: 64 } => ImageFormat.R64ui,
            _ => ImageFormat.R32ui,
        };
        readOnly |= !image.IsStorage;
        var memory = new ImageMemory(set, binding, _buffers.Count, format, isBuffer ? TexelWidth * (readOnly ? 8 : 64) : TexelWidth,
            isBuffer ? 0 : readOnly || isDeep ? 8 : 64, image.IsStorage, isVolume ? Slices : 1, image.IsArrayed ? Slices : 1,
            isDeep && !image.IsStorage ? Levels : 1);
        byte[] texels = new byte[memory.Bytes];
        int floats = ImageMemory.FloatBits(format);
        if (readOnly && floats >= 16)
            Floats(random, floats, texels);
        else if (readOnly)
            random.NextBytes(texels);
        int hidden = ImageMemory.HiddenSet + binding;
        _floats[hidden] = floats;
        _images.Add(memory);
        _buffers.Add(new BoundBuffer(ImageMemory.HiddenSet, hidden, texels));
        _bound.Add(new BoundImage(set, binding, memory.Buffer, memory.Record(), null));
    }

    /// <summary>Of the floats in a type; 0 without.</summary>
    private static int FloatsIn(Module module, TypeInfo type)
    {
        switch (type.Kind)
        {
            case TypeKind.Struct:
                foreach (uint member in module.Members(type))
                {
                    if (FloatsIn(module, module.Type(member)) is > 0 and int bits)
                        return bits;
                }

                return 0;
            case TypeKind.Array or TypeKind.RuntimeArray or TypeKind.Vector or TypeKind.Matrix:
                return FloatsIn(module, module.Type(type.Element));
            default:
                return type.Kind == TypeKind.Float ? type.Width : 0;
        }
    }

    private static byte[] Words(Random random, int count, int small)
    {
        var bytes = new byte[count * 4];
        for (int i = 0; i < count; i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), random.Next(3) == 0 ? random.Next() : random.Next(small));
        return bytes;
    }

    private static byte[] Floats(Random random, int bits, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at += bits / 8)
        {
            bool any = random.Next(8) == 0;
            double number = (random.NextDouble() - 0.5) * 20;
            var place = bytes.AsSpan(at);
            if (any)
                random.NextBytes(place[..(bits / 8)]);
            else if (bits == 16)
                BitConverter.TryWriteBytes(place, (Half)number);
            else if (bits == 32)
                BitConverter.TryWriteBytes(place, (float)number);
            else
                BitConverter.TryWriteBytes(place, number);
        }

        return bytes;
    }
}
