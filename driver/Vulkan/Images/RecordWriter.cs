using ShaderJit.Abi;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Images;

/// <summary>Turns a format and a swizzle into the fields of an <see cref="ImageRecord"/>.</summary>
internal static class RecordWriter
{
    /// <summary>Fills in what the format says of a texel.</summary>
    /// <param name="isStencil">The stencil aspect of a depth and stencil format, whose depth stays out of sight.</param>
    /// <param name="isOpaque">Whether the format's alpha counts as one that it lacks.</param>
    /// <param name="srgbTable">Region offset of the table for sRGB formats.</param>
    public static ImageRecord WithFormat(ImageRecord record, FormatInfo format, bool isStencil, bool isOpaque,
        in ComponentMapping mapping, Func<ulong> srgbTable)
    {
        // A stencil byte that shares its texel with a 32-bit depth lies in the second dword, which the record starts at.
        int dword = isStencil ? format.Stencil.Shift / 32 : 0;
        int dwords = format.IsColor ? format.BlockBytes switch { <= 4 => 1, 8 => 2, _ => 4 } : 1;
        var kind = isStencil ? NumericKind.UInt : format.Kind;
        var r = isStencil ? format.Stencil : format.R;
        var a = isOpaque ? default : format.A;
        return record with
        {
            Base = record.Base + (ulong)(dword * 4),
            TexelBytes = (uint)format.BlockBytes,
            Dwords = (uint)dwords,
            Split = dwords == 2 && r.Bits == 32,
            Kind = KindOf(kind, r.Bits),
            SrgbTable = kind == NumericKind.Srgb ? srgbTable() : 0,
            R = ComponentOf(kind, r, isAlpha: false),
            G = ComponentOf(kind, format.G, isAlpha: false),
            B = ComponentOf(kind, format.B, isAlpha: false),
            A = ComponentOf(kind, a, isAlpha: true),
            SwizzleR = SwizzleOf(mapping.R, ComponentSwizzle.R, format, a),
            SwizzleG = SwizzleOf(mapping.G, ComponentSwizzle.G, format, a),
            SwizzleB = SwizzleOf(mapping.B, ComponentSwizzle.B, format, a),
            SwizzleA = SwizzleOf(mapping.A, ComponentSwizzle.A, format, a),
        };
    }

    private static TexelKind KindOf(NumericKind kind, int bits) => kind switch
    {
        NumericKind.UNorm or NumericKind.SNorm => TexelKind.Normalized,
        NumericKind.UInt or NumericKind.SInt => TexelKind.Integer,
        NumericKind.SFloat => bits == 32 ? TexelKind.Float32 : TexelKind.Half,
        NumericKind.UFloat => TexelKind.Half,
        NumericKind.SharedExponent => TexelKind.SharedExponent,
        NumericKind.Srgb => TexelKind.Srgb,
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static TexelComponent ComponentOf(NumericKind kind, ComponentBits where, bool isAlpha)
    {
        if (where.Bits == 0)
            return TexelComponent.None;
        int shift = where.Shift % 32;
        return kind switch
        {
            NumericKind.UNorm => TexelComponent.Unorm(shift, where.Bits),
            NumericKind.SNorm => TexelComponent.Snorm(shift, where.Bits),
            NumericKind.SInt => TexelComponent.Signed(shift, where.Bits),
            NumericKind.SFloat when where.Bits == 16 => TexelComponent.Half(shift, where.Bits),
            NumericKind.UFloat => TexelComponent.Half(shift, where.Bits),
            NumericKind.Srgb when isAlpha => TexelComponent.Unorm(shift, where.Bits),
            _ => TexelComponent.Unsigned(shift, where.Bits),
        };
    }

    private static TexelSwizzle SwizzleOf(ComponentSwizzle swizzle, ComponentSwizzle identity, FormatInfo format, ComponentBits alpha) =>
        (swizzle == ComponentSwizzle.Identity ? identity : swizzle) switch
        {
            ComponentSwizzle.One => TexelSwizzle.One,
            ComponentSwizzle.R => TexelSwizzle.R,
            ComponentSwizzle.G => format.G.Bits > 0 ? TexelSwizzle.G : TexelSwizzle.Zero,
            ComponentSwizzle.B => format.B.Bits > 0 ? TexelSwizzle.B : TexelSwizzle.Zero,
            ComponentSwizzle.A => alpha.Bits > 0 ? TexelSwizzle.A : TexelSwizzle.One,
            _ => TexelSwizzle.Zero,
        };
}
