using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Texels whose format only the image's record says: shifts and masks come from the record, and one uniform branch
/// chooses the conversion.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Bytes of a texel of one 64-bit integer.</summary>
    private const int WideBytes = 8;

    private enum Extension { OfFormat, Sign, Zero }

    private static Extension ExtensionOf(ImageOperands mask) => (mask & ImageOperands.SignExtend) != 0 ? Extension.Sign
        : (mask & ImageOperands.ZeroExtend) != 0 ? Extension.Zero : Extension.OfFormat;

    /// <summary>Loads a texel and makes numbers of it: the format's components, 0 for what it lacks.</summary>
    /// <param name="type">f32, or i32 or i64 for an image of integers.</param>
    private void DecodeTexel(in Record record, in Access place, IrType type, NodeFlags flags, Extension extension, Span<ValueId> rgba)
    {
        if (type == IrType.I64)
        {
            // A view with smaller texels may end before the eighth byte.
            var fits = _b.Compare(Op.IEq, Field(record, ImageRecord.TexelBytesField), _b.I32(WideBytes));
            LoadWide(place with { Ok = place.Ok.IsNone ? fits : _b.And(place.Ok, fits) }, flags, rgba);
            return;
        }

        Span<ValueId> fields = stackalloc ValueId[4];
        LoadComponents(record, place, flags, fields);
        for (int c = 0; c < 4; c++)
        {
            var mask = FieldHere(record, ImageRecord.MasksField + 4 * c, IrType.I32);
            var sign = extension switch
            {
                Extension.OfFormat => FieldHere(record, ImageRecord.SignsField + 4 * c, IrType.I32),
                Extension.Sign => _b.Xor(mask, _b.Binary(Op.LShr, mask, _b.I32(1))),
                _ => _b.I32(0),
            };
            var field = _b.Binary(Op.LShr, fields[c], FieldHere(record, ImageRecord.ShiftsField + 4 * c, IrType.I32));
            rgba[c] = _b.ISub(_b.Xor(_b.And(field, mask), sign), sign);
        }

        if (type.IsFloat)
            ToNumbers(record, fields[0], rgba);
    }

    /// <summary>The one component of a 64-bit integer, which formats of 64-bit components alone have (VUID-vkCmdDispatch-SampledType-04470),
    /// and 0 for the others.</summary>
    /// <param name="place">Of eight bytes.</param>
    private void LoadWide(in Access place, NodeFlags flags, Span<ValueId> rgba)
    {
        rgba.Fill(_b.I64(0));
        rgba[0] = LoadTexel(place, IrType.I64, 0, flags);
    }

    /// <summary>For each component, the dword that it is in.</summary>
    private void LoadComponents(in Record record, in Access place, NodeFlags flags, Span<ValueId> dwords)
    {
        var count = FieldHere(record, ImageRecord.DwordsField, IrType.I32);
        var single = BeginIf(_b.Compare(Op.ULe, count, _b.I32(1)));

        // A texel of one or two bytes lies within an aligned dword.
        var aligned = place with { Offset = _b.And(place.Offset, _b.I32(~3)) };
        var low = LoadTexel(aligned, IrType.I32, 0, flags | NodeFlags.Near);
        dwords.Fill(_b.Binary(Op.LShr, low, _b.Binary(Op.Shl, _b.And(place.Offset, _b.I32(3)), _b.I32(3))));
        Otherwise(single, dwords);
        {
            Span<ValueId> several = stackalloc ValueId[4];
            var first = LoadTexel(place, IrType.I32, 0, flags);
            var second = LoadTexel(place, IrType.I32, 4, flags);
            several[0] = first;
            several[1] = second;
            var four = BeginIf(_b.Compare(Op.ULt, _b.I32(2), count));
            several[2] = LoadTexel(place, IrType.I32, 8, flags);
            several[3] = LoadTexel(place, IrType.I32, 12, flags);
            Otherwise(four, several);
            var split = _b.Compare(Op.INe, FieldHere(record, ImageRecord.SplitField, IrType.I32), _b.I32(0));
            EndIf(four, [first, _b.Select(split, second, first), second, second]);
            EndIf(single, several);
        }
    }

    /// <summary>Numbers from the integers that the components are.</summary>
    /// <param name="dword">The first dword.</param>
    private void ToNumbers(in Record record, ValueId dword, Span<ValueId> rgba)
    {
        var kind = FieldHere(record, ImageRecord.KindField, IrType.I32);
        Span<ValueId> bits = stackalloc ValueId[4], numbers = stackalloc ValueId[4];
        rgba.CopyTo(bits);

        var normalized = BeginIf(IsKind(kind, TexelKind.Normalized));
        for (int c = 0; c < 4; c++)
            rgba[c] = _b.Binary(Op.FMax, Scaled(record, bits[c], c), _b.F32(-1));
        Otherwise(normalized, rgba);

        var float32 = BeginIf(IsKind(kind, TexelKind.Float32));
        for (int c = 0; c < 4; c++)
            numbers[c] = _b.Bitcast(IrType.F32, bits[c]);
        Otherwise(float32, numbers);
        {
            Span<ValueId> others = stackalloc ValueId[4];
            var half = BeginIf(IsKind(kind, TexelKind.Half));
            for (int c = 0; c < 4; c++)
            {
                var shift = FieldHere(record, ImageRecord.HalfShiftsField + 4 * c, IrType.I32);
                var word = _b.Convert(Op.Trunc, IrType.I16, _b.Binary(Op.Shl, bits[c], shift));
                others[c] = _b.Convert(Op.FWiden, IrType.F32, _b.Bitcast(IrType.F16, word));
            }

            Otherwise(half, others);
            EndIfOfColors(record, kind, dword, bits, half);
            EndIf(float32, others);
        }

        EndIf(normalized, numbers);
    }

    /// <summary>The last kinds: sRGB and the shared exponent.</summary>
    private void EndIfOfColors(in Record record, ValueId kind, ValueId dword, ReadOnlySpan<ValueId> bits, in Selection outer)
    {
        Span<ValueId> colors = stackalloc ValueId[4];
        var srgb = BeginIf(IsKind(kind, TexelKind.Srgb));
        var table = _b.Emit(Op.Confine, IrType.Base, [FieldHere(record, ImageRecord.SrgbTableField, IrType.I64)]);
        for (int c = 0; c < 3; c++)
        {
            var index = _b.Binary(Op.Shl, _b.And(bits[c], _b.I32(ImageRecord.SrgbTableEntries - 1)), _b.I32(2));
            colors[c] = _b.Emit(Op.Load, IrType.F32, [table, index], flags: NodeFlags.ReadOnly);
        }

        colors[3] = Scaled(record, bits[3], 3);
        Otherwise(srgb, colors);

        // 2^(exponent - 15 - 9).
        var exponent = _b.IAdd(_b.Binary(Op.LShr, dword, _b.I32(27)), _b.I32(127 - 24));
        var scale = _b.Bitcast(IrType.F32, _b.Binary(Op.Shl, exponent, _b.I32(23)));
        Span<ValueId> shared = stackalloc ValueId[4];
        for (int c = 0; c < 3; c++)
            shared[c] = _b.FMul(_b.Convert(Op.SToF, IrType.F32, bits[c]), scale);
        shared[3] = _b.F32(0);
        EndIf(srgb, shared);
        EndIf(outer, colors);
    }

    private ValueId IsKind(ValueId kind, TexelKind which) => _b.Compare(Op.IEq, kind, _b.I32((int)which));

    private ValueId Scaled(in Record record, ValueId bits, int component) =>
        _b.FMul(_b.Convert(Op.SToF, IrType.F32, bits), FloatHere(record, ImageRecord.ScalesField + 4 * component));

    /// <summary>From the format's components to the view's.</summary>
    private void Swizzle(in Record record, IrType type, Span<ValueId> rgba)
    {
        ValueId zero = _b.Zero(type), one = OneOf(type);
        var noAlpha = _b.Compare(Op.INe, FieldHere(record, ImageRecord.NoAlphaField, IrType.I32), _b.I32(0));
        Span<ValueId> from = stackalloc ValueId[4], to = stackalloc ValueId[4];
        rgba.CopyTo(from);
        var natural = BeginIf(_b.Compare(Op.IEq, FieldHere(record, ImageRecord.SwizzledField, IrType.I32), _b.I32(0)));
        rgba[3] = _b.Select(noAlpha, one, from[3]);
        Otherwise(natural, rgba);
        for (int c = 0; c < 4; c++)
            to[c] = Swizzled(FieldHere(record, ImageRecord.SwizzleField + 4 * c, IrType.I32), from, zero, one);
        EndIf(natural, to);
    }

    private ValueId OneOf(IrType type) => type.IsFloat ? _b.F32(1) : _b.Const(type, 1);

    private ValueId Swizzled(ValueId selector, ReadOnlySpan<ValueId> rgba, ValueId zero, ValueId one)
    {
        var value = _b.Select(_b.Compare(Op.IEq, selector, _b.I32((int)TexelSwizzle.One)), one, zero);
        for (int c = 0; c < 4; c++)
            value = _b.Select(_b.Compare(Op.IEq, selector, _b.I32((int)TexelSwizzle.R + c)), rgba[c], value);
        return value;
    }

    /// <summary>Writes a texel in the format that the record says.</summary>
    private void EncodeTexel(in Record record, in Access place, ReadOnlySpan<ValueId> texel, NodeFlags flags)
    {
        Span<ValueId> rgba = stackalloc ValueId[4];
        var type = _f.TypeOf(texel[0]);
        for (int c = 0; c < 4; c++)
            rgba[c] = c < texel.Length ? texel[c] : _b.Zero(type);
        if (type.IsFloat)
            ToBits(record, rgba);
        for (int c = 0; c < 4; c++)
        {
            var field = _b.And(rgba[c], FieldHere(record, ImageRecord.MasksField + 4 * c, IrType.I32));
            rgba[c] = _b.Binary(Op.Shl, field, FieldHere(record, ImageRecord.ShiftsField + 4 * c, IrType.I32));
        }

        var count = FieldHere(record, ImageRecord.DwordsField, IrType.I32);
        var single = BeginIf(_b.Compare(Op.ULe, count, _b.I32(1)));
        StoreSmall(record, place, _b.Or(_b.Or(rgba[0], rgba[1]), _b.Or(rgba[2], rgba[3])), flags);
        Otherwise(single, []);
        var two = BeginIf(_b.Compare(Op.ULe, count, _b.I32(2)));
        var split = _b.Compare(Op.INe, FieldHere(record, ImageRecord.SplitField, IrType.I32), _b.I32(0));
        var zero = _b.I32(0);
        StoreTexel(place, _b.Or(rgba[0], _b.Select(split, zero, rgba[1])), 0, flags);
        StoreTexel(place, _b.Or(_b.Select(split, rgba[1], zero), _b.Or(rgba[2], rgba[3])), 4, flags);
        Otherwise(two, []);
        StoreDwords(place, 16, flags, rgba);
        EndIf(two, []);
        EndIf(single, []);
    }

    private void StoreSmall(in Record record, in Access place, ValueId dword, NodeFlags flags)
    {
        var bytes = FieldHere(record, ImageRecord.TexelBytesField, IrType.I32);
        var whole = BeginIf(_b.Compare(Op.ULe, _b.I32(4), bytes));
        StoreTexel(place, dword, 0, flags);
        Otherwise(whole, []);
        var word = BeginIf(_b.Compare(Op.IEq, bytes, _b.I32(2)));
        StoreDwords(place, 2, flags, [dword]);
        Otherwise(word, []);
        StoreDwords(place, 1, flags, [dword]);
        EndIf(word, []);
        EndIf(whole, []);
    }

    /// <summary>The bits of each component, masked later.</summary>
    private void ToBits(in Record record, Span<ValueId> rgba)
    {
        var kind = FieldHere(record, ImageRecord.KindField, IrType.I32);
        Span<ValueId> numbers = stackalloc ValueId[4], bits = stackalloc ValueId[4];
        rgba.CopyTo(numbers);
        var float32 = BeginIf(IsKind(kind, TexelKind.Float32));
        for (int c = 0; c < 4; c++)
            rgba[c] = _b.Bitcast(IrType.I32, numbers[c]);
        Otherwise(float32, rgba);
        var half = BeginIf(IsKind(kind, TexelKind.Half));
        for (int c = 0; c < 4; c++)
        {
            var drop = FieldHere(record, ImageRecord.HalfShiftsField + 4 * c, IrType.I32);
            bits[c] = _b.Select(_b.Compare(Op.IEq, drop, _b.I32(0)), TexelFormat.Half(_b, numbers[c]),
                TexelFormat.SmallFloat(_b, numbers[c], drop));
        }

        Otherwise(half, bits);
        Span<ValueId> normalized = stackalloc ValueId[4];
        for (int c = 0; c < 4; c++)
        {
            var mask = FieldHere(record, ImageRecord.MasksField + 4 * c, IrType.I32);
            var signed = _b.Compare(Op.INe, FieldHere(record, ImageRecord.SignsField + 4 * c, IrType.I32), _b.I32(0));
            var most = _b.Convert(Op.SToF, IrType.F32, _b.Select(signed, _b.Binary(Op.LShr, mask, _b.I32(1)), mask));
            var number = _b.Select(_b.Compare(Op.FUnordered, numbers[c], numbers[c]), _b.F32(0), numbers[c]);
            number = Common.Clamp(_b, number, _b.Select(signed, _b.F32(-1), _b.F32(0)), _b.F32(1));
            normalized[c] = _b.Convert(Op.FToS, IrType.I32, _b.Unary(Op.FRoundEven, _b.FMul(number, most)));
        }

        EndIf(half, normalized);
        EndIf(float32, bits);
    }
}
