namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Types of the composite instructions.</summary>
internal static class Composites
{
    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        if (Instructions.ValueTypeProblem(c, i.ResultType) is { } problem && opcode != Opcode.OpCopyObject)
            return problem;
        switch (opcode)
        {
            case Opcode.OpVectorExtractDynamic:
                return m.TypeOf(o[0]) is { Kind: TypeKind.Vector } v && v.Element == i.ResultType && c.IsIntScalar(m.TypeIdOf(o[1]))
                    ? null : "it takes a vector of its type and an integer";
            case Opcode.OpVectorInsertDynamic:
                return m.TypeIdOf(o[0]) == i.ResultType && m.Type(i.ResultType) is { Kind: TypeKind.Vector } w
                    && w.Element == m.TypeIdOf(o[1]) && c.IsIntScalar(m.TypeIdOf(o[2]))
                    ? null : "it takes a vector of its type, a component and an integer";
            case Opcode.OpVectorShuffle:
                return Shuffle(c, i, o);
            case Opcode.OpCompositeConstruct:
                return Construct(c, i, o);
            case Opcode.OpCompositeExtract:
                return TryPart(c, m.TypeIdOf(o[0]), o[1..], out uint part) is { } wrong ? wrong
                    : part == i.ResultType ? null : "the part has not its type";
            case Opcode.OpCompositeInsert:
                if (m.TypeIdOf(o[1]) != i.ResultType)
                    return "the composite has not its type";
                return TryPart(c, i.ResultType, o[2..], out uint place) is { } bad ? bad
                    : place == m.TypeIdOf(o[0]) ? null : "the object has not the part's type";
            case Opcode.OpCopyObject:
                // A pointer may be copied: it is only a second name for it.
                c.SetRoot(i.Result, o[0]);
                return m.TypeIdOf(o[0]) == i.ResultType ? null : "its operand has not its type";
            case Opcode.OpCopyLogical:
                return m.TypeIdOf(o[0]) != i.ResultType && Matches(c, m.TypeIdOf(o[0]), i.ResultType)
                    ? null : "its operand's type does not match its own logically";
            case Opcode.OpTranspose:
                return Arithmetic.Transpose(c, i, o[0]);
            default:
                return Instructions.NotSupported;
        }
    }

    private static string? Shuffle(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        TypeInfo result = m.Type(i.ResultType), a = m.TypeOf(o[0]), b = m.TypeOf(o[1]);
        if (result.Kind != TypeKind.Vector || a.Kind != TypeKind.Vector || b.Kind != TypeKind.Vector
            || a.Element != result.Element || b.Element != result.Element)
            return "it takes and makes vectors of one component type";
        if (o.Length - 2 != result.Count)
            return $"it has {o.Length - 2} components, its type {result.Count}";
        foreach (uint component in o[2..])
        {
            if (component != uint.MaxValue && component >= a.Count + b.Count)
                return $"component {component} is beyond its vectors";
        }
        return null;
    }

    private static string? Construct(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        Module m = c.Module;
        TypeInfo type = m.Type(i.ResultType);
        if (type.Kind == TypeKind.Vector)
        {
            int count = 0;
            foreach (uint id in o)
            {
                if (!c.TryVector(m.TypeIdOf(id), out TypeInfo scalar, out int n) || scalar.Id != type.Element)
                    return $"part {id} is no component or vector of components";
                count += n;
            }
            return o.Length >= 2 && count == type.Count ? null : $"its parts have {count} components, its type {type.Count}";
        }
        if (!type.IsComposite)
            return "its type is no composite";
        long wanted = type.Kind == TypeKind.Array ? c.Sizes.Length(type) : type.Count;
        if (o.Length != wanted)
            return $"it has {o.Length} parts, not {wanted}";
        for (int k = 0; k < o.Length; k++)
        {
            if (m.TypeIdOf(o[k]) != (type.Kind == TypeKind.Struct ? m.Members(type)[k] : type.Element))
                return $"part {k} has the wrong type";
        }
        return null;
    }

    private static string? TryPart(ValidationContext c, uint typeId, ReadOnlySpan<uint> indices, out uint part)
    {
        Module m = c.Module;
        part = typeId;
        foreach (uint index in indices)
        {
            TypeInfo type = m.Type(part);
            if (!type.IsComposite)
                return "its indices go deeper than its composite";
            if (index >= (type.Kind == TypeKind.Array ? c.Sizes.Length(type) : type.Count))
                return $"index {index} is beyond a {type.Kind}";
            part = type.Kind == TypeKind.Struct ? m.Members(type)[(int)index] : type.Element;
        }
        return indices.Length > 255 ? "it has more than 255 indices" : null;
    }

    // Types that differ in nothing but decorations. A pair of types is compared once.
    private static bool Matches(ValidationContext c, uint a, uint b)
    {
        if (a == b || c.LogicalMatches.Contains((a, b)))
            return true;
        TypeInfo x = c.Module.Type(a), y = c.Module.Type(b);
        bool matches = x.Kind == y.Kind;
        switch (x.Kind)
        {
            case TypeKind.Array:
                matches = matches && c.Sizes.Length(x) == c.Sizes.Length(y) && Matches(c, x.Element, y.Element);
                break;
            case TypeKind.Struct:
                matches = matches && x.Count == y.Count;
                for (int k = 0; matches && k < x.Count; k++)
                    matches = Matches(c, c.Module.Members(x)[k], c.Module.Members(y)[k]);
                break;
            default:
                return false;
        }
        if (matches)
            c.LogicalMatches.Add((a, b));
        return matches;
    }
}
