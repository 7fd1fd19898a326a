using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>
/// Uses how large integers can be. In: constants as right operands. Out: clamps, masks, remainders and comparisons that
/// the bound of their operand decides are gone; sums, products and shifts of offsets that stay below 2^31 are marked
/// NoWrap; constant parts of offsets are displacements. Invariant: bit for bit the same.
/// </summary>
internal static class RangeSimplification
{
    /// <summary>Operands of operands that are looked at, at most.</summary>
    private const int MaxDepth = 5;

    public static void Run(PassContext context, Function f)
    {
        var map = context.Replacements;
        var rewriter = context.Rewriter;
        rewriter.F = f;
        map.Clear(f);
        foreach (var block in f.Layout)
        {
            var next = ValueId.None;
            for (var id = f[block].First; !id.IsNone; id = next)
            {
                next = f[id].Next;
                map.ResolveOperands(f, id);
                var result = Simplify(rewriter, id);
                if (result.IsNone || result == id)
                    continue;
                map.Set(id, result);
                f.Unlink(id);
            }
        }

        map.Apply(f);
    }

    private static ValueId Simplify(Rewriter r, ValueId id)
    {
        var f = r.F;
        var op = f[id].Op;
        if (op is Op.IAdd or Op.IMul or Op.Shl)
        {
            if (f[id].Type.Scalar == Scalar.I32 && (f[id].Flags & NodeFlags.NoWrap) == 0 && Bound(f, id, 0) < 1UL << 31 &&
                Exact(f, id) < 1UL << 31)
                f[id].Flags |= NodeFlags.NoWrap;
            return ValueId.None;
        }

        if (op is Op.Load or Op.Store or Op.AtomicRmw or Op.AtomicCompareExchange)
        {
            FoldOffset(r, id);
            return ValueId.None;
        }

        if (op is not (Op.UMin or Op.And or Op.URem or Op.ULt or Op.ULe) || !r.IsConst(f.Operand(id, 1), out ulong c))
            return ValueId.None;
        var a = f.Operand(id, 0);
        if (!f.TypeOf(a).IsInteger)
            return ValueId.None;
        ulong bound = Bound(f, a, 0);
        return op switch
        {
            Op.UMin when bound <= c => a,
            Op.And when BitOperations.IsPow2(c + 1) && bound <= c => a,
            Op.URem when bound < c => a,
            Op.ULt when bound < c => r.BecomeConst(id, 1),
            Op.ULe when bound <= c => r.BecomeConst(id, 1),
            _ => ValueId.None,
        };
    }

    /// <summary>A constant part of an offset becomes displacement, where offset and rest are known to be below 2^31: an
    /// offset is extended with zeros before the displacement is added.</summary>
    private static void FoldOffset(Rewriter r, ValueId id)
    {
        var f = r.F;
        var offset = f.Operand(id, 1);
        long imm = f[id].Imm;
        if (r.IsConst(offset, out ulong whole))
        {
            if (whole == 0 || imm < 0 || imm + (long)whole > int.MaxValue)
                return;
            var zero = r.Constant(id, IrType.I32, 0);
            f.Operands(id)[1] = zero;
            f[id].Imm = imm + (long)whole;
        }
        else if (f[offset].Op == Op.IAdd && r.IsConst(f.Operand(offset, 1), out ulong c) && imm >= 0)
        {
            var rest = f.Operand(offset, 0);
            if (c >= 1UL << 31 || Bound(f, rest, 0) + c >= 1UL << 31 || imm + (long)c > int.MaxValue)
                return;
            f.Operands(id)[1] = rest;
            f[id].Imm = imm + (long)c;
        }
    }

    /// <summary>Largest sum or product of the operands' bounds, where it is not too large to tell.</summary>
    private static ulong Exact(Function f, ValueId id)
    {
        ulong a = Bound(f, f.Operand(id, 0), 1), b = Bound(f, f.Operand(id, 1), 1);
        return f[id].Op switch
        {
            Op.IAdd => a + b,
            Op.IMul => a * b,
            Op.Shl when f[f.Operand(id, 1)].Op == Op.Const => a << (int)(b & 31),
            _ => ulong.MaxValue,
        };
    }

    /// <summary>The largest number, unsigned, that a value can be.</summary>
    private static ulong Bound(Function f, ValueId id, int depth)
    {
        ref var node = ref f[id];
        ulong ones = node.Type.IsInteger ? Rewriter.Ones(node.Type) : 1;
        if (node.Op == Op.Const)
            return (ulong)node.Imm;
        if (depth >= MaxDepth || !node.Type.IsInteger)
            return ones;
        switch (node.Op)
        {
            case Op.And or Op.UMin:
                return Math.Min(Bound(f, f.Operand(id, 0), depth + 1), Bound(f, f.Operand(id, 1), depth + 1));
            case Op.UMax:
                return Math.Max(Bound(f, f.Operand(id, 0), depth + 1), Bound(f, f.Operand(id, 1), depth + 1));
            case Op.Select:
                return Math.Max(Bound(f, f.Operand(id, 1), depth + 1), Bound(f, f.Operand(id, 2), depth + 1));
            case Op.ZExt:
                return Bound(f, f.Operand(id, 0), depth + 1);
            case Op.LShr or Op.UDiv or Op.URem or Op.Shl:
                return f[f.Operand(id, 1)].Op == Op.Const
                    ? ByConstant(node.Op, Bound(f, f.Operand(id, 0), depth + 1), (ulong)f[f.Operand(id, 1)].Imm, node.Type.Bits, ones)
                    : node.Op == Op.Shl ? ones : Bound(f, f.Operand(id, 0), depth + 1);
            case Op.IAdd:
                ulong x = Bound(f, f.Operand(id, 0), depth + 1), y = Bound(f, f.Operand(id, 1), depth + 1);
                return x <= ones - y ? x + y : ones;
            case Op.IMul:
                ulong p = Bound(f, f.Operand(id, 0), depth + 1), q = Bound(f, f.Operand(id, 1), depth + 1);
                return p == 0 || q <= ones / p ? p * q : ones;
            case Op.PopCount or Op.Clz or Op.Ctz:
                return (ulong)node.Type.Bits;
            case Op.UDot4:
                return 4 * 255 * 255;
            case Op.Builtin:
                return OfBuiltin(f, (BuiltinValue)node.Aux, ones);
            case Op.LaneIndex or Op.LaneCount:
                return 64;
            default:
                return ones;
        }
    }

    private static ulong ByConstant(Op op, ulong bound, ulong c, int bits, ulong ones)
    {
        int shift = (int)(c & (ulong)(bits - 1));
        return op switch
        {
            Op.LShr => bound >> shift,
            Op.UDiv => c == 0 ? 0 : bound / c,
            Op.URem => c == 0 ? 0 : Math.Min(bound, c - 1),
            _ => bound <= ones >> shift ? bound << shift : ones,
        };
    }

    private static ulong OfBuiltin(Function f, BuiltinValue builtin, ulong ones)
    {
        var size = f.LocalSize;
        return builtin switch
        {
            BuiltinValue.LocalIdX => (ulong)size.X - 1,
            BuiltinValue.LocalIdY => (ulong)size.Y - 1,
            BuiltinValue.LocalIdZ => (ulong)size.Z - 1,
            BuiltinValue.LocalIndex or BuiltinValue.SubgroupId => (ulong)(size.X * size.Y * size.Z) - 1,
            BuiltinValue.NumSubgroups => (ulong)(size.X * size.Y * size.Z),
            BuiltinValue.SubgroupLane or BuiltinValue.SubgroupSize => 64,
            _ => ones,
        };
    }
}
