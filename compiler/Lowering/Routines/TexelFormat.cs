using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering.Routines;

/// <summary>A texel whose format the shader declares: from dwords to components and back.</summary>
/// <param name="Components">Components that are there, from R on.</param>
/// <param name="Bits">Bits of each; 0 for the formats whose components differ.</param>
internal readonly record struct TexelFormat(int Components, int Bits, TexelKind Kind, bool IsSigned, int Bytes)
{
    public int Dwords => Math.Max(Bytes / 4, 1);

    /// <summary>The format; false for Unknown.</summary>
    public static bool TryOf(ImageFormat format, out TexelFormat texel)
    {
        texel = format switch
        {
            ImageFormat.Rgba32f => Make(4, 32, TexelKind.Float32),
            ImageFormat.Rg32f => Make(2, 32, TexelKind.Float32),
            ImageFormat.R32f => Make(1, 32, TexelKind.Float32),
            ImageFormat.Rgba16f => Make(4, 16, TexelKind.Half),
            ImageFormat.Rg16f => Make(2, 16, TexelKind.Half),
            ImageFormat.R16f => Make(1, 16, TexelKind.Half),
            ImageFormat.Rgba16 => Make(4, 16, TexelKind.Normalized),
            ImageFormat.Rg16 => Make(2, 16, TexelKind.Normalized),
            ImageFormat.R16 => Make(1, 16, TexelKind.Normalized),
            ImageFormat.Rgba8 => Make(4, 8, TexelKind.Normalized),
            ImageFormat.Rg8 => Make(2, 8, TexelKind.Normalized),
            ImageFormat.R8 => Make(1, 8, TexelKind.Normalized),
            ImageFormat.Rgba16Snorm => Make(4, 16, TexelKind.Normalized, true),
            ImageFormat.Rg16Snorm => Make(2, 16, TexelKind.Normalized, true),
            ImageFormat.R16Snorm => Make(1, 16, TexelKind.Normalized, true),
            ImageFormat.Rgba8Snorm => Make(4, 8, TexelKind.Normalized, true),
            ImageFormat.Rg8Snorm => Make(2, 8, TexelKind.Normalized, true),
            ImageFormat.R8Snorm => Make(1, 8, TexelKind.Normalized, true),
            ImageFormat.Rgba32i => Make(4, 32, TexelKind.Integer, true),
            ImageFormat.Rg32i => Make(2, 32, TexelKind.Integer, true),
            ImageFormat.R32i => Make(1, 32, TexelKind.Integer, true),
            ImageFormat.Rgba16i => Make(4, 16, TexelKind.Integer, true),
            ImageFormat.Rg16i => Make(2, 16, TexelKind.Integer, true),
            ImageFormat.R16i => Make(1, 16, TexelKind.Integer, true),
            ImageFormat.Rgba8i => Make(4, 8, TexelKind.Integer, true),
            ImageFormat.Rg8i => Make(2, 8, TexelKind.Integer, true),
            ImageFormat.R8i => Make(1, 8, TexelKind.Integer, true),
            ImageFormat.Rgba32ui => Make(4, 32, TexelKind.Integer),
            ImageFormat.Rg32ui => Make(2, 32, TexelKind.Integer),
            ImageFormat.R32ui => Make(1, 32, TexelKind.Integer),
            ImageFormat.Rgba16ui => Make(4, 16, TexelKind.Integer),
            ImageFormat.Rg16ui => Make(2, 16, TexelKind.Integer),
            ImageFormat.R16ui => Make(1, 16, TexelKind.Integer),
            ImageFormat.Rgba8ui => Make(4, 8, TexelKind.Integer),
            ImageFormat.Rg8ui => Make(2, 8, TexelKind.Integer),
            ImageFormat.R8ui => Make(1, 8, TexelKind.Integer),
            ImageFormat.Rgb10A2 => new TexelFormat(4, 0, TexelKind.Normalized, false, 4),
            ImageFormat.Rgb10a2ui => new TexelFormat(4, 0, TexelKind.Integer, false, 4),
            ImageFormat.R11fG11fB10f => new TexelFormat(3, 0, TexelKind.Half, false, 4),
            _ => default,
        };
        return texel.Components > 0;
    }

    private static TexelFormat Make(int components, int bits, TexelKind kind, bool isSigned = false) =>
        new(components, bits, kind, isSigned, components * bits / 8);

    private int BitsOf(int component)
    {
        if (Bits != 0)
            return Bits;
        return Kind == TexelKind.Half ? component == 2 ? 10 : 11 : component == 3 ? 2 : 10;
    }

    private (int Dword, int Shift) PlaceOf(int component)
    {
        int bit = Bits != 0 ? Bits * component : component * (Kind == TexelKind.Half ? 11 : 10);
        return (bit >> 5, bit & 31);
    }

    /// <summary>Components from dwords; those that the format lacks are 0, 0 and 1.</summary>
    /// <param name="type">f32, or i32 where the image is one of integers.</param>
    /// <param name="rgba">Four.</param>
    public void Decode(FunctionBuilder b, ReadOnlySpan<ValueId> dwords, IrType type, Span<ValueId> rgba)
    {
        for (int c = 0; c < 4; c++)
        {
            if (c >= Components)
            {
                rgba[c] = c < 3 ? b.Zero(type) : type.IsFloat ? b.F32(1) : b.I32(1);
                continue;
            }

            int bits = BitsOf(c);
            var (dword, shift) = PlaceOf(c);
            if (type.IsFloat && Kind == TexelKind.Normalized && !IsSigned && shift + bits < 32)
            {
                // Where the bits stand makes a factor of a power of two, and a shift less.
                float most = (1 << bits) - 1;
                var inPlace = b.And(dwords[dword], b.I32(((1 << bits) - 1) << shift));
                rgba[c] = b.FMul(b.Convert(Op.SToF, IrType.F32, inPlace), b.F32(1 / most / (1u << shift)));
                continue;
            }

            var field = Field(b, dwords[dword], shift, bits, IsSigned);
            rgba[c] = type.IsFloat ? Number(b, field, bits) : field;
        }
    }

    private static ValueId Field(FunctionBuilder b, ValueId dword, int shift, int bits, bool isSigned)
    {
        if (isSigned)
            return b.Binary(Op.AShr, b.Binary(Op.Shl, dword, b.I32(32 - bits - shift)), b.I32(32 - bits));
        var low = b.Binary(Op.LShr, dword, b.I32(shift));
        return shift + bits == 32 ? low : b.And(low, b.I32((1 << bits) - 1));
    }

    private ValueId Number(FunctionBuilder b, ValueId field, int bits)
    {
        switch (Kind)
        {
            case TexelKind.Normalized:
                float most = (1 << (IsSigned ? bits - 1 : bits)) - 1;
                var number = b.FMul(b.Convert(Op.SToF, IrType.F32, field), b.F32(1 / most));
                return IsSigned ? b.Binary(Op.FMax, number, b.F32(-1)) : number;
            case TexelKind.Half:
                var half = bits == 16 ? field : b.Binary(Op.Shl, field, b.I32(bits == 11 ? 4 : 5));
                return b.Convert(Op.FWiden, IrType.F32, b.Bitcast(IrType.F16, b.Convert(Op.Trunc, IrType.I16, half)));
            default:
                return b.Bitcast(IrType.F32, field);
        }
    }

    /// <summary>Dwords from components.</summary>
    /// <param name="rgba">As many as there are; missing ones count as 0.</param>
    /// <param name="dwords">As many as the texel has.</param>
    public void Encode(FunctionBuilder b, ReadOnlySpan<ValueId> rgba, Span<ValueId> dwords)
    {
        dwords.Fill(ValueId.None);
        for (int c = 0; c < Components; c++)
        {
            int bits = BitsOf(c);
            var (dword, shift) = PlaceOf(c);
            var field = c < rgba.Length ? FieldOf(b, rgba[c], bits) : b.I32(0);
            field = b.Binary(Op.Shl, field, b.I32(shift));
            dwords[dword] = dwords[dword].IsNone ? field : b.Or(dwords[dword], field);
        }
    }

    /// <summary>The bits of a component, nothing above them.</summary>
    private ValueId FieldOf(FunctionBuilder b, ValueId value, int bits)
    {
        switch (Kind)
        {
            case TexelKind.Normalized when b.Function.TypeOf(value).IsFloat:
                return Normalized(b, value, bits, IsSigned);
            case TexelKind.Half when b.Function.TypeOf(value).IsFloat:
                return bits == 16 ? Half(b, value) : SmallFloat(b, value, b.I32(bits == 11 ? 4 : 5));
            case TexelKind.Float32:
                return b.Bitcast(IrType.I32, value);
            default:
                value = b.Bitcast(IrType.I32, value);
                return bits == 32 ? value : b.And(value, b.I32((1 << bits) - 1));
        }
    }

    private static ValueId Normalized(FunctionBuilder b, ValueId value, int bits, bool isSigned)
    {
        if (!isSigned)
        {
            var scaled = b.Fma(Common.Clamp(b, value, b.F32(0), b.F32(1)), b.F32((1 << bits) - 1), b.F32(0.5f));
            return b.Emit(Op.FToS, IrType.I32, [scaled], flags: NodeFlags.NoWrap);
        }

        // NaN must give 0 here, not an end of the range.
        value = b.Select(b.Compare(Op.FUnordered, value, value), b.F32(0), value);
        var rounded = b.Unary(Op.FRoundEven, b.FMul(Common.Clamp(b, value, b.F32(-1), b.F32(1)), b.F32((1 << (bits - 1)) - 1)));
        return b.And(b.Convert(Op.FToS, IrType.I32, rounded), b.I32((1 << bits) - 1));
    }

    /// <summary>The bits of a number as 16-bit float.</summary>
    public static ValueId Half(FunctionBuilder b, ValueId value) =>
        b.Convert(Op.ZExt, IrType.I32, b.Bitcast(IrType.I16, b.Convert(Op.FNarrow, IrType.F16, value)));

    /// <summary>An unsigned float of 11 or 10 bits, which is a half without sign and lowest bits: negative numbers are 0, what
    /// is too large but finite the largest.</summary>
    /// <param name="drop">Bits that it lacks: 4 or 5.</param>
    public static ValueId SmallFloat(FunctionBuilder b, ValueId value, ValueId drop)
    {
        var isNaN = b.Compare(Op.FUnordered, value, value);
        var infinite = b.Compare(Op.FEq, value, b.F32(float.PositiveInfinity));
        var largest = b.Select(b.Compare(Op.IEq, drop, b.I32(4)), b.F32(65024), b.F32(64512));
        var bounded = Common.Clamp(b, value, b.F32(0), largest);
        var small = b.Binary(Op.LShr, Half(b, bounded), drop);
        var exponent = b.Binary(Op.LShr, b.I32(0x7C00), drop);
        small = b.Select(infinite, exponent, small);
        return b.Select(isNaN, b.Or(exponent, b.I32(1)), small);
    }
}
