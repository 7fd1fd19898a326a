using System.Runtime.CompilerServices;

namespace ShaderJit.Compiler.Ir;

/// <summary>Names a node: an instruction, and its result where it has one.</summary>
public readonly record struct ValueId(int Index)
{
    public static readonly ValueId None = new(-1);
    public bool IsNone => Index < 0;
    public override string ToString() => $"v{Index}";
}

/// <summary>Names a block of a function.</summary>
public readonly record struct BlockId(int Index)
{
    public static readonly BlockId None = new(-1);
    public bool IsNone => Index < 0;
    public override string ToString() => $"b{Index}";
}

/// <summary>Before or after the SIMD stage; see <see cref="IrType"/>.</summary>
public enum FunctionLevel : byte { Invocation, Simd }

/// <summary>One instruction. Nodes of a block form a list through Previous and Next.</summary>
public struct Node
{
    public Op Op;
    public NodeFlags Flags;
    public IrType Type;

    /// <summary>The meaning depends on the op; see <see cref="Ir.Op"/>.</summary>
    public int Aux;
    public long Imm;
    public BlockId Block;
    public ValueId Previous, Next;

    /// <summary>Word offset in the module of the SPIR-V instruction this came from; 0 where there is none.</summary>
    public int SpirvOffset;

    /// <summary>Where the blocks of a terminator stand. Operands: [condition], arguments of Target0, arguments of
    /// Target1; the number of each follows from the target's parameters.</summary>
    public BlockId Target0, Target1;
    internal int OperandStart, OperandCount;
}

/// <summary>A basic block.</summary>
public struct Block
{
    /// <summary>First and last node; the last is the terminator. Parameters are not in this list.</summary>
    public ValueId First, Last;

    /// <summary>For the header of a loop or selection: its merge block (OpLoopMerge, OpSelectionMerge); else None. A loop whose
    /// merge block cannot be reached, in a function that was inlined, has the block where the call's returns go.</summary>
    public BlockId Merge;

    /// <summary>For a loop's header: its continue target; else None.</summary>
    public BlockId Continue;

    /// <summary>True once the block has been taken out of the function.</summary>
    public bool Removed;
    internal int ParamStart, ParamCount;
}

/// <summary>What a descriptor binding is to the compiler.</summary>
/// <param name="TableOffset">Byte offset of element 0 in the set's table.</param>
/// <param name="Stride">Bytes between elements of an array of descriptors.</param>
/// <param name="DynamicIndex">Index in ArgumentFrame.DynamicDescriptors of element 0, or -1.</param>
public readonly record struct Resource(int Set, int Binding, int Count, int TableOffset, int Stride, int DynamicIndex);

/// <summary>A per-invocation array that is indexed dynamically.</summary>
public readonly record struct PrivateArray(IrType Element, int Length);

/// <summary>
/// A function: a control-flow graph of blocks with parameters, in pooled arrays with typed indices. Every call was
/// inlined by lowering, so a kernel is one function. Block 0 is the entry and has no parameters.
/// </summary>
public sealed class Function
{
    private const int LongList = 16;
    private static readonly ValueId s_free = new(-2);

    // Spare arrays hold anything: every element is written whole before it is counted.
    private Node[] _nodes = SpareArrays<Node>.Take(256);

    // Lists of parameters and operands, and the room behind long ones, which holds s_free.
    private ValueId[] _pool = SpareArrays<ValueId>.Take(512);
    private Block[] _blocks = new Block[16];
    private int _nodeCount, _poolCount, _blockCount;

    public FunctionLevel Level { get; set; }

    /// <summary>gl_WorkGroupSize, in invocations.</summary>
    public (int X, int Y, int Z) LocalSize { get; set; } = (1, 1, 1);

    /// <summary>Bytes of workgroup memory.</summary>
    public int WorkgroupBytes { get; set; }

    /// <summary>Bytes of push constants that the shader declares.</summary>
    public int PushConstantBytes { get; set; }

    /// <summary>Bytes of scratch per worker; set by the SIMD stage.</summary>
    public int ScratchBytes { get; set; }

    public List<Resource> Resources { get; } = [];

    /// <summary>What the records of its DebugPrintf say; the stages after lowering do not pass it on.</summary>
    public List<PrintFormat> Prints { get; } = [];
    public List<PrivateArray> PrivateArrays { get; } = [];

    /// <summary>Order in which blocks are printed and laid out: a topological order but for back edges, each loop's
    /// blocks together.</summary>
    public List<BlockId> Layout { get; } = [];

    public BlockId Entry => new(0);
    public int NodeCount => _nodeCount;
    public int BlockCount => _blockCount;

    /// <summary>The SPIR-V word offset given to new nodes.</summary>
    public int CurrentSpirvOffset { get; set; }

    /// <summary>Leaves the arrays for the next function; this one is empty and must not be used any more.</summary>
    internal void Discard()
    {
        SpareArrays<Node>.Leave(_nodes);
        SpareArrays<ValueId>.Leave(_pool);
        (_nodes, _pool, _nodeCount, _poolCount, _blockCount) = ([], [], 0, 0, 0);
    }

    public ref Node this[ValueId id] => ref _nodes[id.Index];
    public ref Block this[BlockId id] => ref _blocks[id.Index];

    public IrType TypeOf(ValueId id) => _nodes[id.Index].Type;

    /// <summary>The operands, writable in place.</summary>
    public Span<ValueId> Operands(ValueId id)
    {
        ref var node = ref _nodes[id.Index];
        return _pool.AsSpan(node.OperandStart, node.OperandCount);
    }

    public ValueId Operand(ValueId id, int index) => _pool[_nodes[id.Index].OperandStart + index];

    /// <summary>The parameters of a block: nodes of <see cref="Op.Param"/>.</summary>
    public Span<ValueId> Params(BlockId id)
    {
        ref var block = ref _blocks[id.Index];
        return _pool.AsSpan(block.ParamStart, block.ParamCount);
    }

    /// <summary>The arguments that a terminator passes to its target 0 or 1.</summary>
    public Span<ValueId> Arguments(ValueId terminator, int target)
    {
        ref var node = ref _nodes[terminator.Index];
        int start = node.Op == Op.Branch ? 1 : 0;
        if (target == 0)
        {
            int count = node.Op == Op.Branch ? node.Imm0Count() : node.OperandCount;
            return _pool.AsSpan(node.OperandStart + start, count);
        }

        int skip = start + node.Imm0Count();
        return _pool.AsSpan(node.OperandStart + skip, node.OperandCount - skip);
    }

    public ValueId Terminator(BlockId id) => _blocks[id.Index].Last;

    public BlockId NewBlock()
    {
        if (_blockCount == _blocks.Length)
            Array.Resize(ref _blocks, _blockCount * 2);
        _blocks[_blockCount] = new Block
        {
            First = ValueId.None, Last = ValueId.None, Merge = BlockId.None, Continue = BlockId.None,
        };
        return new BlockId(_blockCount++);
    }

    /// <summary>Adds a parameter at the end. Every terminator that targets the block must get one more argument.</summary>
    public ValueId AddParam(BlockId block, IrType type)
    {
        var id = NewNode(Op.Param, type, []);
        _nodes[id.Index].Block = block;
        ref var b = ref _blocks[block.Index];
        b.ParamStart = Lengthen(b.ParamStart, b.ParamCount);
        _pool[b.ParamStart + b.ParamCount] = id;
        b.ParamCount++;
        return id;
    }

    /// <summary>Replaces the parameter list of a block (a subset of it, to drop some).</summary>
    public void SetParams(BlockId block, ReadOnlySpan<ValueId> parameters)
    {
        int start = Reserve(parameters.Length);
        parameters.CopyTo(_pool.AsSpan(start));
        ref var b = ref _blocks[block.Index];
        b.ParamStart = start;
        b.ParamCount = parameters.Length;
    }

    /// <summary>Makes a node that is in no block yet.</summary>
    public ValueId NewNode(Op op, IrType type, ReadOnlySpan<ValueId> operands, long imm = 0, int aux = 0,
        NodeFlags flags = NodeFlags.None)
    {
        int start = Reserve(operands.Length);
        operands.CopyTo(_pool.AsSpan(start));
        if (_nodeCount == _nodes.Length)
            Array.Resize(ref _nodes, _nodeCount * 2);
        _nodes[_nodeCount] = new Node
        {
            Op = op, Type = type, Imm = imm, Aux = aux, Flags = flags, Block = BlockId.None,
            Previous = ValueId.None, Next = ValueId.None, Target0 = BlockId.None, Target1 = BlockId.None,
            OperandStart = start, OperandCount = operands.Length, SpirvOffset = CurrentSpirvOffset,
        };
        return new ValueId(_nodeCount++);
    }

    /// <summary>Gives a node another list of operands.</summary>
    public void SetOperands(ValueId id, ReadOnlySpan<ValueId> operands)
    {
        int start = Reserve(operands.Length);
        operands.CopyTo(_pool.AsSpan(start));
        ref var node = ref _nodes[id.Index];
        node.OperandStart = start;
        node.OperandCount = operands.Length;
    }

    public void Append(BlockId block, ValueId id)
    {
        ref var b = ref _blocks[block.Index];
        ref var node = ref _nodes[id.Index];
        node.Block = block;
        node.Previous = b.Last;
        node.Next = ValueId.None;
        if (b.Last.IsNone)
            b.First = id;
        else
            _nodes[b.Last.Index].Next = id;
        b.Last = id;
    }

    public void InsertBefore(ValueId position, ValueId id)
    {
        ref var at = ref _nodes[position.Index];
        ref var node = ref _nodes[id.Index];
        node.Block = at.Block;
        node.Previous = at.Previous;
        node.Next = position;
        if (at.Previous.IsNone)
            _blocks[at.Block.Index].First = id;
        else
            _nodes[at.Previous.Index].Next = id;
        at.Previous = id;
    }

    /// <summary>Moves every node of a block to the end of another. The first keeps its parameters and nothing else.</summary>
    public void AppendAll(BlockId to, BlockId from)
    {
        ref var source = ref _blocks[from.Index];
        ref var target = ref _blocks[to.Index];
        for (var id = source.First; !id.IsNone; id = _nodes[id.Index].Next)
            _nodes[id.Index].Block = to;
        if (source.First.IsNone)
            return;
        if (target.Last.IsNone)
            target.First = source.First;
        else
            _nodes[target.Last.Index].Next = source.First;
        _nodes[source.First.Index].Previous = target.Last;
        target.Last = source.Last;
        source.First = source.Last = ValueId.None;
    }

    /// <summary>Takes a node out of its block; it can be inserted again.</summary>
    public void Unlink(ValueId id)
    {
        ref var node = ref _nodes[id.Index];
        ref var b = ref _blocks[node.Block.Index];
        if (node.Previous.IsNone)
            b.First = node.Next;
        else
            _nodes[node.Previous.Index].Next = node.Next;
        if (node.Next.IsNone)
            b.Last = node.Previous;
        else
            _nodes[node.Next.Index].Previous = node.Previous;
        node.Block = BlockId.None;
        node.Previous = node.Next = ValueId.None;
    }

    public ValueId Jump(BlockId from, BlockId to, ReadOnlySpan<ValueId> args)
    {
        var id = NewNode(Op.Jump, IrType.Void, args);
        _nodes[id.Index].Target0 = to;
        Append(from, id);
        return id;
    }

    public ValueId Branch(BlockId from, ValueId condition, BlockId then, ReadOnlySpan<ValueId> thenArgs, BlockId @else,
        ReadOnlySpan<ValueId> elseArgs)
    {
        var id = NewNode(Op.Branch, IrType.Void, []);
        Append(from, id);
        SetBranch(id, condition, then, thenArgs, @else, elseArgs);
        return id;
    }

    /// <summary>Rewrites an <see cref="Op.Branch"/> node's condition, targets and arguments.</summary>
    public void SetBranch(ValueId id, ValueId condition, BlockId then, ReadOnlySpan<ValueId> thenArgs, BlockId @else,
        ReadOnlySpan<ValueId> elseArgs)
    {
        int count = 1 + thenArgs.Length + elseArgs.Length;
        int start = Reserve(count);
        _pool[start] = condition;
        thenArgs.CopyTo(_pool.AsSpan(start + 1));
        elseArgs.CopyTo(_pool.AsSpan(start + 1 + thenArgs.Length));
        ref var node = ref _nodes[id.Index];
        node.Op = Op.Branch;
        node.OperandStart = start;
        node.OperandCount = count;
        node.Target0 = then;
        node.Target1 = @else;
        node.Imm = thenArgs.Length;
    }

    /// <summary>Turns a terminator into a jump.</summary>
    public void SetJump(ValueId id, BlockId to, ReadOnlySpan<ValueId> args)
    {
        SetOperands(id, args);
        ref var node = ref _nodes[id.Index];
        node.Op = Op.Jump;
        node.Imm = 0;
        node.Target0 = to;
        node.Target1 = BlockId.None;
    }

    /// <summary>Appends an argument for target 0 or 1 of a terminator.</summary>
    public void AddArgument(ValueId terminator, int target, ValueId argument)
    {
        ref var node = ref _nodes[terminator.Index];
        int at = target == 0 && node.Op == Op.Branch ? 1 + node.Imm0Count() : node.OperandCount;
        int count = node.OperandCount;
        node.OperandStart = Lengthen(node.OperandStart, count);
        var operands = _pool.AsSpan(node.OperandStart, count + 1);
        operands[at..count].CopyTo(operands[(at + 1)..]);
        operands[at] = argument;
        node.OperandCount = count + 1;
        if (target == 0 && node.Op == Op.Branch)
            node.Imm++;
    }

    /// <summary>Gives target 0 or 1 of a terminator another list of arguments.</summary>
    public void SetArguments(ValueId terminator, int target, ReadOnlySpan<ValueId> arguments)
    {
        ref var node = ref _nodes[terminator.Index];
        if (node.Op == Op.Jump)
            SetOperands(terminator, arguments);
        else if (target == 0)
            SetBranch(terminator, Operand(terminator, 0), node.Target0, arguments, node.Target1, Arguments(terminator, 1));
        else
            SetBranch(terminator, Operand(terminator, 0), node.Target0, Arguments(terminator, 0), node.Target1, arguments);
    }

    /// <summary>Makes room for one more behind a list of the pool. A long list gets room for as many again, which is marked:
    /// thousands of variables that meet in a block are added to its parameters one by one.</summary>
    /// <returns>Where the list begins now.</returns>
    private int Lengthen(int start, int count)
    {
        if (count >= LongList && start + count < _poolCount && _pool[start + count] == s_free)
            return start;
        int free = count + 1 < LongList ? 0 : count;
        int to = Reserve(count + 1 + free);
        _pool.AsSpan(start, count).CopyTo(_pool.AsSpan(to));
        _pool.AsSpan(to + count + 1, free).Fill(s_free);
        return to;
    }

    private int Reserve(int count)
    {
        int start = _poolCount;
        if (start + count > _pool.Length)
            Array.Resize(ref _pool, Math.Max(_pool.Length * 2, start + count));
        _poolCount += count;
        return start;
    }
}

internal static class NodeExtensions
{
    /// <summary>Arguments of a branch's target 0; a branch keeps the number in its immediate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Imm0Count(this in Node node) => (int)node.Imm;
}
