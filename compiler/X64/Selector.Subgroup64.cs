using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>Shuffles, reductions and scans of 64-bit lanes, which are two vectors: the lower lanes and the upper ones.</summary>
internal sealed partial class Selector
{
    /// <summary>A pair of vectors: 64-bit lanes.</summary>
    private readonly record struct Pair(Reg Low, Reg High)
    {
        public Reg this[int half] => half == 0 ? Low : High;
    }

    private void SelectShuffle64(ValueId v, ValueId value, ValueId lane, Reg mask)
    {
        var type = _f.TypeOf(value);
        var index = _f.TypeOf(lane).Lanes ? R(lane) : ToVector(R(lane));
        var active = new Pair(ActiveHalf(R(value), mask, 0), ActiveHalf(R(value, 1), mask, 1));
        bool lanes = _f.TypeOf(v).Lanes;
        for (int h = 0; h < (lanes ? 2 : 1); h++)
        {
            var result = TakeLanes(active, ExtendHalf(index, h, false));
            if (lanes)
                SetHalf(v, h, result);
            else
                Set(v, type.IsFloat ? result : ToGeneral64(result));
        }
    }

    /// <summary>Half of the lanes, 0 where they are not active.</summary>
    private Reg ActiveHalf(Reg x, Reg mask, int half)
    {
        var set = HalfMask(mask, half);
        if (!_avx512)
            return Vec(V.AndQ, x, set);
        var dst = _m.NewReg(RegKind.Vec);
        Vec(V.OrQ, dst, x, x, -1, set, true);
        return dst;
    }

    /// <summary>For each 64-bit element the lane that it names, 0 where there is no such lane.</summary>
    private Reg TakeLanes(Pair from, Reg index)
    {
        if (_avx512)
        {
            var inside = _m.NewReg(RegKind.Mask);
            Vec(V.CmpUQ, inside, index, K64((ulong)_lanes, V.CmpUQ), 1);
            var dst = CopyOf(from.Low, RegKind.Vec);
            Vec(V.PermT2Q, dst, index, from.High, -1, inside, true, true);
            return dst;
        }

        // The two words of an element by their numbers, in both halves of the lanes.
        var first = Vec(V.SllIQ, index, 1);
        var words = Vec(V.AddQ, Vec(V.OrQ, first, Vec(V.SllIQ, first, 32)), K64(1UL << 32, V.AddQ));
        var upper = Vec(V.CmpGtQ, index, VectorConstant(3, 8));
        var taken = BlendVector(upper, Vec(V.PermD, words, from.High), Vec(V.PermD, words, from.Low));
        return Vec(V.AndQ, taken, Vec(V.CmpEqQ, Vec(V.SrlIQ, index, 3), VectorConstant(0, 8)));
    }

    private void SelectReduction64(ValueId v, ReduceKind kind, int cluster)
    {
        ref var node = ref _f[v];
        var value = _f.Operand(v, 0);
        var mask = R(_f.Operand(v, 1));
        var identity = VectorConstant(Identity64(kind), 8);
        var x = new Pair(Blend(HalfMask(mask, 0), R(value), identity, true), Blend(HalfMask(mask, 1), R(value, 1), identity, true));
        if (node.Op == Op.SubgroupReduce)
        {
            for (int step = 1; step < cluster; step *= 2)
            {
                x = step * 2 == _lanes
                    ? new Pair(Combine64(kind, x.Low, x.High), Combine64(kind, x.High, x.Low))
                    : new Pair(Combine64(kind, x.Low, ExchangeLanes(x.Low, 2 * step)), Combine64(kind, x.High, ExchangeLanes(x.High, 2 * step)));
            }

            if (node.Type.Lanes)
                Set(v, x.Low, x.High);
            else
                Set(v, node.Type.IsFloat ? x.Low : ToGeneral64(x.Low));
            return;
        }

        if (node.Op == Op.SubgroupExclusiveScan)
            x = ShiftLanes64(x, identity, 1, cluster);
        for (int step = 1; step < cluster; step *= 2)
        {
            var moved = ShiftLanes64(x, identity, step, cluster);
            x = new Pair(Combine64(kind, moved.Low, x.Low), Combine64(kind, moved.High, x.High));
        }

        Set(v, x.Low, x.High);
    }

    /// <summary>Lane l gets the value of lane l - step, or the fill where that is in another cluster.</summary>
    private Pair ShiftLanes64(Pair x, Reg fill, int step, int cluster) =>
        new(ShiftedHalf(x, fill, step, cluster, 0), ShiftedHalf(x, fill, step, cluster, 1));

    private Reg ShiftedHalf(Pair x, Reg fill, int step, int cluster, int half)
    {
        var result = fill;
        Span<int> index = stackalloc int[16], taken = stackalloc int[16];
        for (int from = 0; from <= half; from++)
        {
            index.Clear();
            taken.Clear();
            int bits = 0, count = _lanes / 2;
            for (int i = 0; i < count; i++)
            {
                int lane = half * count + i, source = lane - step;
                if (lane % cluster < step || source / count != from)
                    continue;
                index[2 * i] = 2 * (source % count);
                index[2 * i + 1] = index[2 * i] + 1;
                taken[2 * i] = taken[2 * i + 1] = -1;
                bits |= 1 << i;
            }

            if (bits == 0)
                continue;
            var moved = Vec(V.PermD, VectorOf(index[.._lanes]), x[from]);
            var mask = _avx512 ? MaskFromImmediate(bits) : VectorOf(taken[.._lanes]);
            result = Blend(mask, moved, result, true);
        }

        return result;
    }

    private static ulong Identity64(ReduceKind kind) => kind switch
    {
        ReduceKind.IAdd or ReduceKind.UMax or ReduceKind.Or or ReduceKind.Xor or ReduceKind.FAdd => 0,
        ReduceKind.IMul => 1,
        ReduceKind.UMin or ReduceKind.And => ulong.MaxValue,
        ReduceKind.SMin => long.MaxValue,
        ReduceKind.SMax => SignBit,
        ReduceKind.FMul => 0x3FF0000000000000,
        ReduceKind.FMin => 0x7FF0000000000000,
        ReduceKind.FMax => 0xFFF0000000000000,
        _ => throw new InvalidOperationException($"unknown reduction {kind}"),
    };

    private Reg Combine64(ReduceKind kind, Reg a, Reg b) => kind switch
    {
        ReduceKind.IAdd => Vec(V.AddQ, a, b),
        ReduceKind.IMul => Multiply64(a, b),
        ReduceKind.SMin => MinMax64(a, b, V.MinSQ, true, true),
        ReduceKind.UMin => MinMax64(a, b, V.MinUQ, false, true),
        ReduceKind.SMax => MinMax64(a, b, V.MaxSQ, true, false),
        ReduceKind.UMax => MinMax64(a, b, V.MaxUQ, false, false),
        ReduceKind.And => Vec(V.AndQ, a, b),
        ReduceKind.Or => Vec(V.OrQ, a, b),
        ReduceKind.Xor => Vec(V.XorQ, a, b),
        ReduceKind.FAdd => Vec(V.AddPd, a, b),
        ReduceKind.FMul => Vec(V.MulPd, a, b),
        ReduceKind.FMin => Vec(V.MinPd, a, b),
        ReduceKind.FMax => Vec(V.MaxPd, a, b),
        _ => throw new InvalidOperationException($"unknown reduction {kind}"),
    };
}
