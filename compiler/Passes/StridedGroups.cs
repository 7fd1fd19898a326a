using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Brings strided accesses, and gathers, to the same records together, so that the back end can access the records whole and permute:
/// loads up to the first of them, with what their masks are computed from in front of it; stores down to the last. In and
/// out: Simd level. Invariant: no access moves across another that it may depend on.
/// </summary>
internal static class StridedGroups
{
    /// <summary>Nodes behind the first of a group among which the others are looked for.</summary>
    private const int Reach = 400;

    /// <summary>Gathers of a group reach as far.</summary>
    private const int GatheredBytes = 64;

    /// <param name="laneCount">Lanes of the target: how far the records of an access reach.</param>
    public static void Run(Function f, int laneCount)
    {
        LinearForm first = new(), other = new();
        int[] place = [];
        foreach (var block in f.Layout)
        {
            bool any = false;
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                any |= f[id].Op is Op.LoadStrided or Op.StoreStrided or Op.Gather;
            if (!any)
                continue;
            if (place.Length < f.NodeCount)
                place = SpareArrays<int>.Take(f.NodeCount);
            int count = 0;
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                place[id.Index] = count++;
            for (var id = f[block].First; !id.IsNone;)
            {
                if (f[id].Op == Op.StoreStrided)
                    id = GatherStores(f, id, first, other, laneCount);
                else
                    id = f[f[id].Op is Op.LoadStrided or Op.Gather ? GatherLoads(f, id, first, other, place) : id].Next;
            }
        }

        SpareArrays<int>.Leave(place);
    }

    /// <summary>Whether two strided accesses, or gathers, are to the same records.</summary>
    /// <param name="distance">Bytes from one to the other, where they have the same base and terms.</param>
    internal static bool SameRecords(Function f, ValueId a, LinearForm form, ValueId b, LinearForm other, out long distance)
    {
        distance = long.MaxValue;
        ref var x = ref f[a];
        ref var y = ref f[b];
        if (x.Op != y.Op || x.Aux != y.Aux || f.Operand(a, 0) != f.Operand(b, 0) || Bits(f, a) != Bits(f, b))
            return false;
        other.Set(f, f.Operand(b, 1));
        if (!form.HasTermsOf(other))
            return false;
        distance = (int)(other.Constant - form.Constant) + y.Imm - x.Imm;
        return Math.Abs(distance) < (x.Op == Op.Gather ? GatheredBytes : x.Aux);
    }

    private static int Bits(Function f, ValueId access) =>
        f[access].Op is Op.LoadStrided or Op.Gather ? f[access].Type.Bits : f.TypeOf(f.Operand(access, 2)).Bits;

    /// <param name="place">By node of the block: where it stands in it, or in front of what.</param>
    private static ValueId GatherLoads(Function f, ValueId first, LinearForm form, LinearForm other, int[] place)
    {
        form.Set(f, f.Operand(first, 1));
        bool pure = (f[first].Flags & NodeFlags.ReadOnly) != 0, written = false;
        if ((f[first].Flags & NodeFlags.Volatile) != 0)
            return first;
        var last = first;
        var next = f[first].Next;
        for (int i = 0; i < Reach && !next.IsNone; i++)
        {
            var id = next;
            next = f[id].Next;
            if ((OpTable.Info(f[id].Op).Effect & ~Effect.ReadsMemory) != 0)
                written = true;
            if (written && !pure)
                break;
            if (f[id].Op != f[first].Op || (f[id].Flags & NodeFlags.Volatile) != 0 || (written && (f[id].Flags & NodeFlags.ReadOnly) == 0)
                || !SameRecords(f, first, form, id, other, out _))
            {
                continue;
            }

            if (!MayMove(f, f.Operand(id, 2), first, place, 0) || !MayMove(f, f.Operand(id, 1), first, place, 0))
                continue;
            Move(f, f.Operand(id, 1), first, place);
            Move(f, f.Operand(id, 2), first, place);
            f.Unlink(id);
            InsertBehind(f, last, id);
            place[id.Index] = place[first.Index];
            last = id;
        }

        return last;
    }

    /// <summary>Whether a value stands in front of a node of its block or may be moved there.</summary>
    private static bool MayMove(Function f, ValueId value, ValueId to, int[] place, int depth)
    {
        if (f[value].Block != f[to].Block || f[value].Op == Op.Param || place[value.Index] < place[to.Index])
            return true;
        if (depth > 12 || !OpTable.Info(f[value].Op).IsPure)
            return false;
        for (int i = 0; i < f.Operands(value).Length; i++)
        {
            if (!MayMove(f, f.Operand(value, i), to, place, depth + 1))
                return false;
        }

        return true;
    }

    private static void Move(Function f, ValueId value, ValueId to, int[] place)
    {
        if (f[value].Block != f[to].Block || f[value].Op == Op.Param || place[value.Index] < place[to.Index])
            return;
        for (int i = 0; i < f.Operands(value).Length; i++)
            Move(f, f.Operand(value, i), to, place);
        f.Unlink(value);
        f.InsertBefore(to, value);
        place[value.Index] = place[to.Index] - 1;
    }

    /// <summary>Gives the node to look at next: the first that does not belong to the group.</summary>
    private static ValueId GatherStores(Function f, ValueId first, LinearForm form, LinearForm other, int laneCount)
    {
        form.Set(f, f.Operand(first, 1));
        long span = (long)f[first].Aux * laneCount;
        var group = new List<(ValueId Store, long Distance)> { (first, 0) };
        ValueId next = f[first].Next, resume = ValueId.None;
        for (int i = 0; i < Reach && !next.IsNone; i++)
        {
            var id = next;
            next = f[id].Next;
            if (f[id].Op == Op.StoreStrided && ((f[id].Flags | f[first].Flags) & NodeFlags.Volatile) == 0
                && SameRecords(f, first, form, id, other, out long distance))
            {
                group.Add((id, distance));
                continue;
            }

            if (resume.IsNone)
                resume = id;
            if (f[id].Op == Op.StoreStrided)
            {
                // Other records of the same array, as those of the subgroup that runs beside this one.
                SameRecords(f, first, form, id, other, out distance);
                if (distance != long.MaxValue && group.TrueForAll(member => IsApart(distance - member.Distance)))
                    continue;
            }

            if ((OpTable.Info(f[id].Op).Effect & ~Effect.Pure) != 0 && !(f[id].Op is Op.Load or Op.LoadContiguous or Op.LoadStrided or Op.Gather
                && (f[id].Flags & NodeFlags.ReadOnly) != 0))
            {
                break;
            }
        }

        var last = group[^1].Store;
        foreach (var (store, _) in group)
        {
            if (store == last)
                continue;
            f.Unlink(store);
            f.InsertBefore(last, store);
        }

        return resume;

        // Beyond the last lane's record, or elements of the records that do not overlap.
        bool IsApart(long distance)
        {
            int stride = f[first].Aux, bytes = Bits(f, first) / 8;
            long within = ((distance % stride) + stride) % stride;
            return Math.Abs(distance) >= span || (within >= bytes && stride - within >= bytes);
        }
    }

    private static void InsertBehind(Function f, ValueId position, ValueId id) => f.InsertBefore(f[position].Next, id);
}
