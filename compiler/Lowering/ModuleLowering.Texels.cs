using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>OpImageRead, OpImageWrite, OpImageFetch, OpImageTexelPointer: one texel by its number. What is not there reads as
/// a texel of zeros and is not written.</summary>
internal sealed partial class ModuleLowering
{
    private void LowerImageRead(in Insn i, ImageValue value, ValueId[] results)
    {
        bool fetches = i.Opcode == Opcode.OpImageFetch;
        var image = _module.Image(_module.Type(value.Pointee.TypeId));
        var record = ImageRecordOf(value.Image!);
        var operands = new ImageOperandIds(i.Operands[2..]);
        var type = ScalarTypeOf(image.SampledType);
        var flags = value.Image!.Flags;
        if ((operands.Mask & (ImageOperands.VolatileTexel | ImageOperands.MakeTexelVisible)) != 0)
            flags = NodeFlags.Volatile;
        var rgba = new ValueId[4];
        if (type == IrType.I64)
        {
            LoadWide(TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), WideBytes), flags, rgba);
            Swizzle(record, type, rgba);
        }
        else if (!fetches && HasFormat(image, out var format))
        {
            if (format.Kind == TexelKind.Integer != type.IsInteger)
                Refusal.Throw("the image's format and its type differ in kind");
            if ((operands.Mask & ImageOperands.SignExtend) != 0)
                format = format with { IsSigned = true };
            else if ((operands.Mask & ImageOperands.ZeroExtend) != 0)
                format = format with { IsSigned = false };
            var place = TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), format.Bytes);
            Span<ValueId> dwords = stackalloc ValueId[4];
            LoadDwords(place, format.Bytes, flags, dwords);
            format.Decode(_b, dwords, type, rgba);
        }
        else if (record.Traits is { } traits && ExtensionOf(operands.Mask) == Extension.OfFormat)
        {
            var texel = new KnownTexel(traits);
            FetchKnown(texel, record, TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), 0), type, flags, rgba);
        }
        else
        {
            var place = TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), 0);
            DecodeTexel(record, place, type, flags, ExtensionOf(operands.Mask), rgba);
            Swizzle(record, type, rgba);
        }

        rgba.AsSpan(0, results.Length).CopyTo(results);
    }

    private void FetchKnown(KnownTexel texel, in Record record, in Access place, IrType type, NodeFlags flags, Span<ValueId> rgba)
    {
        Span<TexelSwizzle> sources = stackalloc TexelSwizzle[4];
        for (int c = 0; c < 4; c++)
            sources[c] = texel.Source(c);
        Span<ValueId> dwords = stackalloc ValueId[4];
        LoadTaps(texel, [place], sources, flags, dwords);
        var table = SrgbTableOf(texel, record);
        for (int c = 0; c < 4; c++)
            rgba[c] = Final(texel, sources[c], texel.Decode(_b, sources[c], dwords, type, table));
    }

    private void LowerImageWrite(in Insn i, ImageValue value)
    {
        var image = _module.Image(_module.Type(value.Pointee.TypeId));
        var record = ImageRecordOf(value.Image!);
        var operands = new ImageOperandIds(i.Operands[3..]);
        var flags = value.Image!.Flags & ~NodeFlags.ReadOnly;
        if ((operands.Mask & (ImageOperands.VolatileTexel | ImageOperands.MakeTexelAvailable)) != 0)
            flags = NodeFlags.Volatile;
        var texel = Leaves(i[2]);
        if (_f.TypeOf(texel[0]) == IrType.I64)
        {
            StoreTexel(TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), WideBytes), texel[0], 0, flags);
            return;
        }

        if (!HasFormat(image, out var format))
        {
            EncodeTexel(record, TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), 0), texel, flags);
            return;
        }

        if (format.Kind == TexelKind.Integer != ScalarTypeOf(image.SampledType).IsInteger)
            Refusal.Throw("the image's format and its type differ in kind");
        var place = TexelPlace(image, record, Leaves(i[1]), ExtrasOf(operands), format.Bytes);
        Span<ValueId> dwords = stackalloc ValueId[format.Dwords];
        format.Encode(_b, texel, dwords);
        StoreDwords(place, format.Bytes, flags, dwords);
    }

    /// <summary>The format that the module declares; false where the record says it.</summary>
    private bool HasFormat(in ImageInfo image, out TexelFormat format) =>
        TexelFormat.TryOf(image.Format, out format) && !_stage.ImageFormatsFromRecords;

    private void LowerTexelPointer(in Insn i)
    {
        if (PointerOf(i[0]) is not DescriptorPointer { IsArray: false } p)
        {
            Refusal.Throw("not a pointer to one image");
            return;
        }

        bool hasSamples = _module.Image(_module.Type(p.Pointee.TypeId)).IsMultisampled;
        _values.Set(i.Result, new TexelPointer(_shapes.Of(_module.Type(i.Type).Element), p, Leaves(i[1]).ToArray(),
            hasSamples ? Leaf(i[2]) : ValueId.None));
    }

    /// <summary>Where the texel of a pointer lies.</summary>
    private Access ResolveTexel(TexelPointer p)
    {
        var image = _module.Image(_module.Type(p.Image.Pointee.TypeId));
        return TexelPlace(image, ImageRecordOf(p.Image), p.Coordinates, new TexelExtras([], ValueId.None, p.Sample),
            p.Pointee.Scalar == IrType.I64 ? WideBytes : 4);
    }

    /// <summary>What else says which texel is meant.</summary>
    /// <param name="Offsets">Added to the coordinates; empty for none.</param>
    /// <param name="Level">None for the first.</param>
    /// <param name="Sample">None for an image without samples.</param>
    private readonly record struct TexelExtras(ValueId[] Offsets, ValueId Level, ValueId Sample);

    private TexelExtras ExtrasOf(in ImageOperandIds operands) => new(
        operands.Offset == 0 ? [] : Leaves(operands.Offset).ToArray(),
        operands.Lod == 0 ? ValueId.None : Leaf(operands.Lod), operands.Sample == 0 ? ValueId.None : Leaf(operands.Sample));

    /// <summary>Where a texel lies, and whether it is there.</summary>
    /// <param name="bytes">Bytes of a texel; 0 where the record says it.</param>
    private Access TexelPlace(in ImageInfo image, in Record record, ReadOnlySpan<ValueId> coordinates, in TexelExtras extras,
        int bytes)
    {
        var width = bytes == 0 ? Field(record, ImageRecord.WidthField) : WidthOfTexels(record, bytes);
        var size = bytes == 0 ? Field(record, ImageRecord.TexelBytesField) : _b.I32(bytes);
        var level = extras.Level;
        bool hasLevel = !level.IsNone && (!_b.TryConst(level, out long constant) || constant != 0);
        var offsets = extras.Offsets;

        var x = Moved(coordinates[0], offsets, 0);
        var ok = _b.Compare(Op.ULt, x, LevelSize(width, level, hasLevel));
        var offset = _b.IMul(x, size);
        int next = 1;
        if (image.Dim is Dim.Dim2D or Dim.Dim3D or Dim.Cube)
        {
            var y = Moved(coordinates[next++], offsets, 1);
            ok = _b.And(ok, _b.Compare(Op.ULt, y, LevelSize(Field(record, ImageRecord.HeightField), level, hasLevel)));
            offset = _b.IAdd(offset, _b.IMul(y, LevelField(record, level, hasLevel, ImageRecord.LevelRowPitchField)));
        }

        if (image.Dim == Dim.Dim3D)
        {
            var z = Moved(coordinates[next++], offsets, 2);
            ok = _b.And(ok, _b.Compare(Op.ULt, z, LevelSize(Field(record, ImageRecord.DepthField), level, hasLevel)));
            offset = _b.IAdd(offset, _b.IMul(z, LevelField(record, level, hasLevel, ImageRecord.LevelSlicePitchField)));
        }

        if (image.IsArrayed || image.Dim == Dim.Cube)
        {
            var layer = coordinates[next];
            ok = _b.And(ok, _b.Compare(Op.ULt, layer, Field(record, ImageRecord.LayersField)));
            offset = _b.IAdd(offset, _b.IMul(layer, Field(record, ImageRecord.LayerPitchField)));
        }

        if (!extras.Sample.IsNone)
        {
            var sample = extras.Sample;
            ok = _b.And(ok, _b.Compare(Op.ULt, sample, Field(record, ImageRecord.SamplesField)));
            offset = _b.IAdd(offset, _b.IMul(sample, Field(record, ImageRecord.SamplePitchField)));
        }

        if (hasLevel)
        {
            ok = _b.And(ok, _b.Compare(Op.ULt, level, Field(record, ImageRecord.LevelsField)));

            // The base is the first level's texels.
            var from = LevelField(record, _b.I32(0), false, ImageRecord.LevelOffsetField);
            offset = _b.IAdd(offset, _b.ISub(LevelField(record, level, true, ImageRecord.LevelOffsetField), from));
        }

#if SHADERJIT_COST
        if (SandboxCost.WithoutBounds)
            ok = _b.Bool(true);
#endif
        return new Access(Texels(record), offset, 0, ok);
    }

    private ValueId Moved(ValueId coordinate, ValueId[] offsets, int axis) =>
        offsets.Length == 0 ? coordinate : _b.IAdd(coordinate, offsets[axis]);

    private ValueId LevelSize(ValueId size, ValueId level, bool hasLevel)
    {
        // A null image has no texels at any level: 0 stays 0.
        if (!hasLevel)
            return size;
        return _b.Binary(Op.UMax, _b.Binary(Op.LShr, size, level), _b.Binary(Op.UMin, size, _b.I32(1)));
    }

    /// <summary>A field of a level's entry in the record.</summary>
    private ValueId LevelField(in Record record, ValueId level, bool hasLevel, int field)
    {
        if (!hasLevel)
            return Field(record, ImageRecord.LevelTable + field);

        // Levels beyond the table are beyond the image: what is loaded for them is not used, but must be there to load.
        var entry = _b.Binary(Op.Shl, _b.And(level, _b.I32(ImageRecord.MaxLevels - 1)), _b.I32(4));
        return _b.Emit(Op.Load, IrType.I32, [record.Base, entry], ImageRecord.LevelTable + field, flags: NodeFlags.ReadOnly);
    }

    private void LoadDwords(in Access place, int bytes, NodeFlags flags, Span<ValueId> dwords)
    {
        if (bytes < 4)
        {
            var narrow = LoadTexel(place, bytes == 1 ? IrType.I8 : IrType.I16, 0, flags);
            dwords[0] = _b.Convert(Op.ZExt, IrType.I32, narrow);
            return;
        }

        if (bytes == 4)
            flags |= NodeFlags.Near;
        for (int k = 0; k < bytes / 4; k++)
            dwords[k] = LoadTexel(place, IrType.I32, 4 * k, flags);
    }

    private ValueId LoadTexel(in Access place, IrType type, int displacement, NodeFlags flags) =>
        _b.Emit(Op.Load, type, [place.Base, place.Offset, place.Ok], place.Displacement + displacement, flags: flags);

    private void StoreDwords(in Access place, int bytes, NodeFlags flags, ReadOnlySpan<ValueId> dwords)
    {
        if (bytes < 4)
        {
            StoreTexel(place, _b.Convert(Op.Trunc, bytes == 1 ? IrType.I8 : IrType.I16, dwords[0]), 0, flags);
            return;
        }

        for (int k = 0; k < bytes / 4; k++)
            StoreTexel(place, dwords[k], 4 * k, flags);
    }

    private void StoreTexel(in Access place, ValueId value, int displacement, NodeFlags flags) =>
        _b.Emit(Op.Store, IrType.Void, [place.Base, place.Offset, value, place.Ok], place.Displacement + displacement, flags: flags);
}
