using System.Numerics;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>A texel of a view whose format is known: which of its dwords a component of the view is in, and how its bits
/// become a number.</summary>
internal sealed class KnownTexel(RecordTraits traits)
{
    public TexelKind Kind => (TexelKind)traits.Field(ImageRecord.KindField);

    /// <summary>Bytes from a texel to the next.</summary>
    public int Bytes => (int)traits.Field(ImageRecord.TexelBytesField);

    /// <summary>Dwords that hold the components: 1, 2 or 4. A single one may have fewer than 4 bytes.</summary>
    public int Dwords => (int)traits.Field(ImageRecord.DwordsField);

    /// <summary>Whether numbers may be infinite or NaN, so that what has no weight must not be added.</summary>
    public bool IsFloat => Kind is TexelKind.Float32 or TexelKind.Half;

    /// <summary>The format's component that the view gives for one of its own; Zero or One for none.</summary>
    public TexelSwizzle Source(int component) => (TexelSwizzle)traits.Field(ImageRecord.SwizzleField + (4 * component));

    public bool HasComponent(TexelSwizzle source) => Mask(source) != 0;

    /// <summary>The dword that a component of the format is in.</summary>
    public int DwordOf(TexelSwizzle source)
    {
        int index = source - TexelSwizzle.R;
        return Dwords switch
        {
            1 => 0,
            2 => index == 1 && traits.Field(ImageRecord.SplitField) == 0 ? 0 : Math.Min(index, 1),
            _ => index,
        };
    }

    /// <summary>What a number is to be multiplied with after filtering: numbers without sign are left as whole ones, which
    /// a float holds exactly.</summary>
    public float Scale(TexelSwizzle source)
    {
        if (source < TexelSwizzle.R || !IsWhole(source))
            return 1;
        float scale = BitConverter.UInt32BitsToSingle(Part(ImageRecord.ScalesField, source));
        return IsHigh(source) ? scale : scale / (1u << Shift(source));
    }

    /// <summary>A component as a number, still to be multiplied with <see cref="Scale"/>; or as an integer.</summary>
    /// <param name="dwords">The texel's dwords; only the component's is looked at, and the first for a shared exponent.</param>
    /// <param name="table">The linear numbers of sRGB bytes; needed for that kind only.</param>
    public ValueId Decode(FunctionBuilder b, TexelSwizzle source, ReadOnlySpan<ValueId> dwords, IrType type, ValueId table)
    {
        if (source == TexelSwizzle.Zero || (source != TexelSwizzle.One && !HasComponent(source)))
            return b.Zero(type);
        if (source == TexelSwizzle.One)
            return type.IsFloat ? b.F32(1) : b.I32(1);
        var dword = dwords[DwordOf(source)];
        if (!type.IsFloat)
            return Bits(b, source, dword);
        switch (Kind)
        {
            case TexelKind.Float32:
                return b.Bitcast(IrType.F32, dword);
            case TexelKind.Half:
                var half = b.Binary(Op.Shl, Bits(b, source, dword), b.I32((int)Part(ImageRecord.HalfShiftsField, source)));
                return b.Convert(Op.FWiden, IrType.F32, b.Bitcast(IrType.F16, b.Convert(Op.Trunc, IrType.I16, half)));
            case TexelKind.Srgb when source != TexelSwizzle.A:
                var index = b.Binary(Op.Shl, Bits(b, source, dword), b.I32(2));
                return b.Emit(Op.Load, IrType.F32, [table, index], flags: NodeFlags.ReadOnly);
            case TexelKind.SharedExponent:
                var exponent = b.IAdd(b.Binary(Op.LShr, dwords[0], b.I32(27)), b.I32(127 - 24));
                var power = b.Bitcast(IrType.F32, b.Binary(Op.Shl, exponent, b.I32(23)));
                return b.FMul(b.Convert(Op.SToF, IrType.F32, Bits(b, source, dword)), power);
            default:
                return Normalized(b, source, dword);
        }
    }

    private ValueId Normalized(FunctionBuilder b, TexelSwizzle source, ValueId dword)
    {
        if (IsWhole(source))
        {
            // Where the bits stand makes a factor of a power of two.
            var field = IsHigh(source) ? Bits(b, source, dword) : b.And(dword, b.I32((int)(Mask(source) << Shift(source))));
            return b.Convert(Op.SToF, IrType.F32, field);
        }

        var number = b.Convert(Op.SToF, IrType.F32, Bits(b, source, dword));
        var scale = b.Const(IrType.F32, Part(ImageRecord.ScalesField, source));
        return b.Binary(Op.FMax, b.FMul(number, scale), b.F32(-1));
    }

    /// <summary>Whether a component is left as a whole number while texels are filtered.</summary>
    private bool IsWhole(TexelSwizzle source) => Part(ImageRecord.SignsField, source) == 0
        && (Kind == TexelKind.Normalized || (Kind == TexelKind.Srgb && source == TexelSwizzle.A));

    /// <summary>Whether it has the dword's highest bit, so that only a shift makes it positive.</summary>
    private bool IsHigh(TexelSwizzle source) => (Mask(source) << Shift(source)) >> 31 != 0;

    private ValueId Bits(FunctionBuilder b, TexelSwizzle source, ValueId dword)
    {
        uint mask = Mask(source);
        int shift = Shift(source);
        if (Part(ImageRecord.SignsField, source) != 0)
        {
            int above = BitOperations.LeadingZeroCount(mask);
            return b.Binary(Op.AShr, b.Binary(Op.Shl, dword, b.I32(above - shift)), b.I32(above));
        }

        var low = b.Binary(Op.LShr, dword, b.I32(shift));
        return mask == uint.MaxValue >> shift ? low : b.And(low, b.I32((int)mask));
    }

    private uint Mask(TexelSwizzle source) => Part(ImageRecord.MasksField, source);

    private int Shift(TexelSwizzle source) => (int)Part(ImageRecord.ShiftsField, source);

    private uint Part(int field, TexelSwizzle source) => traits.Field(field + (4 * (source - TexelSwizzle.R)));
}
