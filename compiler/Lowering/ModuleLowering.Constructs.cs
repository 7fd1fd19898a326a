using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Selections and loops within what one instruction becomes.</summary>
internal sealed partial class ModuleLowering
{
    private readonly record struct Selection(BlockId Else, BlockId Merge);

    /// <summary>Goes on where the condition holds. <see cref="Otherwise"/> and <see cref="EndIf"/> follow.</summary>
    private Selection BeginIf(ValueId condition)
    {
        SplitIfHeader();
        var then = _f.NewBlock();
        var selection = new Selection(_f.NewBlock(), _f.NewBlock());
        _f[_b.Block].Merge = selection.Merge;
        Branch(condition, then, [], selection.Else, []);
        Begin(then);
        return selection;
    }

    /// <summary>Goes on where the condition does not hold.</summary>
    /// <param name="values">What the first side gives; becomes what the selection gives.</param>
    private void Otherwise(in Selection selection, Span<ValueId> values)
    {
        var parameters = new ValueId[values.Length];
        for (int k = 0; k < values.Length; k++)
            parameters[k] = _f.AddParam(selection.Merge, _f.TypeOf(values[k]));
        Jump(selection.Merge, values);
        parameters.CopyTo(values);
        Begin(selection.Else);
    }

    /// <param name="values">What the second side gives.</param>
    private void EndIf(in Selection selection, ReadOnlySpan<ValueId> values)
    {
        Jump(selection.Merge, values);
        Begin(selection.Merge);
    }

    private readonly record struct CountedLoop(BlockId Header, BlockId Continue, BlockId Merge, ValueId Index);

    /// <summary>A loop that runs at least once, with index 0, 1, ...</summary>
    /// <param name="carried">What goes from turn to turn: initial values, which become those of a turn.</param>
    private CountedLoop BeginLoop(Span<ValueId> carried)
    {
        SplitIfHeader();
        var header = _f.NewBlock();
        var index = _f.AddParam(header, IrType.I32);
        var loop = new CountedLoop(header, _f.NewBlock(), _f.NewBlock(), index);
        var arguments = new ValueId[carried.Length + 1];
        arguments[0] = _b.I32(0);
        for (int k = 0; k < carried.Length; k++)
        {
            arguments[k + 1] = carried[k];
            carried[k] = _f.AddParam(header, _f.TypeOf(carried[k]));
        }

        Jump(header, arguments);
        _f.Layout.Add(header);
        _b.Block = header;
        _f[header].Merge = loop.Merge;
        _f[header].Continue = loop.Continue;
        var body = _f.NewBlock();
        Jump(body, []);
        Begin(body);
        return loop;
    }

    /// <param name="carried">What a turn gives; becomes what the loop gives.</param>
    private void EndLoop(in CountedLoop loop, ValueId count, Span<ValueId> carried)
    {
        Jump(loop.Continue, []);
        Begin(loop.Continue);
        var next = _b.IAdd(loop.Index, _b.I32(1), NodeFlags.NoWrap);
        var again = new ValueId[carried.Length + 1];
        again[0] = next;
        carried.CopyTo(again.AsSpan(1));
        for (int k = 0; k < carried.Length; k++)
            carried[k] = _f.AddParam(loop.Merge, _f.TypeOf(carried[k]));
        Branch(_b.Compare(Op.SLt, next, count), loop.Header, again, loop.Merge, again.AsSpan(1));
        _ssa.Seal(loop.Header);
        Begin(loop.Merge);
    }
}
