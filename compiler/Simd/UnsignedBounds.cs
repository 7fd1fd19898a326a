using System.Numerics;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// The largest number that an i32, taken as unsigned, can be: from builtins, masks, remainders and clamps; what comes
/// through a parameter of a block can be anything. In: a function of Invocation level. Invariant: a bound holds in every
/// lane that takes part in the workgroup.
/// </summary>
internal sealed class UnsignedBounds(Function f, int laneCount)
{
    private const int MaxDepth = 10;

    public ulong Of(ValueId id) => Of(id, 0);

    private ulong Of(ValueId id, int depth)
    {
        ref var node = ref f[id];
        ulong all = node.Type.Bits >= 64 ? ulong.MaxValue : (1UL << node.Type.Bits) - 1;
        if (depth > MaxDepth || !node.Type.IsInteger)
            return all;
        switch (node.Op)
        {
            case Op.Const: return (ulong)node.Imm;
            case Op.Builtin: return OfBuiltin((BuiltinValue)node.Aux);
            case Op.And: return Math.Min(Operand(id, 0, depth), Operand(id, 1, depth));
            case Op.Or or Op.Xor:
                ulong either = Operand(id, 0, depth) | Operand(id, 1, depth);
                return either == 0 ? 0 : ulong.MaxValue >> BitOperations.LeadingZeroCount(either);
            case Op.UMin: return Math.Min(Operand(id, 0, depth), Operand(id, 1, depth));
            case Op.UMax or Op.Select:
                int last = node.Op == Op.Select ? 2 : 1;
                return Math.Max(Operand(id, last - 1, depth), Operand(id, last, depth));
            case Op.LShr when Constant(id) is { } shift: return Operand(id, 0, depth) >> (int)(shift & (ulong)(node.Type.Bits - 1));
            case Op.UDiv when Constant(id) is { } divisor: return divisor == 0 ? 0 : Operand(id, 0, depth) / divisor;
            case Op.URem when Constant(id) is { } modulus: return modulus == 0 ? 0 : Math.Min(modulus - 1, Operand(id, 0, depth));
            case Op.ZExt: return Operand(id, 0, depth);
            case Op.IAdd: return Fit(Operand(id, 0, depth) + (UInt128)Operand(id, 1, depth), all);
            case Op.IMul: return Fit(Operand(id, 0, depth) * (UInt128)Operand(id, 1, depth), all);
            case Op.Shl when Constant(id) is { } left:
                return Fit((UInt128)Operand(id, 0, depth) << (int)(left & (ulong)(node.Type.Bits - 1)), all);
            default: return all;
        }
    }

    private ulong Operand(ValueId id, int index, int depth) => Of(f.Operand(id, index), depth + 1);

    private ulong? Constant(ValueId id)
    {
        ref var node = ref f[f.Operand(id, 1)];
        return node.Op == Op.Const ? (ulong)node.Imm : null;
    }

    private static ulong Fit(UInt128 value, ulong all) => value > all ? all : (ulong)value;

    private ulong OfBuiltin(BuiltinValue builtin)
    {
        var (x, y, z) = f.LocalSize;
        return builtin switch
        {
            BuiltinValue.LocalIdX => (ulong)x - 1,
            BuiltinValue.LocalIdY => (ulong)y - 1,
            BuiltinValue.LocalIdZ => (ulong)z - 1,
            BuiltinValue.LocalIndex => (ulong)(x * y * z) - 1,
            BuiltinValue.SubgroupId or BuiltinValue.NumSubgroups => (ulong)(x * y * z),
            BuiltinValue.SubgroupLane => (ulong)laneCount - 1,
            BuiltinValue.SubgroupSize => (ulong)laneCount,
            _ => uint.MaxValue,
        };
    }
}
