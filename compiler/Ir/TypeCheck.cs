namespace ShaderJit.Compiler.Ir;

/// <summary>Checks one node's operand and result types against <see cref="OpSignatures"/>.</summary>
/// <remarks>Arguments of terminators are not looked at: they follow the parameters of the target.</remarks>
internal static class TypeCheck
{
    /// <summary>What is wrong with the node's types, or null.</summary>
    public static string? Check(Function f, ValueId id)
    {
        ref var node = ref f[id];
        ref readonly var row = ref OpSignatures.Of(node.Op);
        string signature = f.Level == FunctionLevel.Simd ? row.Simd : row.Invocation;
        if (signature.Length == 0)
            return $"{OpTable.Info(node.Op).Name} does not exist at {f.Level} level";

        var match = new Match(row, f.Level);
        int at = 0;
        if (match.Take(signature, ref at, node.Type) is { } wrongResult)
            return $"result: {wrongResult}";
        at++;
        var operands = f.Operands(id);
        int next = 0;
        while (signature[at] != ')')
        {
            if (signature[at] == '#')
                return match.CheckRelation(node);
            if (next == operands.Length)
            {
                if (signature.IndexOf('?', at) < 0)
                    return "too few operands";
                return match.CheckRelation(node);
            }

            if (match.Take(signature, ref at, f.TypeOf(operands[next])) is { } wrong)
                return $"operand {next}: {wrong}";
            next++;
        }

        return next < operands.Length ? "too many operands" : match.CheckRelation(node);
    }

    private struct Match(OpSignature row, FunctionLevel level)
    {
        private Scalar _t, _s;
        private int _lanes = -1;

        /// <summary>Matches one letter of the signature, with its prefix and suffix, against a type.</summary>
        public string? Take(string signature, ref int at, IrType type)
        {
            char prefix = signature[at] is '.' or '*' or '~' ? signature[at++] : ' ';
            char letter = signature[at++];
            if (signature[at] == '?')
                at++;
            if (level == FunctionLevel.Invocation && type.Lanes)
                return $"{type} has lanes at Invocation level";
            switch (prefix)
            {
                case '.' when type.Lanes:
                    return $"{type} must be uniform";
                case '*' when !type.Lanes:
                    return $"{type} must have lanes";
                case ' ' when letter != 'v':
                    if (_lanes >= 0 && _lanes != (type.Lanes ? 1 : 0))
                        return $"{type} mixes lanes and uniform";
                    _lanes = type.Lanes ? 1 : 0;
                    break;
            }

            if (type is { Scalar: Scalar.Base, Lanes: true })
                return "a base is uniform";
            return letter switch
            {
                'v' => type.IsVoid ? null : $"{type} must be void",
                'b' => Fixed(type, Scalar.Bool),
                'i' => Fixed(type, Scalar.I32),
                'l' => Fixed(type, Scalar.I64),
                'p' => Fixed(type, Scalar.Base),
                'T' => Variable(type, ref _t, row.T),
                'S' => Variable(type, ref _s, row.S),
                _ => throw new InvalidOperationException($"signature of {row.Op}: '{letter}'"),
            };
        }

        private static string? Fixed(IrType type, Scalar scalar) =>
            type.Scalar == scalar ? null : $"{type} must be {new IrType(scalar)}";

        private static string? Variable(IrType type, ref Scalar bound, ScalarSet set)
        {
            if (bound == Scalar.Void)
            {
                if ((SetOf(type) & set) == 0)
                    return $"{type} is not one of {set}";
                bound = type.Scalar;
                return null;
            }

            return type.Scalar == bound ? null : $"{type} must be {new IrType(bound)}";
        }

        private static ScalarSet SetOf(IrType type) =>
            type.IsInteger ? ScalarSet.Integer
            : type.IsFloat ? type.Bits == 16 ? ScalarSet.HalfFloat : ScalarSet.WideFloat
            : type.Scalar == Scalar.Bool ? ScalarSet.Bool
            : type.Scalar == Scalar.Base ? ScalarSet.Base
            : 0;

        /// <summary>Rules beyond the signature: widths of conversions, kinds of atomics and reductions.</summary>
        public readonly string? CheckRelation(in Node node)
        {
            int t = new IrType(_t).Bits, s = new IrType(_s).Bits;
            bool isFloat = new IrType(_t).IsFloat;
            return node.Op switch
            {
                Op.Trunc or Op.FNarrow when t >= s => "result must be narrower",
                Op.ZExt or Op.SExt or Op.FWiden when t <= s => "result must be wider",
                Op.Bitcast when t != s => "widths differ",
                Op.ArgLoad when t < 32 => "i32 or i64 only",
                Op.AtomicRmw or Op.LaneAtomicRmw or Op.LaneAtomicRmwWide when !FitsAtomic((AtomicKind)node.Aux, isFloat) =>
                    $"{(AtomicKind)node.Aux} does not fit {new IrType(_t)}",
                Op.SubgroupReduce or Op.SubgroupInclusiveScan or Op.SubgroupExclusiveScan
                    when ((ReduceKind)node.Aux >= ReduceKind.FAdd) != isFloat =>
                    $"{(ReduceKind)node.Aux} does not fit {new IrType(_t)}",
                _ => null,
            };
        }

        private static bool FitsAtomic(AtomicKind kind, bool isFloat) =>
            kind == AtomicKind.Exchange || (kind >= AtomicKind.FAdd) == isFloat;
    }
}
