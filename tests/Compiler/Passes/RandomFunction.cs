using ShaderJit.Compiler.Ir;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Passes;

/// <summary>
/// Makes small valid Invocation-level functions from a seed: arithmetic of all widths, nested branches and loops that
/// end, guarded loads and stores, private arrays. Floats are Precise, and no float's bits become an integer, so that
/// results may be compared but for NaN payloads.
/// </summary>
internal sealed class RandomFunction
{
    private static readonly long[] Interesting = [0, 1, 2, 3, 4, 5, 7, 8, 10, 16, 31, 32, 64, 255, 641, 1000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe];
    private static readonly Op[] Binary =
    [
        Op.IAdd, Op.ISub, Op.IMul, Op.UMulHi, Op.SMulHi, Op.UDiv, Op.SDiv, Op.URem, Op.SRem, Op.And, Op.Or, Op.Xor,
        Op.Shl, Op.LShr, Op.AShr, Op.UMin, Op.UMax, Op.SMin, Op.SMax, Op.IAdd, Op.ISub, Op.IMul, Op.And,
    ];
    private static readonly Op[] OnlyI32 = [Op.UDot4, Op.SDot4];
    private static readonly Op[] Unary = [Op.Not, Op.PopCount, Op.BitReverse, Op.Clz, Op.Ctz];
    private static readonly Op[] Compare = [Op.IEq, Op.INe, Op.ULt, Op.ULe, Op.SLt, Op.SLe];
    private static readonly Op[] FloatBinary = [Op.FAdd, Op.FSub, Op.FMul, Op.FDiv, Op.FMin, Op.FMax];
    private static readonly Op[] FloatUnary = [Op.FNeg, Op.FAbs, Op.FSqrt, Op.FFloor, Op.FCeil, Op.FTrunc, Op.FRoundEven];
    private static readonly Op[] FloatCompare = [Op.FEq, Op.FLt, Op.FLe, Op.FNe, Op.FUnordered];

    private readonly Random _random;
    private readonly Function _f = new() { LocalSize = (8, 1, 1) };
    private readonly List<ValueId> _ints = [], _bools = [], _floats = [];
    private BlockId _block;
    private ValueId _zero, _integers, _integersOut, _floatsIn, _floatsOut;
    private int _budget;

    private RandomFunction(int seed)
    {
        _random = new Random(seed);
        _budget = _random.Next(5, 60);
    }

    public static Function Make(int seed)
    {
        var maker = new RandomFunction(seed);
        maker.Make();
        return maker._f;
    }

    /// <summary>A run of such a function: 8 invocations, two buffers in and two out.</summary>
    public static KernelRun Run(Function f, int seed)
    {
        var random = new Random(seed);
        var integers = new byte[64];
        random.NextBytes(integers);
        var floats = new byte[64];
        for (int i = 0; i < 16; i++)
            BitConverter.TryWriteBytes(floats.AsSpan(4 * i), (float)((random.NextDouble() - 0.5) * 20));
        return new KernelRun
        {
            Function = f, LaneCount = 8, StepLimit = 200_000,
            Buffers = [new(0, 0, integers), new(0, 1, new byte[256]), new(0, 2, floats), new(0, 3, new byte[256])],
        };
    }

    private void Make()
    {
        for (int i = 0; i < 4; i++)
            _f.Resources.Add(new Resource(0, i, 1, 16 * i, 16, -1));
        _f.PrivateArrays.Add(new PrivateArray(IrType.I32, 4));
        _f.PrivateArrays.Add(new PrivateArray(IrType.F32, 1));
        StartBlock(_f.NewBlock());
        _zero = Integer(0);
        _integers = Base(0);
        _integersOut = Base(1);
        _floatsIn = Base(2);
        _floatsOut = Base(3);
        var index = Node(Op.Builtin, IrType.I32, [], aux: (int)BuiltinValue.LocalIndex);
        var offset = Node(Op.Shl, IrType.I32, [index, Integer(2)]);
        _ints.Add(index);
        _ints.Add(Node(Op.Load, IrType.I32, [_integers, offset]));
        _ints.Add(Node(Op.Load, IrType.I32, [_integers, offset], imm: 32, flags: NodeFlags.ReadOnly));
        _floats.Add(Node(Op.Load, IrType.F32, [_floatsIn, offset]));
        _bools.Add(Node(Op.ULt, IrType.Bool, [index, Integer(4)]));
        Body(0);
        for (int i = 0; i < 4; i++)
        {
            Node(Op.Store, IrType.Void, [_integersOut, offset, Pick(_ints)], imm: 32 * i);
            Node(Op.Store, IrType.Void, [_floatsOut, offset, Pick(_floats)], imm: 32 * i);
        }

        Node(Op.Return, IrType.Void, []);
    }

    private void Body(int depth)
    {
        int count = _random.Next(1, 12);
        for (int i = 0; i < count && _budget-- > 0; i++)
        {
            switch (_random.Next(depth < 3 ? 14 : 11))
            {
                case < 6: Arithmetic(); break;
                case 6 or 7: FloatArithmetic(); break;
                case 8: Access(); break;
                case 9: Private(); break;
                case 10: Condition(); break;
                case 11 or 12: If(depth); break;
                default: Loop(depth); break;
            }
        }
    }

    private void Arithmetic()
    {
        switch (_random.Next(8))
        {
            case < 5:
                _ints.Add(Node(Pick(_random.Next(8) == 0 ? OnlyI32 : Binary), IrType.I32, [PickInt(), PickInt()]));
                break;
            case 5:
                _ints.Add(Node(Pick(Unary), IrType.I32, [PickInt()]));
                break;
            case 6:
                _ints.Add(Node(Op.Select, IrType.I32, [Pick(_bools), PickInt(), PickInt()]));
                break;
            default:
                var type = _random.Next(3) switch { 0 => IrType.I8, 1 => IrType.I16, _ => IrType.I64 };
                bool wide = type == IrType.I64;
                var a = Node(wide ? Op.SExt : Op.Trunc, type, [PickInt()]);
                var b = Node(wide ? Op.ZExt : Op.Trunc, type, [PickInt()]);
                var c = Node(Pick(Binary), type, [a, b]);
                _bools.Add(Node(Pick(Compare), IrType.Bool, [c, a]));
                _ints.Add(Node(wide ? Op.Trunc : _random.Next(2) == 0 ? Op.SExt : Op.ZExt, IrType.I32, [c]));
                break;
        }
    }

    private void FloatArithmetic()
    {
        switch (_random.Next(7))
        {
            case < 3:
                _floats.Add(Node(Pick(FloatBinary), IrType.F32, [PickFloat(), PickFloat()], flags: NodeFlags.Precise));
                break;
            case 3: _floats.Add(Node(Pick(FloatUnary), IrType.F32, [PickFloat()])); break;
            case 4: _floats.Add(Node(_random.Next(2) == 0 ? Op.SToF : Op.UToF, IrType.F32, [PickInt()])); break;
            case 5: _ints.Add(Node(_random.Next(2) == 0 ? Op.FToS : Op.FToU, IrType.I32, [PickFloat()])); break;
            default: _floats.Add(Node(Op.FFma, IrType.F32, [PickFloat(), PickFloat(), PickFloat()])); break;
        }
    }

    private void Access()
    {
        var ok = Node(Op.ULe, IrType.Bool, [PickInt(), Integer(15)]);
        var offset = Node(Op.Shl, IrType.I32, [_f.Operand(ok, 0), Integer(2)]);
        if (_random.Next(3) == 0)
        {
            // Stores go to a place per lane, so that no order of lanes can be seen.
            var own = Node(Op.Shl, IrType.I32, [_ints[0], Integer(2)]);
            Node(Op.Store, IrType.Void, [_integersOut, own, PickInt(), ok], imm: 128 + 32 * _random.Next(4));
        }
        else if (_random.Next(2) == 0)
        {
            var flags = _random.Next(2) == 0 ? NodeFlags.ReadOnly : NodeFlags.None;
            _ints.Add(Node(Op.Load, IrType.I32, [_integers, offset, ok], flags: flags));
        }
        else
        {
            var own = Node(Op.Shl, IrType.I32, [_ints[0], Integer(2)]);
            _ints.Add(Node(Op.Load, IrType.I32, [_integersOut, own, ok], imm: 128 + 32 * _random.Next(4)));
        }
    }

    private void Private()
    {
        var index = _random.Next(3) == 0 ? Node(Op.UMin, IrType.I32, [PickInt(), Integer(3)]) : Integer(_random.Next(4));
        switch (_random.Next(4))
        {
            case 0: _ints.Add(Node(Op.PrivateLoad, IrType.I32, [index])); break;
            case 1: Node(Op.PrivateStore, IrType.Void, [index, PickInt()]); break;
            case 2: _floats.Add(Node(Op.PrivateLoad, IrType.F32, [_zero], aux: 1)); break;
            default: Node(Op.PrivateStore, IrType.Void, [_zero, PickFloat()], aux: 1); break;
        }
    }

    private void Condition()
    {
        _bools.Add(_random.Next(4) switch
        {
            0 => Node(Pick(FloatCompare), IrType.Bool, [PickFloat(), PickFloat()]),
            1 => Node(Op.Not, IrType.Bool, [Pick(_bools)]),
            2 => Node(_random.Next(2) == 0 ? Op.And : Op.Xor, IrType.Bool, [Pick(_bools), Pick(_bools)]),
            _ => Node(Pick(Compare), IrType.Bool, [PickInt(), PickInt()]),
        });
    }

    private void If(int depth)
    {
        var condition = _random.Next(8) == 0 ? Node(Op.Const, IrType.Bool, [], imm: _random.Next(2)) : Pick(_bools);
        BlockId then = _f.NewBlock(), merge = _f.NewBlock();
        var scope = Scope();
        _f[_block].Merge = merge;
        bool hasElse = _random.Next(2) == 0;
        var otherwise = hasElse ? _f.NewBlock() : merge;
        ValueId[] skip = hasElse ? [] : [PickInt(), PickFloat()];
        _f.Branch(_block, condition, then, [], otherwise, skip);
        StartBlock(then);
        if (_random.Next(4) > 0)
            Body(depth + 1);
        _f.Jump(_block, merge, [PickInt(), PickFloat()]);
        Restore(scope);
        if (hasElse)
        {
            StartBlock(otherwise);
            if (_random.Next(4) > 0)
                Body(depth + 1);
            if (depth > 0 || _random.Next(10) > 0)
                _f.Jump(_block, merge, [PickInt(), PickFloat()]);
            else
                Node(Op.Return, IrType.Void, []);
            Restore(scope);
        }

        StartBlock(merge);
        _ints.Add(_f.AddParam(merge, IrType.I32));
        _floats.Add(_f.AddParam(merge, IrType.F32));
    }

    private void Loop(int depth)
    {
        BlockId header = _f.NewBlock(), body = _f.NewBlock(), latch = _f.NewBlock(), exit = _f.NewBlock();
        var limit = _random.Next(2) == 0 ? Integer(_random.Next(5)) : Node(Op.And, IrType.I32, [PickInt(), Integer(3)]);
        ValueId start = Integer(0), initial = PickInt(), initialFloat = PickFloat();
        _f.Jump(_block, header, [start, initial, initialFloat]);
        var scope = Scope();
        StartBlock(header);
        _f[header].Merge = exit;
        _f[header].Continue = latch;
        ValueId i = _f.AddParam(header, IrType.I32), sum = _f.AddParam(header, IrType.I32), number = _f.AddParam(header, IrType.F32);
        _ints.AddRange([i, sum]);
        _floats.Add(number);
        _f.Branch(header, Node(Op.SLt, IrType.Bool, [i, limit]), body, [], exit, [sum, number]);
        StartBlock(body);
        Body(depth + 1);
        if (_random.Next(3) == 0)
        {
            var more = _f.NewBlock();
            _f[_block].Merge = more;
            _f.Branch(_block, Pick(_bools), exit, [PickInt(), PickFloat()], more, []);
            // A break is no selection: its merge is not where both sides meet.
            _f[_block].Merge = BlockId.None;
            StartBlock(more);
            Body(depth + 1);
        }

        _f.Jump(_block, latch, [PickInt(), PickFloat()]);
        Restore(scope);
        StartBlock(latch);
        ValueId next = _f.AddParam(latch, IrType.I32), nextNumber = _f.AddParam(latch, IrType.F32);
        _f.Jump(latch, header, [Node(Op.IAdd, IrType.I32, [i, Integer(1)]), next, nextNumber]);
        StartBlock(exit);
        _ints.Add(_f.AddParam(exit, IrType.I32));
        _floats.Add(_f.AddParam(exit, IrType.F32));
    }

    private void StartBlock(BlockId block)
    {
        _f.Layout.Add(block);
        _block = block;
    }

    private (int, int, int) Scope() => (_ints.Count, _bools.Count, _floats.Count);

    private void Restore((int Ints, int Bools, int Floats) scope)
    {
        _ints.RemoveRange(scope.Ints, _ints.Count - scope.Ints);
        _bools.RemoveRange(scope.Bools, _bools.Count - scope.Bools);
        _floats.RemoveRange(scope.Floats, _floats.Count - scope.Floats);
    }

    private ValueId Base(int resource) => Node(Op.BufferBase, IrType.Base, [_zero], aux: resource);

    private ValueId Integer(long value) => Node(Op.Const, IrType.I32, [], imm: value);

    private ValueId PickInt() => _random.Next(3) == 0 ? Integer(Pick(Interesting)) : Pick(_ints);

    private ValueId PickFloat() => _random.Next(4) == 0
        ? Node(Op.Const, IrType.F32, [], imm: BitConverter.SingleToUInt32Bits(_random.Next(-4, 5) * 0.5f))
        : Pick(_floats);

    private ValueId Node(Op op, IrType type, ReadOnlySpan<ValueId> operands, long imm = 0, int aux = 0,
        NodeFlags flags = NodeFlags.None)
    {
        var id = _f.NewNode(op, type, operands, imm, aux, flags);
        _f.Append(_block, id);
        return id;
    }

    private ValueId Pick(List<ValueId> values) => values[_random.Next(values.Count)];

    private T Pick<T>(T[] values) => values[_random.Next(values.Length)];
}
