using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Images and samplers as values: which descriptor they come from, and the record that it names.</summary>
/// <remarks>
/// What a record says is loaded when it is needed. The fields that nearly every access needs go to the prologue when
/// the descriptor is known; the rest is loaded in place, because keeping it in registers costs more.
/// </remarks>
internal sealed partial class ModuleLowering
{
    /// <summary>To a descriptor of an image, a sampler or both, or to an array of them.</summary>
    /// <param name="Element">Index in the binding's array (i32).</param>
    /// <param name="IsArray">True while the pointer is to the array.</param>
    /// <param name="Flags">Of accesses to the image's texels.</param>
    private sealed record DescriptorPointer(int Resource, int Count, Shape Pointee, ValueId Element, bool IsArray,
        NodeFlags Flags) : Pointer(Pointee);

    /// <summary>A loaded image, sampler or combination of both.</summary>
    private sealed record ImageValue(Shape Pointee, DescriptorPointer? Image, DescriptorPointer? Sampler) : Pointer(Pointee);

    /// <summary>What OpImageTexelPointer gives.</summary>
    /// <param name="Sample">None for an image without samples.</param>
    private sealed record TexelPointer(Shape Pointee, DescriptorPointer Image, ValueId[] Coordinates, ValueId Sample) : Pointer(Pointee);

    /// <summary>A record in the region: of an image or a sampler.</summary>
    /// <param name="Base">Its first byte.</param>
    /// <param name="Element">The descriptor's index if it is a constant; else -1, and nothing is kept.</param>
    /// <param name="Traits">What is known of it; null for nothing.</param>
    private readonly record struct Record(ValueId Base, int Resource, long Element, int Pointer, RecordTraits? Traits);

    /// <summary>Values kept in the prologue, by record and by what they are: the offset of a field, or one of
    /// <see cref="KeptBase"/> and so on.</summary>
    private readonly Dictionary<(int Resource, long Element, int Pointer, int What), ValueId> _records = [];

    /// <summary>Keys of <see cref="_records"/> that are not offsets of fields.</summary>
    private const int KeptBase = -1, KeptTexels = -2, KeptPlane = -10, KeptWidth = -100;

    private DescriptorPointer ImagePointer(uint id, in TypeInfo pointer)
    {
        var shape = _shapes.Of(pointer.Element);
        bool isArray = shape.Kind is TypeKind.Array or TypeKind.RuntimeArray;
        var element = isArray ? shape.Element! : shape;
        if (element.Kind is TypeKind.Array or TypeKind.RuntimeArray)
            Refusal.Throw($"{_module.NameOf(id)}: arrays of arrays of images are not supported");
        var (set, binding) = PlaceOf(id);
        int resource = ResourceOf(id, set, binding, UseOf(element.TypeId), isArray ? shape.Count : 1, out int count);
        var flags = UseOf(element.TypeId) is DescriptorUse.StorageImage or DescriptorUse.StorageTexelBuffer
            && !IsReadOnlyImage(id) ? NodeFlags.None : NodeFlags.ReadOnly;
        if (_module.HasDecoration(id, Decoration.Volatile) || _module.HasDecoration(id, Decoration.Coherent))
            flags = NodeFlags.Volatile;
        return new DescriptorPointer(resource, count, shape, _b.I32(0), isArray, flags);
    }

    private bool IsReadOnlyImage(uint id) => _module.HasDecoration(id, Decoration.NonWritable)
        && !_module.HasDecoration(id, Decoration.Aliased);

    private DescriptorUse UseOf(uint typeId)
    {
        var type = _module.Type(typeId);
        if (type.Kind == TypeKind.Sampler)
            return DescriptorUse.Sampler;

        // Compilers declare texel buffers as sampled images too, up to SPIR-V 1.5.
        var image = _module.Image(type.Kind == TypeKind.SampledImage ? _module.Type(type.Element) : type);
        if (type.Kind == TypeKind.SampledImage && image.Dim != Dim.Buffer)
            return DescriptorUse.CombinedImageSampler;
        if (image.Dim == Dim.Buffer)
            return image.IsStorage ? DescriptorUse.StorageTexelBuffer : DescriptorUse.UniformTexelBuffer;
        return image.IsStorage ? DescriptorUse.StorageImage : DescriptorUse.SampledImage;
    }

    private DescriptorPointer StepDescriptor(DescriptorPointer p, uint index)
    {
        if (!p.IsArray)
            Refusal.Throw("an index into an image or sampler");
        return p with { Pointee = p.Pointee.Element!, Element = Clamped(IndexValue(index), p.Count), IsArray = false };
    }

    private void LoadDescriptor(in Insn i)
    {
        if (PointerOf(i[0]) is not DescriptorPointer { IsArray: false } p)
        {
            Refusal.Throw("the pointer does not point to one descriptor");
            return;
        }

        var kind = p.Pointee.Kind;
        _values.Set(i.Result, new ImageValue(p.Pointee, kind == TypeKind.Sampler ? null : p, kind == TypeKind.Image ? null : p));
    }

    private ImageValue ImageOf(uint id)
    {
        if (PointerOf(id) is ImageValue value)
            return value;
        Refusal.Throw($"%{id} is not an image that was loaded");
        return null!;
    }

    // Indices that differ between invocations ------------------------------------------------------------------------

    /// <summary>A loop that runs once for each descriptor that the subgroup's invocations name, as in
    /// <see cref="ForEachDescriptor"/>, but for an image and a sampler at once.</summary>
    private readonly record struct Waterfall(BlockId Header, BlockId Continue, BlockId Merge)
    {
        public bool IsNone => Merge.IsNone;
    }

    private static Waterfall NoWaterfall => new(BlockId.None, BlockId.None, BlockId.None);

    /// <summary>Gives an image value whose indices are the same for the invocations that go on from here.</summary>
    private Waterfall BeginWaterfall(ref ImageValue value)
    {
        bool imageVaries = value.Image is { } image && Varies(image);
        bool samplerVaries = value.Sampler is { } sampler && Varies(sampler);
        if (!imageVaries && !samplerVaries)
        {
            value = value with { Image = Unified(value.Image), Sampler = Unified(value.Sampler) };
            return NoWaterfall;
        }

        SplitIfHeader();
        var loop = new Waterfall(_f.NewBlock(), _f.NewBlock(), _f.NewBlock());
        Jump(loop.Header, []);
        _f.Layout.Add(loop.Header);
        _b.Block = loop.Header;
        _f[loop.Header].Merge = loop.Merge;
        _f[loop.Header].Continue = loop.Continue;
        var mine = ValueId.None;
        bool same = value.Image is { } one && value.Sampler is { } two && one.Element == two.Element;
        if (imageVaries)
        {
            var first = BroadcastFirst(value.Image!.Element);
            mine = _b.Compare(Op.IEq, first, value.Image.Element);
            value = value with { Image = value.Image with { Element = first } };
            if (same)
                value = value with { Sampler = value.Sampler! with { Element = first } };
        }

        if (samplerVaries && !(imageVaries && same))
        {
            var first = BroadcastFirst(value.Sampler!.Element);
            var hit = _b.Compare(Op.IEq, first, value.Sampler.Element);
            mine = mine.IsNone ? hit : _b.And(mine, hit);
            value = value with { Sampler = value.Sampler with { Element = first } };
        }

        var body = _f.NewBlock();
        Branch(mine, body, [], loop.Continue, []);
        Begin(body);
        return loop;
    }

    /// <summary>Ends the loop: these invocations have their results.</summary>
    private void EndWaterfall(in Waterfall loop, ValueId[] results)
    {
        if (loop.IsNone)
            return;
        var parameters = new ValueId[results.Length];
        for (int k = 0; k < results.Length; k++)
            parameters[k] = _f.AddParam(loop.Merge, _f.TypeOf(results[k]));
        Jump(loop.Merge, results);
        Begin(loop.Continue);
        Jump(loop.Header, []);
        _ssa.Seal(loop.Header);
        Begin(loop.Merge);
        parameters.CopyTo(results, 0);
    }

    private bool Varies(DescriptorPointer p) => !_b.TryConst(p.Element, out _) && !IsSurelyUniform(p.Element, 0);

    /// <summary>An index that is uniform is seen to be so.</summary>
    private DescriptorPointer? Unified(DescriptorPointer? p) =>
        p is null || _b.TryConst(p.Element, out _) ? p : p with { Element = BroadcastFirst(p.Element) };

    private ValueId BroadcastFirst(ValueId value) => _b.Emit(Op.SubgroupBroadcastFirst, _f.TypeOf(value), [value]);

    // Records --------------------------------------------------------------------------------------------------------

    private Record ImageRecordOf(DescriptorPointer p) => RecordOf(p, ImageDescriptor.ImageField);

    private Record SamplerRecordOf(DescriptorPointer p) => RecordOf(p, ImageDescriptor.SamplerField);

    private Record RecordOf(DescriptorPointer p, int pointer)
    {
        if (!_b.TryConst(p.Element, out long element))
            return new Record(_b.Emit(Op.BufferBase, IrType.Base, [p.Element], pointer, p.Resource), p.Resource, -1, pointer, TraitsOfAll(p, pointer));
        var key = (p.Resource, element, pointer, KeptBase);
        if (!_records.TryGetValue(key, out var known))
        {
            var block = EnterPrologue();
            known = _b.Emit(Op.BufferBase, IrType.Base, [p.Element], pointer, p.Resource);
            LeavePrologue(block);
            _records.Add(key, known);
        }

        return new Record(known, p.Resource, element, pointer, TraitsOf(p.Resource, element, pointer));
    }

    /// <summary>What all descriptors of an array are; null where they differ, or are not all known.</summary>
    private RecordTraits? TraitsOfAll(DescriptorPointer p, int pointer)
    {
        if (_stage.KnownDescriptors.Count == 0 || p.Count > _stage.KnownDescriptors.Count)
            return null;
        var first = TraitsOf(p.Resource, 0, pointer);
        for (int element = 1; element < p.Count && first is not null; element++)
        {
            if (!first.Equals(TraitsOf(p.Resource, element, pointer)))
                return null;
        }

        return first;
    }

    private RecordTraits? TraitsOf(int resource, long element, int pointer)
    {
        var (set, binding) = (_f.Resources[resource].Set, _f.Resources[resource].Binding);
        foreach (var known in _stage.KnownDescriptors)
        {
            if (known.Set == set && known.Binding == binding && known.Element == element)
                return pointer == ImageDescriptor.ImageField ? known.Image : known.Sampler;
        }

        return null;
    }

    /// <summary>A field that many accesses need.</summary>
    private ValueId Field(in Record record, int offset)
    {
        if (record.Element < 0 || record.Traits?.TryField(offset, out _) is true)
            return FieldHere(record, offset, IrType.I32);
        var key = (record.Resource, record.Element, record.Pointer, offset);
        if (!_records.TryGetValue(key, out var known))
        {
            var block = EnterPrologue();
            known = FieldHere(record, offset, IrType.I32);
            LeavePrologue(block);
            _records.Add(key, known);
        }

        return known;
    }

    /// <summary>A field, loaded where it is needed, or a constant where it is known.</summary>
    private ValueId FieldHere(in Record record, int offset, IrType type) => record.Traits?.TryField(offset, out uint known) is true
        ? _b.Const(type, known)
        : _b.Emit(Op.Load, type, [record.Base, _b.I32(0)], offset, flags: NodeFlags.ReadOnly);

    private ValueId FloatHere(in Record record, int offset) => FieldHere(record, offset, IrType.F32);

    /// <summary>The first texel of an image: of its first level, layer and sample.</summary>
    private ValueId Texels(in Record record)
    {
        var key = (record.Resource, record.Element, record.Pointer, KeptTexels);
        if (record.Element >= 0 && _records.TryGetValue(key, out var known))
            return known;
        var block = record.Element >= 0 ? EnterPrologue() : _b.Block;
        var address = FieldHere(record, ImageRecord.BaseField, IrType.I64);
        var level = FieldHere(record, ImageRecord.LevelTable + ImageRecord.LevelOffsetField, IrType.I32);
        var texels = _b.Emit(Op.Confine, IrType.Base, [_b.IAdd(address, _b.Convert(Op.ZExt, IrType.I64, level))]);
        LeavePrologue(block);
        if (record.Element >= 0)
            _records.Add(key, texels);
        return texels;
    }

    /// <summary>The first texel of a plane of a multi-planar image.</summary>
    private ValueId PlaneTexels(in Record record, int plane)
    {
        if (plane == 0)
            return Texels(record);
        var key = (record.Resource, record.Element, record.Pointer, KeptPlane - plane);
        if (_records.TryGetValue(key, out var known))
            return known;
        var block = EnterPrologue();
        int field = ImageRecord.PlaneTable + ((plane - 1) * ImageRecord.PlaneSize) + ImageRecord.PlaneBaseField;
        known = _b.Emit(Op.Confine, IrType.Base, [FieldHere(record, field, IrType.I64)]);
        LeavePrologue(block);
        _records.Add(key, known);
        return known;
    }

    /// <summary>The width of an image if its texels have so many bytes, else 0: a view of another size has no texels.</summary>
    private ValueId WidthOfTexels(in Record record, int bytes)
    {
        var key = (record.Resource, record.Element, record.Pointer, KeptWidth - bytes);
        if (record.Element >= 0 && _records.TryGetValue(key, out var known))
            return known;
        var (size, width) = (Field(record, ImageRecord.TexelBytesField), Field(record, ImageRecord.WidthField));
        var block = record.Element >= 0 ? EnterPrologue() : _b.Block;
        var checkedWidth = _b.Select(_b.Compare(Op.IEq, size, _b.I32(bytes)), width, _b.I32(0));
        LeavePrologue(block);
        if (record.Element >= 0)
            _records.Add(key, checkedWidth);
        return checkedWidth;
    }
}
