namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Functions: types, parameters, variables first, phis first, calls that fit, no recursion, bounded size.</summary>
internal static class Functions
{
    /// <summary>Instructions of an entry point once every call is inlined, and scalars of all values in them.</summary>
    private const long MaxInlined = 4 << 20;

    /// <summary>How deep calls nest.</summary>
    private const int MaxCallDepth = 255;

    public static bool Check(ValidationContext c)
    {
        Module m = c.Module;
        foreach (ref readonly FunctionInfo f in m.Functions)
        {
            if (!CheckType(c, f) || !CheckBlocks(c, f))
                return false;
        }
        return CheckCalls(c);
    }

    private static bool CheckType(ValidationContext c, in FunctionInfo f)
    {
        Module m = c.Module;
        ref readonly Instruction i = ref m.Instruction(f.Instruction);
        TypeInfo type = m.Type(f.TypeId);
        if (type.Kind != TypeKind.Function)
            return c.Fail(i, $"id {f.TypeId} is no function type");
        if (type.Element != i.ResultType)
            return c.Fail(i, "its result type is not its function type's");
        if (type.Count != f.ParameterCount)
            return c.Fail(i, $"it has {f.ParameterCount} parameters, its type {type.Count}");
        ReadOnlySpan<uint> parameters = m.Parameters(f);
        for (int k = 0; k < parameters.Length; k++)
        {
            if (m.TypeIdOf(parameters[k]) != m.Members(type)[k])
                return c.Fail(i, $"parameter {k} has not the type that the function type says");
        }
        return m.Type(type.Element).Kind != TypeKind.Pointer
            || c.MayBeValue(m.Type(type.Element))
            || c.Fail(i, "a function that returns such a pointer needs variable pointers");
    }

    // Phis stand before all else in a block, variables before all else in the first block.
    private static bool CheckBlocks(ValidationContext c, in FunctionInfo f)
    {
        Module m = c.Module;
        ReadOnlySpan<BlockInfo> blocks = m.BlocksOf(f);
        for (int b = 0; b < blocks.Length; b++)
        {
            bool phisOver = b == 0, variablesOver = b != 0;
            for (int k = blocks[b].First; k <= blocks[b].Terminator; k++)
            {
                ref readonly Instruction i = ref m.Instruction(k);
                switch (i.Opcode)
                {
                    case Opcode.OpLine:
                    case Opcode.OpNoLine:
                    case Opcode.OpNop:
                        break;
                    case Opcode.OpPhi:
                        if (phisOver)
                            return c.Fail(i, b == 0 ? "it stands in a function's first block" : "it does not stand at its block's start");
                        break;
                    case Opcode.OpVariable:
                        if (variablesOver)
                            return c.Fail(i, "it does not stand at the start of its function");
                        phisOver = true;
                        break;
                    case Opcode.OpExtInst when m.StringOf(m.Operands(i)[0]) != "GLSL.std.450":
                        phisOver = true;
                        break;
                    default:
                        phisOver = variablesOver = true;
                        break;
                }
            }
        }
        return true;
    }

    private static bool CheckCalls(ValidationContext c)
    {
        Module m = c.Module;
        int count = m.Functions.Length;
        long[] size = new long[count];
        int[] depth = new int[count];
        byte[] state = new byte[count];
        // Depth first without recursion: a function is done once all that it calls are. (function, next instruction)
        var stack = new Stack<(int Function, int Next, int Block)>();
        for (int root = 0; root < count; root++)
        {
            if (state[root] != 0)
                continue;
            stack.Push((root, m.Functions[root].Instruction, 0));
            state[root] = 1;
            while (stack.Count > 0)
            {
                (int f, int at, _) = stack.Pop();
                int end = m.Functions[f].EndInstruction;
                bool descended = false;
                for (; at < end && !descended; at++)
                {
                    ref readonly Instruction i = ref m.Instruction(at);
                    if (i.Opcode != Opcode.OpFunctionCall)
                    {
                        size[f] += 1 + (i.ResultType != 0 && i.Opcode != Opcode.OpFunction ? c.Sizes.Scalars(i.ResultType) : 0);
                        if (i.Opcode == Opcode.OpVariable)
                            size[f] += c.Sizes.Scalars(m.Type(i.ResultType).Element) / VariableShare;
                        if (size[f] > MaxInlined)
                            return c.Fail(i, "the function is too large");
                        continue;
                    }
                    int callee = m.FunctionIndexOf(m.Operands(i)[0]);
                    if (!CheckCall(c, i, m.Functions[callee]))
                        return false;
                    if (state[callee] == 1)
                        return c.Fail(i, "the function calls itself, at once or through others");
                    if (state[callee] == 0)
                    {
                        // Come back to this call once the callee is done.
                        stack.Push((f, at, 0));
                        stack.Push((callee, m.Functions[callee].Instruction, 0));
                        state[callee] = 1;
                        descended = true;
                        continue;
                    }
                    size[f] += size[callee];
                    depth[f] = Math.Max(depth[f], depth[callee] + 1);
                    if (size[f] > MaxInlined || depth[f] > MaxCallDepth)
                        return c.Fail(i, "the function is too large once its calls are inlined");
                }
                if (!descended)
                    state[f] = 2;
            }
        }
        return true;
    }

    /// <summary>A variable costs less than a value: arrays stay in memory.</summary>
    private const int VariableShare = 16;

    private static bool CheckCall(ValidationContext c, in Instruction i, in FunctionInfo callee)
    {
        Module m = c.Module;
        ReadOnlySpan<uint> o = m.Operands(i);
        if (m.Instruction(callee.Instruction).ResultType != i.ResultType)
            return c.Fail(i, "its result type is not the function's");
        ReadOnlySpan<uint> parameters = m.Parameters(callee);
        if (o.Length - 1 != parameters.Length)
            return c.Fail(i, $"it has {o.Length - 1} arguments, the function {parameters.Length} parameters");
        for (int k = 0; k < parameters.Length; k++)
        {
            if (m.TypeIdOf(o[k + 1]) != m.TypeIdOf(parameters[k]))
                return c.Fail(i, $"argument {k} has not its parameter's type");
        }
        return true;
    }
}
