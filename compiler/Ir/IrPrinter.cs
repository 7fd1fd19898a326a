using System.Text;

namespace ShaderJit.Compiler.Ir;

/// <summary>Writes a function as text that <see cref="IrParser"/> reads back.</summary>
/// <remarks>
/// Values and blocks are numbered anew in layout order, so that equal functions give equal text whatever was removed
/// from them. A node: <c>v9: f32 = load v1, v2, v3 imm=16 readonly</c>. Kinds stand behind the name
/// (<c>atomic_rmw.add</c>, <c>builtin.local_id_x</c>, <c>trap_if.out_of_bounds</c>), resources and private arrays as
/// first operand (<c>buffer_base r0, v1</c>).
/// </remarks>
public static class IrPrinter
{
    /// <param name="offsets">Also write each node's SPIR-V word offset, as <c>@12</c>.</param>
    public static string Print(Function f, bool offsets = false)
    {
        var (values, blocks) = Number(f);
        var text = new StringBuilder(4096);
        text.Append("function ").Append(f.Level == FunctionLevel.Simd ? "simd" : "invocation");
        text.Append($" local_size={f.LocalSize.X},{f.LocalSize.Y},{f.LocalSize.Z}");
        text.Append($" workgroup_bytes={f.WorkgroupBytes} push_bytes={f.PushConstantBytes} scratch_bytes={f.ScratchBytes} {{\n");
        for (int i = 0; i < f.Resources.Count; i++)
        {
            var r = f.Resources[i];
            text.Append($"  resource r{i} set={r.Set} binding={r.Binding} count={r.Count} table={r.TableOffset}");
            text.Append($" stride={r.Stride} dynamic={r.DynamicIndex}\n");
        }

        for (int i = 0; i < f.PrivateArrays.Count; i++)
            text.Append($"  private p{i} {f.PrivateArrays[i].Element}[{f.PrivateArrays[i].Length}]\n");
        foreach (var block in f.Layout)
        {
            PrintHeader(f, block, values, blocks, text);
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
                PrintNode(f, id, values, blocks, text, offsets);
        }

        return text.Append("}\n").ToString();
    }

    /// <summary>One node, with the function's own ids: for messages.</summary>
    public static string PrintNode(Function f, ValueId id)
    {
        var text = new StringBuilder();
        PrintNode(f, id, null, null, text, false);
        return text.ToString().Trim();
    }

    private static (int[] Values, int[] Blocks) Number(Function f)
    {
        var values = new int[f.NodeCount];
        var blocks = new int[f.BlockCount];
        Array.Fill(values, -1);
        Array.Fill(blocks, -1);
        int nextValue = 0, nextBlock = 0;
        foreach (var block in f.Layout)
        {
            blocks[block.Index] = nextBlock++;
            foreach (var param in f.Params(block))
                values[param.Index] = nextValue++;
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (!f[id].Type.IsVoid)
                    values[id.Index] = nextValue++;
            }
        }

        return (values, blocks);
    }

    private static void PrintHeader(Function f, BlockId block, int[] values, int[] blocks, StringBuilder text)
    {
        AppendBlock(text, block, blocks);
        var parameters = f.Params(block);
        if (parameters.Length > 0)
        {
            text.Append('(');
            for (int i = 0; i < parameters.Length; i++)
            {
                if (i > 0)
                    text.Append(", ");
                AppendValue(text, parameters[i], values);
                text.Append(": ").Append(f.TypeOf(parameters[i]));
            }

            text.Append(')');
        }

        if (!f[block].Merge.IsNone)
            AppendBlock(text.Append(" merge="), f[block].Merge, blocks);
        if (!f[block].Continue.IsNone)
            AppendBlock(text.Append(" continue="), f[block].Continue, blocks);
        text.Append(":\n");
    }

    private static void PrintNode(Function f, ValueId id, int[]? values, int[]? blocks, StringBuilder text, bool offsets)
    {
        ref var node = ref f[id];
        ref readonly var row = ref OpSignatures.Of(node.Op);
        text.Append("  ");
        if (!node.Type.IsVoid)
        {
            AppendValue(text, id, values);
            text.Append(": ").Append(node.Type).Append(" = ");
        }

        text.Append(OpTable.Info(node.Op).Name);
        if (IrText.SuffixOf(row.Aux, node.Aux) is { } suffix)
            text.Append('.').Append(suffix);

        string separator = " ";
        if (row.Imm == ImmKind.Bits)
            Item(text, ref separator).Append(IrText.Constant(node.Type.Scalar, node.Imm));
        if (row.Aux == AuxKind.Resource)
            Item(text, ref separator).Append('r').Append(node.Aux);
        if (row.Aux == AuxKind.PrivateArray)
            Item(text, ref separator).Append('p').Append(node.Aux);
        if (row.Aux is AuxKind.ArgumentOffset or AuxKind.DiagnosticOffset)
            Item(text, ref separator).Append(node.Aux);

        if (node.Op == Op.Jump)
        {
            AppendTarget(f, id, 0, values, blocks, Item(text, ref separator));
        }
        else if (node.Op == Op.Branch)
        {
            AppendValue(Item(text, ref separator), f.Operand(id, 0), values);
            AppendTarget(f, id, 0, values, blocks, Item(text, ref separator));
            AppendTarget(f, id, 1, values, blocks, Item(text, ref separator));
        }
        else
        {
            foreach (var operand in f.Operands(id))
                AppendValue(Item(text, ref separator), operand, values);
        }

        if (row.Aux == AuxKind.Stride)
            text.Append(" stride=").Append(node.Aux);
        if (row.Imm == ImmKind.Displacement && node.Imm != 0)
            text.Append(" imm=").Append(node.Imm);
        if (row.Imm == ImmKind.Cluster && node.Imm != 0)
            text.Append(" cluster=").Append(node.Imm);
        foreach (var (flag, name) in IrText.Flags)
        {
            if ((node.Flags & flag) != 0)
                text.Append(' ').Append(name);
        }

        if (offsets && node.SpirvOffset != 0)
            text.Append(" @").Append(node.SpirvOffset);
        text.Append('\n');
    }

    private static StringBuilder Item(StringBuilder text, ref string separator)
    {
        text.Append(separator);
        separator = ", ";
        return text;
    }

    private static void AppendTarget(Function f, ValueId id, int target, int[]? values, int[]? blocks, StringBuilder text)
    {
        AppendBlock(text, target == 0 ? f[id].Target0 : f[id].Target1, blocks);
        var arguments = f.Arguments(id, target);
        if (arguments.Length == 0)
            return;
        text.Append('(');
        for (int i = 0; i < arguments.Length; i++)
        {
            if (i > 0)
                text.Append(", ");
            AppendValue(text, arguments[i], values);
        }

        text.Append(')');
    }

    /// <summary>What is not in the layout keeps its own id behind a question mark: such text does not parse.</summary>
    private static void AppendValue(StringBuilder text, ValueId id, int[]? values)
    {
        if (values is null || id.IsNone)
            text.Append('v').Append(id.Index);
        else if (values[id.Index] < 0)
            text.Append("?v").Append(id.Index);
        else
            text.Append('v').Append(values[id.Index]);
    }

    private static StringBuilder AppendBlock(StringBuilder text, BlockId id, int[]? blocks)
    {
        if (blocks is null || id.IsNone)
            return text.Append('b').Append(id.Index);
        return blocks[id.Index] < 0 ? text.Append("?b").Append(id.Index) : text.Append('b').Append(blocks[id.Index]);
    }
}
