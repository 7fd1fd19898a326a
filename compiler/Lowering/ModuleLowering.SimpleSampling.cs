using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Shorter code for the commonest way to sample where nothing is known of the image: level 0 of a 2D image of four
/// 8-bit unorms, linear, clamped to the edge. Whether it is that is asked at run time, by one uniform branch.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Whether the code for it is worth making.</summary>
    private bool HasSimplePath(SampleRequest request) => request is
    {
        Image: { Dim: Dim.Dim2D }, Type.IsFloat: true, Compares: false, Gathers: false
    } && request.Texture.Traits is null && request.Sampler.Traits is null && _b.TryConst(request.Lod, out _);

    private void SampleSimply(SampleRequest request, Span<ValueId> results)
    {
        var texture = request.Texture;
        var layout = _b.Compare(Op.IEq, FieldHere(texture, ImageRecord.LayoutField, IrType.I32), _b.I32((int)TexelLayout.Rgba8Unorm));
        var simple = _b.Compare(Op.INe, FieldHere(request.Sampler, SamplerRecord.SimpleField, IrType.I32), _b.I32(0));
        var single = _b.Compare(Op.ULe, Field(texture, ImageRecord.LevelsField), _b.I32(1));
        var first = _b.Or(single, _b.Compare(Op.FLe, BiasedLod(request), _b.F32(0)));
        var fast = BeginIf(_b.And(_b.And(layout, simple), first));
        Span<ValueId> other = stackalloc ValueId[4];
        SampleRgba8(request, results);
        Otherwise(fast, results);
        Sample(request, other);
        EndIf(fast, other);
    }

    private void SampleRgba8(SampleRequest request, Span<ValueId> results)
    {
        var texture = request.Texture;
        var (x0, x1, u) = ClampedPair(request, 0);
        var (y0, y1, v) = ClampedPair(request, 1);
        var pitch = LevelField(texture, _b.I32(0), false, ImageRecord.LevelRowPitchField);
        ValueId row0 = _b.IMul(y0, pitch), row1 = _b.IMul(y1, pitch);
        if (!request.Layer.IsNone)
            (row0, row1) = (_b.IAdd(row0, request.Layer), _b.IAdd(row1, request.Layer));
        ValueId left = _b.Binary(Op.Shl, x0, _b.I32(2)), right = _b.Binary(Op.Shl, x1, _b.I32(2));
        var texels = Texels(texture);
        ValueId a = Texel(texels, _b.IAdd(row0, left)), b = Texel(texels, _b.IAdd(row0, right)),
            c = Texel(texels, _b.IAdd(row1, left)), d = Texel(texels, _b.IAdd(row1, right));
        for (int k = 0; k < 4; k++)
        {
            var top = Between(Byte(a, k), Byte(b, k), u);
            var bottom = Between(Byte(c, k), Byte(d, k), u);
            results[k] = _b.FMul(Between(top, bottom, v), _b.F32(1 / 255f));
        }
    }

    private ValueId Texel(ValueId @base, ValueId offset) =>
        _b.Emit(Op.Load, IrType.I32, [@base, offset], flags: NodeFlags.ReadOnly | NodeFlags.Near);

    private ValueId Byte(ValueId dword, int k)
    {
        var low = _b.Binary(Op.LShr, dword, _b.I32(8 * k));
        return _b.Convert(Op.SToF, IrType.F32, k == 3 ? low : _b.And(low, _b.I32(255)));
    }

    /// <summary>x + (y - x) * t: exact at t = 0; bytes and their differences are exact.</summary>
    private ValueId Between(ValueId x, ValueId y, ValueId t) => _b.Fma(_b.FSub(y, x), t, x);

    /// <summary>The two texels of an axis and the second's weight, of a coordinate clamped to the outermost centres.</summary>
    private (ValueId Low, ValueId High, ValueId Fraction) ClampedPair(SampleRequest request, int axis)
    {
        var size = Field(request.Texture, ImageRecord.WidthField + 4 * axis);
        var number = _b.Convert(Op.SToF, IrType.F32, size);
        var at = _b.Fma(request.Coordinates[axis], number, _b.F32(-0.5f));
        if (request.Offsets.Length > 0)
            at = _b.FAdd(at, _b.Convert(Op.SToF, IrType.F32, request.Offsets[axis]));

        // In this order NaN is taken to the last texel, as on the general path.
        at = _b.Binary(Op.FMax, _b.Binary(Op.FMin, at, _b.FSub(number, _b.F32(1))), _b.F32(0));
        var low = Whole(at);
        var fraction = _b.FSub(at, _b.Convert(Op.SToF, IrType.F32, low));
        var high = _b.Binary(Op.SMin, _b.IAdd(low, _b.I32(1)), _b.ISub(size, _b.I32(1)));
        return (low, high, fraction);
    }
}
