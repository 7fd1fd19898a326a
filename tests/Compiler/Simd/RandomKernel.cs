using ShaderJit.Compiler.Ir;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Simd;

/// <summary>
/// Makes kernels from a seed that are hard on the SIMD stage: nested branches and loops, uniform or not, with break,
/// continue and return anywhere, values used far from where they are made, barriers with exchange through workgroup
/// memory, subgroup operations, private arrays, offsets of all shapes. All of it ends, and no result depends on the order
/// of invocations.
/// </summary>
internal sealed class RandomKernel
{
    private static readonly (int X, int Y, int Z)[] Sizes =
        [(8, 1, 1), (16, 1, 1), (32, 1, 1), (20, 1, 1), (5, 3, 2), (8, 8, 1), (16, 4, 1), (4, 4, 2), (1, 1, 1), (2, 1, 16), (48, 1, 1)];
    private const int Variables = 3, Slots = 4;
    private readonly Random _random;
    private readonly bool _subgroups;
    private readonly Function _f;
    private readonly List<(BlockId Break, BlockId Continue)> _loops = [];
    private readonly List<ValueId> _old = [];
    private readonly int _invocations;
    private ValueId[] _v = new ValueId[Variables];
    private BlockId _block;
    private ValueId _zero, _index, _own, _in, _out, _group, _shared, _push;
    private int _budget;
    private bool _dead;

    private RandomKernel(int seed, bool barriers, bool subgroups)
    {
        _random = new Random(seed);
        _subgroups = subgroups;
        _f = new Function { LocalSize = Sizes[_random.Next(Sizes.Length)], PushConstantBytes = 16 };
        _invocations = _f.LocalSize.X * _f.LocalSize.Y * _f.LocalSize.Z;
        _f.WorkgroupBytes = barriers ? _invocations * 4 : 0;
        _budget = _random.Next(6, 50);
    }

    public static Function Make(int seed, bool barriers, bool subgroups)
    {
        var maker = new RandomKernel(seed, barriers, subgroups);
        maker.Make(barriers);
        return maker._f;
    }

    public static KernelRun Run(Function f, int seed, int lanes)
    {
        var random = new Random(seed);
        int count = f.LocalSize.X * f.LocalSize.Y * f.LocalSize.Z;
        var input = new byte[96 * 4];
        for (int i = 0; i < 96; i++)
            BitConverter.TryWriteBytes(input.AsSpan(4 * i), random.Next(3) == 0 ? random.Next() : random.Next(8));
        var push = new byte[16];
        for (int i = 0; i < 4; i++)
            BitConverter.TryWriteBytes(push.AsSpan(4 * i), random.Next(6));
        return new KernelRun
        {
            Function = f, LaneCount = lanes, StepLimit = 3_000_000, Groups = (3, 1, 2), PushConstants = push,
            Buffers = [new(0, 0, input), new(0, 1, new byte[count * 6 * Slots * 4])],
        };
    }

    private void Make(bool barriers)
    {
        _f.Resources.Add(new Resource(0, 0, 1, 0, 16, -1));
        _f.Resources.Add(new Resource(0, 1, 1, 16, 16, -1));
        _f.PrivateArrays.Add(new PrivateArray(IrType.I32, 4));
        Start(_f.NewBlock());
        _zero = Int(0);
        _index = Builtin(BuiltinValue.LocalIndex);
        _in = Node(Op.BufferBase, IrType.Base, [_zero], aux: 0);
        _out = Node(Op.BufferBase, IrType.Base, [_zero], aux: 1);
        _push = Node(Op.PushBase, IrType.Base, []);
        _shared = barriers ? Node(Op.WorkgroupBase, IrType.Base, []) : ValueId.None;
        var x = Builtin(BuiltinValue.WorkgroupIdX);
        var z = Builtin(BuiltinValue.WorkgroupIdZ);
        _group = Binary(Op.IAdd, x, Binary(Op.IMul, z, Int(3)));
        _own = Binary(Op.Shl, Binary(Op.IAdd, Binary(Op.IMul, _group, Int(_invocations)), _index), Int(2));
        _v[0] = _index;
        _v[1] = Load(Binary(Op.Shl, _index, Int(2)), 96);
        _v[2] = Uniform();
        _old.Add(_index);
        if (_random.Next(3) == 0)
            ReturnIf();
        Body(0, barriers);
        for (int i = 0; i < Variables && !_dead; i++)
            Output(Pick(), i);
        if (!_dead)
            Node(Op.Return, IrType.Void, []);
    }

    /// <param name="level">True where the whole workgroup comes along, but for those that returned.</param>
    private void Body(int depth, bool level)
    {
        int count = _random.Next(1, 9);
        for (int i = 0; i < count && _budget-- > 0 && !_dead; i++)
        {
            switch (_random.Next(depth < 4 ? 19 : 12))
            {
                case < 5: Compute(); break;
                case 5 or 6: Access(); break;
                case 7: Private(); break;
                case 8: Output(Pick(), _random.Next(Variables)); break;
                case 9: Subgroup(); break;
                case 10: Exchange(level); break;
                case 11: Leave(depth); break;
                case 12 or 13 or 14: If(depth, level); break;
                case 15: Switch(depth, level); break;
                default: Loop(depth, level); break;
            }
        }
    }

    private void Compute()
    {
        Op[] ops = [Op.IAdd, Op.ISub, Op.IMul, Op.And, Op.Or, Op.Xor, Op.UMin, Op.SMax, Op.URem, Op.UDiv, Op.LShr, Op.Shl];
        var value = _random.Next(5) == 0
            ? Node(Op.Select, IrType.I32, [Condition(), Pick(), Pick()])
            : Binary(ops[_random.Next(ops.Length)], Pick(), _random.Next(2) == 0 ? Int(_random.Next(1, 20)) : Pick());
        Set(value);
        if (_random.Next(4) == 0)
            _old.Add(value);
    }

    private void Access()
    {
        var element = _random.Next(6) switch
        {
            0 => _index,
            1 => Binary(Op.IAdd, _index, Uniform()),
            2 => Binary(Op.IMul, _index, Int(_random.Next(5))),
            3 => Binary(Op.ISub, _index, Int(_random.Next(4))),
            4 => Uniform(),
            _ => Pick(),
        };
        var limit = _random.Next(3) == 0 ? Int(_random.Next(96)) : Int(96);
        var ok = Node(Op.ULt, IrType.Bool, [element, limit]);
        Set(Node(Op.Load, IrType.I32, [_in, Binary(Op.Shl, element, Int(2)), ok], flags: _random.Next(2) == 0 ? NodeFlags.ReadOnly : 0));
    }

    private ValueId Load(ValueId offset, int elements)
    {
        var ok = Node(Op.ULt, IrType.Bool, [offset, Int(elements * 4)]);
        return Node(Op.Load, IrType.I32, [_in, offset, ok], flags: NodeFlags.ReadOnly);
    }

    private void Private()
    {
        var index = _random.Next(2) == 0 ? Int(_random.Next(4)) : Node(Op.UMin, IrType.I32, [Pick(), Int(3)]);
        if (_random.Next(2) == 0)
            Set(Node(Op.PrivateLoad, IrType.I32, [index]));
        else
            Node(Op.PrivateStore, IrType.Void, [index, Pick()]);
    }

    private void Output(ValueId value, int slot)
    {
        int bytes = _invocations * 4 * 4;
        if (_random.Next(4) == 0)
        {
            var ok = Node(Op.ULt, IrType.Bool, [Pick(), Int(_random.Next(100))]);
            Node(Op.Store, IrType.Void, [_out, _own, value, ok], imm: slot * bytes);
        }
        else
        {
            Node(Op.Store, IrType.Void, [_out, _own, value], imm: slot * bytes);
        }
    }

    private void Subgroup()
    {
        if (!_subgroups)
            return;
        Set(_random.Next(6) switch
        {
            0 => Node(Op.SubgroupReduce, IrType.I32, [Pick()], aux: (int)ReduceKind.IAdd),
            1 => Node(Op.SubgroupExclusiveScan, IrType.I32, [Pick()], aux: (int)ReduceKind.UMax),
            2 => Node(Op.SubgroupBallot, IrType.I32, [Condition()]),
            3 => Node(Op.Select, IrType.I32, [Node(Op.SubgroupElect, IrType.Bool, []), Pick(), Pick()]),
            4 => Node(Op.SubgroupShuffle, IrType.I32, [Pick(), Pick()]),
            _ => Node(Op.Select, IrType.I32, [Node(Op.SubgroupAny, IrType.Bool, [Condition()]), Pick(), Pick()]),
        });
    }

    /// <summary>Each invocation puts a value into workgroup memory and takes another's.</summary>
    private void Exchange(bool level)
    {
        if (!level || _shared.IsNone)
            return;
        var other = Binary(Op.URem, Binary(Op.IAdd, _index, Int(_random.Next(_invocations))), Int(_invocations));
        Node(Op.Store, IrType.Void, [_shared, Binary(Op.Shl, _index, Int(2)), Pick()]);
        Node(Op.Barrier, IrType.Void, []);
        var value = Node(Op.Load, IrType.I32, [_shared, Binary(Op.Shl, other, Int(2))]);
        if (_random.Next(2) == 0)
            _old.Add(value);
        Node(Op.Barrier, IrType.Void, []);
        Set(value);
    }

    private void Leave(int depth)
    {
        if (_random.Next(4) == 0)
            ReturnIf();
        else if (_loops.Count > 0 && depth > 0)
            LeaveLoopIf();
    }

    private void ReturnIf()
    {
        BlockId then = _f.NewBlock(), rest = _f.NewBlock();
        _f[_block].Merge = rest;
        _f.Branch(_block, Condition(), then, [], rest, []);
        Start(then);
        Output(Pick(), 0);
        Node(Op.Return, IrType.Void, []);
        Start(rest);
    }

    private void LeaveLoopIf()
    {
        var (exit, latch) = _loops[^1];
        if (exit.IsNone)
            return;
        var to = _random.Next(2) == 0 ? exit : latch;
        var rest = _f.NewBlock();
        if (_random.Next(2) == 0)
        {
            _f.Branch(_block, Condition(), to, _v, rest, []);
            Start(rest);
            return;
        }

        var work = _f.NewBlock();
        _f[_block].Merge = rest;
        _f.Branch(_block, Condition(), work, [], rest, []);
        var before = (ValueId[])_v.Clone();
        int old = _old.Count;
        Start(work);
        Compute();
        Output(Pick(), 1);
        _f.Jump(_block, to, _v);
        _v = before;
        _old.RemoveRange(old, _old.Count - old);
        Start(rest);
    }

    private void If(int depth, bool level)
    {
        bool uniform = _random.Next(3) == 0;
        var condition = uniform ? GroupCondition() : Condition();
        BlockId then = _f.NewBlock(), @else = _f.NewBlock(), merge = _f.NewBlock();
        _f[_block].Merge = merge;
        _f.Branch(_block, condition, then, [], @else, []);
        var before = (ValueId[])_v.Clone();
        int old = _old.Count;
        bool joined = Arm(then, merge, depth, level && uniform);
        _old.RemoveRange(old, _old.Count - old);
        _v = (ValueId[])before.Clone();
        joined |= Arm(@else, merge, depth, level && uniform);
        _old.RemoveRange(old, _old.Count - old);
        Join(merge, joined);
    }

    private bool Arm(BlockId block, BlockId merge, int depth, bool level)
    {
        Start(block);
        if (_random.Next(4) > 0)
            Body(depth + 1, level);
        bool open = !_dead;
        if (open)
            _f.Jump(_block, merge, _v);
        _dead = false;
        return open;
    }

    private void Join(BlockId merge, bool joined)
    {
        _dead = !joined;
        if (!joined)
            return;
        Start(merge);
        for (int i = 0; i < Variables; i++)
            _v[i] = _f.AddParam(merge, IrType.I32);
    }

    /// <summary>Compares and branches, with a case that falls through.</summary>
    private void Switch(int depth, bool level)
    {
        var selector = Binary(Op.And, Pick(), Int(3));
        BlockId first = _f.NewBlock(), test = _f.NewBlock(), second = _f.NewBlock(), merge = _f.NewBlock();
        var before = (ValueId[])_v.Clone();
        _f[_block].Merge = merge;
        _f.Branch(_block, Node(Op.IEq, IrType.Bool, [selector, Int(0)]), first, [], test, []);
        Start(test);
        _f.Branch(_block, Node(Op.IEq, IrType.Bool, [selector, Int(1)]), second, before, merge, before);
        int old = _old.Count;
        Start(first);
        Body(depth + 1, false);
        _f.Jump(_block, second, _v);
        _old.RemoveRange(old, _old.Count - old);
        Start(second);
        for (int i = 0; i < Variables; i++)
            _v[i] = _f.AddParam(second, IrType.I32);
        Body(depth + 1, false);
        _f.Jump(_block, merge, _v);
        _old.RemoveRange(old, _old.Count - old);
        Join(merge, true);
        _ = level;
    }

    private void Loop(int depth, bool level)
    {
        bool uniform = _random.Next(2) == 0;
        var limit = uniform ? Binary(Op.And, GroupUniform(), Int(3)) : Binary(Op.And, Pick(), Int(3));
        BlockId header = _f.NewBlock(), body = _f.NewBlock(), latch = _f.NewBlock(), exit = _f.NewBlock();
        bool barriers = level && uniform;
        // Lanes that part on the way to a barrier would end the dispatch.
        _loops.Add(barriers ? (BlockId.None, BlockId.None) : (exit, latch));
        _f.Jump(_block, header, [_zero, .. _v]);
        Start(header);
        _f[header].Merge = exit;
        _f[header].Continue = latch;
        var i = _f.AddParam(header, IrType.I32);
        for (int k = 0; k < Variables; k++)
            _v[k] = _f.AddParam(header, IrType.I32);
        int keep = _old.Count;
        if (_random.Next(2) == 0)
        {
            _old.Add(i);
            keep++;
        }

        if (_random.Next(3) == 0)
        {
            _old.Add(Binary(Op.IAdd, _v[0], i));
            keep++;
        }

        var inHeader = (ValueId[])_v.Clone();
        bool endless = _random.Next(6) == 0 && !barriers;
        _f.Branch(header, Node(Op.ULt, IrType.Bool, [i, endless ? Int(3) : limit]), body, [], exit, inHeader);
        Start(body);
        Body(depth + 1, barriers);
        _f.Jump(_block, latch, _v);
        _old.RemoveRange(keep, _old.Count - keep);
        Start(latch);
        for (int k = 0; k < Variables; k++)
            _v[k] = _f.AddParam(latch, IrType.I32);
        _f.Jump(latch, header, [Binary(Op.IAdd, i, Int(1)), .. _v]);
        _loops.RemoveAt(_loops.Count - 1);
        Start(exit);
        for (int k = 0; k < Variables; k++)
            _v[k] = _f.AddParam(exit, IrType.I32);
    }

    private ValueId Condition() => _random.Next(5) switch
    {
        0 => GroupCondition(),
        1 => Node(Op.IEq, IrType.Bool, [Binary(Op.And, Pick(), Int(3)), Int(_random.Next(4))]),
        2 => Node(Op.ULt, IrType.Bool, [Binary(Op.And, _index, Int(7)), Binary(Op.And, Pick(), Int(7))]),
        _ => Node(Op.ULt, IrType.Bool, [Pick(), _random.Next(2) == 0 ? Int(_random.Next(1, 40)) : Pick()]),
    };

    private ValueId GroupCondition() =>
        Node(Op.ULt, IrType.Bool, [Binary(Op.And, GroupUniform(), Int(3)), Int(_random.Next(1, 4))]);

    private ValueId GroupUniform() => _random.Next(3) == 0 ? _group
        : Node(Op.Load, IrType.I32, [_push, _zero], imm: 4 * _random.Next(4), flags: NodeFlags.ReadOnly);

    private ValueId Uniform() => GroupUniform();

    private void Set(ValueId value) => _v[_random.Next(Variables)] = value;

    private ValueId Pick() => _random.Next(4) == 0 && _old.Count > 0 ? _old[_random.Next(_old.Count)] : _v[_random.Next(Variables)];

    private void Start(BlockId block)
    {
        _f.Layout.Add(block);
        _block = block;
        _dead = false;
    }

    private ValueId Int(long value) => Node(Op.Const, IrType.I32, [], imm: value);

    private ValueId Builtin(BuiltinValue builtin) => Node(Op.Builtin, IrType.I32, [], aux: (int)builtin);

    private ValueId Binary(Op op, ValueId a, ValueId b) => Node(op, IrType.I32, [a, b]);

    private ValueId Node(Op op, IrType type, ReadOnlySpan<ValueId> operands, long imm = 0, int aux = 0, NodeFlags flags = NodeFlags.None)
    {
        var id = _f.NewNode(op, type, operands, imm, aux, flags);
        _f.Append(_block, id);
        return id;
    }
}
