using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>The loop over the workgroups of an entry.</summary>
internal sealed partial class KernelEmitter
{
    private const int UnrolledRows = 16;
    private readonly ScratchLayout _layout;
    private readonly ValueId[] _workgroupCounts = new ValueId[3], _workgroupId = new ValueId[3];
    private BlockId _workgroupDone;

    /// <summary>i32: how many of the packed workgroups there are; a row of the grid or the entry may end before.</summary>
    private ValueId _running;

    private void EmitFrame()
    {
        var bases = new ValueId[3];
        var first = new ValueId[4];
        for (int d = 0; d < 3; d++)
        {
            _workgroupCounts[d] = _b.Emit(Op.ArgLoad, IrType.I32, [], aux: ArgumentFrame.NumWorkgroups + 4 * d);
            bases[d] = _b.Emit(Op.ArgLoad, IrType.I32, [], aux: ArgumentFrame.BaseWorkgroup + 4 * d);
            first[d] = _b.Emit(Op.ArgLoad, IrType.I32, [], aux: ArgumentFrame.FirstWorkgroup + 4 * d);
        }

        first[3] = _b.Emit(Op.ArgLoad, IrType.I32, [], aux: ArgumentFrame.WorkgroupCount);
        var head = _b.NewBlock();
        var at = new ValueId[4];
        for (int i = 0; i < 4; i++)
            at[i] = _g.AddParam(head, IrType.I32);
        _g.Jump(_b.Current, head, first);
        _b.Start(head);
        for (int d = 0; d < 3; d++)
        {
            _workgroupId[d] = _b.Binary(Op.IAdd, at[d], bases[d]);
            _b.Emit(Op.DiagnosticStore, IrType.Void, [_workgroupId[d]], aux: DiagnosticBlock.Workgroup + 4 * d);
        }

        _running = _b.I32(1);
        if (_packed > 1)
        {
            _running = _b.Binary(Op.UMin, _b.Binary(Op.ISub, _workgroupCounts[0], at[0]), at[3]);
            _running = _b.Binary(Op.UMin, _running, _b.I32(_packed));
        }

        Clear(_b.ScratchBase, 0, _f.WorkgroupBytes);
        _workgroupDone = _b.NewBlock();
        EmitStretches();
        _b.Start(_workgroupDone);
        NextWorkgroup(head, at);
    }

    /// <summary>x fastest, with carries instead of divisions.</summary>
    private void NextWorkgroup(BlockId head, ValueId[] at)
    {
        var zero = _b.I32(0);
        var one = _b.I32(1);
        var x = _b.Binary(Op.IAdd, at[0], _running);
        var wrapX = _b.Binary(Op.IEq, x, _workgroupCounts[0]);
        var y = _b.Select(wrapX, _b.Binary(Op.IAdd, at[1], one), at[1]);
        var wrapY = _b.Binary(Op.IEq, y, _workgroupCounts[1]);
        var z = _b.Select(wrapY, _b.Binary(Op.IAdd, at[2], one), at[2]);
        var left = _b.Binary(Op.ISub, at[3], _running);
        var done = _b.NewBlock();
        _g.Branch(_b.Current, _b.Binary(Op.INe, left, zero), head,
            [_b.Select(wrapX, zero, x), _b.Select(wrapY, zero, y), z, left], done, []);
        _b.Start(done);
        _b.Finish(Op.Return);
    }

    /// <summary>Fills a part of the scratch memory with zeros, in rows of lanes; what stands behind it up to the next
    /// multiple of 64 bytes may be cleared with it.</summary>
    private void Clear(ValueId memory, int offset, long bytes, ValueId? from = null)
    {
        if (bytes == 0)
            return;
        int row = _laneCount * 4;
        long rows = (bytes + row - 1) / row;
        var zeros = _b.Const(IrType.I32.AsLanes, 0);
        var start = from ?? _b.I32(0);
        if (rows <= UnrolledRows)
        {
            for (int r = 0; r < rows; r++)
                _b.Emit(Op.StoreContiguous, IrType.Void, [memory, start, zeros, _b.FullMask], offset + r * row);
            return;
        }

        var loop = _b.NewBlock();
        var next = _b.NewBlock();
        var at = _g.AddParam(loop, IrType.I32);
        var before = _b.Current;
        _g.Jump(before, loop, [_b.I32(0)]);
        _b.Variables.AddEdge(before, 0, next);
        _b.Start(loop);
        _b.Emit(Op.StoreContiguous, IrType.Void, [memory, _b.Binary(Op.IAdd, start, at), zeros, _b.FullMask], offset);
        var end = _b.Binary(Op.IAdd, at, _b.I32(row));
        _g.Branch(loop, _b.Binary(Op.ULt, end, _b.I32(rows * row)), loop, [end], next, []);
        _b.Start(next);
    }
}
