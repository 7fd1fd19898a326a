using Iced.Intel;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Strided accesses of 32-bit elements, a group of neighbours at a time: records of k elements, one record per lane. Where
/// all lanes are active, the records are loaded or stored whole, as k contiguous vectors, and the elements permuted;
/// otherwise they are gathered or scattered.
/// </summary>
internal sealed partial class Selector
{
    /// <summary>Vectors of records of k elements, and what was picked out of them so far.</summary>
    private sealed class Deal(Reg[] vectors)
    {
        public Reg[] Vectors { get; } = vectors;
        public Deal? Even { get; set; }
        public Deal? Odd { get; set; }
    }

    private readonly LinearForm _form = new(), _otherForm = new();

    /// <summary>Selects a group of strided accesses that stand together.</summary>
    /// <param name="last">The last node of the group.</param>
    /// <returns>False where it is better to gather or scatter.</returns>
    private bool SelectRecords(ValueId first, out ValueId last)
    {
        last = first;
        bool store = _f[first].Op == Op.StoreStrided;
        int stride = _f[first].Aux, k = stride / 4;
        if ((store ? _f.TypeOf(_f.Operand(first, 2)) : _f[first].Type).Bits != 32 || stride % 4 != 0
            || !(_avx512 ? k is 2 or 3 or 4 or 6 or 8 or 12 or 16 : k is 2 or 3 or 4))
        {
            return false;
        }

        var members = new List<(ValueId Id, long Distance)> { (first, 0) };
        _form.Set(_f, _f.Operand(first, 1));
        var lowest = members[0];
        for (var next = _f[first].Next; _f[next].Op == _f[first].Op; next = _f[next].Next)
        {
            if (!StridedGroups.SameRecords(_f, first, _form, next, _otherForm, out long distance))
                break;
            last = next;
            members.Add((next, distance));
            if (distance < lowest.Distance)
                lowest = members[^1];
        }

        bool fits = members.Count * 2 >= k || k <= 4;
        foreach (var (_, distance) in members)
            fits &= (distance - lowest.Distance) % 4 == 0 && distance - lowest.Distance < stride;
        if (!fits || _f[lowest.Id].Imm is < -4096 or > int.MaxValue - 4096)
            return false;
        var address = ContiguousAddress(lowest.Id, 0);
        if (address.Displacement > int.MaxValue - 4096)
            return false;

        // All that both ways need is made in front of them.
        var mask = Reg.None;
        var masks = new HashSet<ValueId>();
        foreach (var (id, _) in members)
        {
            if (!IsConst(_f.Operand(id, 1)))
                R(_f.Operand(id, 1));
            if (store)
                R(_f.Operand(id, 2));
            var own = MaskOrNone(_f.Operands(id)[^1]);
            if (!own.IsNone && masks.Add(_f.Operands(id)[^1]))
                mask = mask.IsNone ? own : And(mask, own);
        }

        var results = new Reg[members.Count];
        for (int i = 0; !store && i < results.Length; i++)
            results[i] = _m.NewReg(RegKind.Vec);
        int whole = NewBlock(), apart = NewBlock(), after = NewBlock();
        if (!mask.IsNone)
        {
            End(TerminatorKind.ConditionalJump, whole, apart, TestAll(mask));
            Begin(whole);
        }

        if (store)
            StoreRecords(members, lowest.Distance, address, k);
        else
            LoadRecords(members, results, lowest.Distance, address, k);
        if (!mask.IsNone)
        {
            End(TerminatorKind.Jump, after);
            Begin(apart);
            for (int i = 0; i < members.Count; i++)
            {
                if (store)
                {
                    SelectScatter(members[i].Id);
                    continue;
                }

                SelectGather(members[i].Id);
                Copy(results[i], _value[members[i].Id.Index]);
            }

            End(TerminatorKind.Jump, after);
            Begin(after);
        }

        for (int i = 0; !store && i < results.Length; i++)
            Set(members[i].Id, results[i]);
        return true;
    }

    private void LoadRecords(List<(ValueId Id, long Distance)> members, Reg[] results, long lowest, in Mem address, int k)
    {
        int used = 0;
        foreach (var (_, distance) in members)
            used = Math.Max(used, (int)(distance - lowest) / 4 + (_lanes - 1) * k + 1);
        var vectors = new Reg[k];
        for (int j = 0; j < k; j++)
        {
            // Nothing is read behind the last element.
            int count = Math.Min(used - j * _lanes, _lanes);
            vectors[j] = LoadVector(Plus(address, j * _m.VectorBytes), count == _lanes ? Reg.None : ConstantMask((1 << count) - 1), false);
        }

        var deal = new Deal(vectors);
        for (int i = 0; i < results.Length; i++)
            Copy(results[i], Element(deal, (int)(members[i].Distance - lowest) / 4));
    }

    private Reg ConstantMask(int bits)
    {
        if (_avx512)
            return MaskFromImmediate(bits);
        Span<int> elements = stackalloc int[16];
        for (int i = 0; i < _lanes; i++)
            elements[i] = (bits >> i & 1) != 0 ? -1 : 0;
        return VectorOf(elements[.._lanes]);
    }

    /// <summary>Element c of each lane's record.</summary>
    private Reg Element(Deal deal, int c)
    {
        var v = deal.Vectors;
        if (v.Length == 1)
            return v[0];
        if (v.Length == 3)
            return OfThree(v, c);
        bool odd = (c & 1) != 0;
        var half = odd ? deal.Odd : deal.Even;
        if (half is null)
        {
            var picked = new Reg[v.Length / 2];
            for (int i = 0; i < picked.Length; i++)
                picked[i] = EverySecond(v[2 * i], v[2 * i + 1], odd ? 1 : 0);
            half = new Deal(picked);
            if (odd)
                deal.Odd = half;
            else
                deal.Even = half;
        }

        return Element(half, c / 2);
    }

    private Reg EverySecond(Reg a, Reg b, int first) => _avx512
        ? FromTwo(a, b, LaneSequence(first, 2))
        : Vec(V.PermIQ, Vec(V.ShufPs, a, b, first == 0 ? 0x88 : 0xDD), 0xD8);

    /// <summary>Elements of a and, from index 16 on, of b.</summary>
    private Reg FromTwo(Reg a, Reg b, Reg index)
    {
        var dst = CopyOf(a, RegKind.Vec);
        VecTied(V.PermT2D, dst, index, b);
        return dst;
    }

    private Reg OfThree(Reg[] v, int c)
    {
        Span<int> index = stackalloc int[16], last = stackalloc int[16];
        int second = 0, third = 0;
        for (int l = 0; l < _lanes; l++)
        {
            int g = c + 3 * l;
            second |= g / _lanes == 1 ? 1 << l : 0;
            third |= g / _lanes == 2 ? 1 << l : 0;
            index[l] = _avx512 ? g & 31 : g % _lanes;
            last[l] = g % _lanes;
        }

        return Merge(v[0], v[1], v[2], index, last, second, third);
    }

    /// <summary>Elements of three vectors: those of the third where its bits say, by an index of their own.</summary>
    private Reg Merge(Reg a, Reg b, Reg c, ReadOnlySpan<int> index, ReadOnlySpan<int> last, int second, int third)
    {
        if (_avx512)
        {
            var two = FromTwo(a, b, VectorOf(index[.._lanes]));
            Vec(V.PermD, two, VectorOf(last[.._lanes]), c, -1, MaskFromImmediate(third));
            return two;
        }

        var from = VectorOf(index[.._lanes]);
        var both = Vec(V.BlendD, Vec(V.PermD, from, a), Vec(V.PermD, from, b), second);
        return Vec(V.BlendD, both, Vec(V.PermD, from, c), third);
    }

    private void StoreRecords(List<(ValueId Id, long Distance)> members, long lowest, in Mem address, int k)
    {
        var elements = new Reg[k];
        Array.Fill(elements, Reg.None);
        foreach (var (id, distance) in members)
            elements[(int)(distance - lowest) / 4] = R(_f.Operand(id, 2));
        int stored = 0;
        for (int c = 0; c < k; c++)
        {
            stored |= elements[c].IsNone ? 0 : 1 << c;
            if (elements[c].IsNone)
                elements[c] = elements[0];
        }

        var vectors = Interleave(elements);
        for (int j = 0; j < k; j++)
        {
            int bits = 0;
            for (int m = 0; m < _lanes; m++)
                bits |= (stored >> (j * _lanes + m) % k & 1) << m;
            var mask = stored == (1 << k) - 1 ? Reg.None : ConstantMask(bits);
            if (bits != 0)
                StoreVector(Plus(address, j * _m.VectorBytes), vectors[j], mask, false);
        }
    }

    private Reg[] Interleave(Reg[] elements)
    {
        int k = elements.Length;
        if (k == 1)
            return elements;
        var result = new Reg[k];
        if (k == 3)
        {
            for (int j = 0; j < 3; j++)
                result[j] = WithThree(elements, j);
            return result;
        }

        Reg[] even = new Reg[k / 2], odd = new Reg[k / 2];
        for (int i = 0; i < k / 2; i++)
            (even[i], odd[i]) = (elements[2 * i], elements[2 * i + 1]);
        even = Interleave(even);
        odd = Interleave(odd);
        for (int i = 0; i < k; i++)
            result[i] = Zip(even[i / 2], odd[i / 2], i & 1);
        return result;
    }

    /// <summary>a, b, a, b, ... of the lower or upper halves.</summary>
    private Reg Zip(Reg a, Reg b, int half)
    {
        Span<int> index = stackalloc int[16];
        for (int l = 0; l < _lanes; l++)
            index[l] = half * _lanes / 2 + l / 2 + (_avx512 ? (l & 1) * 16 : 0);
        var from = VectorOf(index[.._lanes]);
        return _avx512 ? FromTwo(a, b, from) : Vec(V.BlendD, Vec(V.PermD, from, a), Vec(V.PermD, from, b), 0xAA);
    }

    private Reg WithThree(Reg[] elements, int vector)
    {
        Span<int> index = stackalloc int[16], last = stackalloc int[16];
        int second = 0, third = 0;
        for (int m = 0; m < _lanes; m++)
        {
            int g = vector * _lanes + m, lane = g / 3, c = g % 3;
            second |= c == 1 ? 1 << m : 0;
            third |= c == 2 ? 1 << m : 0;
            last[m] = lane;
            index[m] = _avx512 && c == 1 ? 16 + lane : lane;
        }

        return Merge(elements[0], elements[1], elements[2], index, last, second, third);
    }
}
