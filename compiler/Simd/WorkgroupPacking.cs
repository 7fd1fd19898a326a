using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Packs workgroups that are neighbours in x into one that is as wide as a row of lanes, or some rows: of 8 x 8
/// invocations, two make one of 16 x 8, and what lies side by side in the grid lies in neighbouring lanes. In: a
/// <see cref="NormalFlow"/>. Out: its function with a wider <see cref="Function.LocalSize"/>, in which WorkgroupIdX means
/// the first of those that are packed, and the ids that invocations see are computed anew.
/// </summary>
/// <remarks>
/// Only where nothing tells: no workgroup memory, barriers, subgroup operations or builtins, and none of the atomic or
/// volatile accesses through which one workgroup could wait for another; and no descriptor or pointer that is chosen at run
/// time, which must be the same for all lanes. Worth it where the ids are used for the global
/// id and nothing else (then accesses become contiguous that were not, and none that were cease to be), or most lanes would
/// be idle otherwise. How many workgroups there are
/// to pack is known at run time only: <see cref="KernelEmitter"/> masks the lanes of those that are missing.
/// </remarks>
internal static class WorkgroupPacking
{
    private const int MaxInvocations = 4096;

    /// <summary>Packs where that is possible and worth it.</summary>
    /// <param name="always">Also where it is not worth it: for tests.</param>
    /// <returns>How many workgroups are packed at most; 1 where the function stays as it is.</returns>
    public static int Run(NormalFlow flow, int laneCount, bool always)
    {
        var f = flow.F;
        var (x, y, z) = f.LocalSize;
        int count = Math.Max(laneCount >> BitOperations.TrailingZeroCount(x), 1);
        if (count == 1 || (long)x * y * z * count > MaxInvocations || f.WorkgroupBytes > 0 || flow.HasBarrier)
            return 1;
        var uses = new Uses(f);
        if (!uses.Allow)
            return 1;
        bool idle = 4 * x * y * z <= laneCount;
        bool global = uses.Sums.Count > 0 || x == 1;
        bool loses = uses.GroupElsewhere || uses.IndexElsewhere || (uses.LocalElsewhere && y * z == 1);
        if (!always && !idle && (!global || loses))
            return 1;
        Rewrite(f, uses, x, y);
        f.LocalSize = (x * count, y, z);
        return count;
    }

    /// <summary>A sum of the workgroup's first global id in x, as a product or shift, and the local id.</summary>
    private static bool IsGlobalId(Function f, ValueId sum, int size)
    {
        if (f[sum].Op != Op.IAdd)
            return false;
        var (start, local) = (f.Operand(sum, 0), f.Operand(sum, 1));
        return IsGlobalId(f, start, local, size) || IsGlobalId(f, local, start, size);
    }

    private static bool IsGlobalId(Function f, ValueId start, ValueId local, int size) =>
        IsBuiltin(f, local, BuiltinValue.LocalIdX) && IsFirstId(f, start, size);

    private static bool IsFirstId(Function f, ValueId start, int size)
    {
        ref var node = ref f[start];
        if (node.Op is not (Op.IMul or Op.Shl) || !IsBuiltin(f, f.Operand(start, 0), BuiltinValue.WorkgroupIdX))
            return false;
        ref var factor = ref f[f.Operand(start, 1)];
        return factor.Op == Op.Const && (node.Op == Op.IMul ? (int)factor.Imm == size : 1 << (int)(factor.Imm & 31) == size);
    }

    private static bool IsBuiltin(Function f, ValueId id, BuiltinValue which) => f[id].Op == Op.Builtin && (BuiltinValue)f[id].Aux == which;

    /// <summary>The builtins become what they were; sums of both, first, the wider workgroup's.</summary>
    private static void Rewrite(Function f, Uses uses, int x, int y)
    {
        var first = Make(f, uses.Position, Op.Builtin, [], (int)BuiltinValue.WorkgroupIdX);
        var local = Make(f, uses.Position, Op.Builtin, [], (int)BuiltinValue.LocalIdX);
        var size = Constant(f, uses.Position, x);
        var start = Make(f, uses.Position, Op.IMul, [first, size]);
        foreach (var sum in uses.Sums)
            f.SetOperands(sum, [start, local]);
        if (uses.Builtins.Count == 0)
            return;
        var group = Make(f, uses.Position, Op.IAdd, [first, x == 1 ? local : Make(f, uses.Position, Op.UDiv, [local, size])]);
        var inGroup = x == 1 ? Constant(f, uses.Position, 0) : Make(f, uses.Position, Op.URem, [local, size]);
        var index = ValueId.None;
        foreach (var builtin in uses.Builtins)
        {
            if ((BuiltinValue)f[builtin].Aux != BuiltinValue.LocalIndex || !index.IsNone)
                continue;
            var row = Make(f, uses.Position, Op.Builtin, [], (int)BuiltinValue.LocalIdZ);
            row = Make(f, uses.Position, Op.IMul, [row, Constant(f, uses.Position, y)]);
            row = Make(f, uses.Position, Op.IAdd, [row, Make(f, uses.Position, Op.Builtin, [], (int)BuiltinValue.LocalIdY)]);
            index = Make(f, uses.Position, Op.IAdd, [Make(f, uses.Position, Op.IMul, [row, size]), inGroup]);
        }

        // Whoever used a builtin uses what takes its place.
        foreach (var block in f.Layout)
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                var operands = f.Operands(id);
                for (int i = 0; i < operands.Length; i++)
                {
                    if (!uses.Builtins.Contains(operands[i]))
                        continue;
                    operands[i] = (BuiltinValue)f[operands[i]].Aux switch
                    {
                        BuiltinValue.WorkgroupIdX => group,
                        BuiltinValue.LocalIdX => inGroup,
                        _ => index,
                    };
                }
            }
        }
    }

    private static ValueId Make(Function f, ValueId position, Op op, ReadOnlySpan<ValueId> operands, int aux = 0)
    {
        var id = f.NewNode(op, IrType.I32, operands, aux: aux);
        f.InsertBefore(position, id);
        return id;
    }

    private static ValueId Constant(Function f, ValueId position, int value)
    {
        var id = f.NewNode(Op.Const, IrType.I32, [], value);
        f.InsertBefore(position, id);
        return id;
    }

    /// <summary>What a function does with the ids of workgroups and invocations, and whether it may be packed at all.</summary>
    private sealed class Uses
    {
        public Uses(Function f)
        {
            int size = f.LocalSize.X;
            Position = f[f.Entry].First;
            foreach (var block in f.Layout)
            {
                foreach (var param in f.Params(block))
                    Allow &= f[param].Type.Scalar != Scalar.Base;
                for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                {
                    Allow &= MayPack(f, id);
                    if (f[id].Op == Op.Builtin)
                    {
                        if ((BuiltinValue)f[id].Aux is BuiltinValue.WorkgroupIdX or BuiltinValue.LocalIdX or BuiltinValue.LocalIndex)
                            Builtins.Add(id);
                        continue;
                    }

                    if (IsGlobalId(f, id, size))
                    {
                        Sums.Add(id);
                        continue;
                    }

                    foreach (var operand in f.Operands(id))
                    {
                        LocalElsewhere |= IsBuiltin(f, operand, BuiltinValue.LocalIdX);
                        IndexElsewhere |= IsBuiltin(f, operand, BuiltinValue.LocalIndex);
                        GroupElsewhere |= IsFirstId(f, operand, size)
                            || (size > 1 && IsBuiltin(f, operand, BuiltinValue.WorkgroupIdX) && !IsFirstId(f, id, size));
                    }
                }
            }
        }

        /// <summary>The function's first node.</summary>
        public ValueId Position { get; }
        public List<ValueId> Sums { get; } = [];
        public List<ValueId> Builtins { get; } = [];
        public bool Allow { get; } = true;
        public bool LocalElsewhere { get; }
        public bool IndexElsewhere { get; }
        public bool GroupElsewhere { get; }

        private static bool MayPack(Function f, ValueId id)
        {
            ref var node = ref f[id];
            switch (node.Op)
            {
                case Op.SubgroupReduce or Op.SubgroupInclusiveScan or Op.SubgroupExclusiveScan or Op.SubgroupAny or Op.SubgroupAll
                    or Op.SubgroupBallot or Op.SubgroupShuffle or Op.SubgroupBroadcastFirst or Op.SubgroupElect:
                    return false;
                case Op.Builtin:
                    return (BuiltinValue)node.Aux is not (BuiltinValue.SubgroupId or BuiltinValue.NumSubgroups or BuiltinValue.SubgroupLane
                        or BuiltinValue.SubgroupSize);
                case Op.BufferBase or Op.BufferRange:
                    // Descriptors must be the same for all lanes.
                    return f[f.Operand(id, 0)].Op == Op.Const;
                case Op.Select:
                    return node.Type.Scalar != Scalar.Base;
                default:
                    return !SideBySide.OrderShows(f, id);
            }
        }
    }
}
