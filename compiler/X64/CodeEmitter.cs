using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Encodes allocated code: lays blocks out, threads jumps through empty blocks, picks short jumps where they reach,
/// aligns loop headers, puts masked loads that are seldom needed behind all else, and patches the RIP-relative constants.
/// Out: the image of a <see cref="CompiledKernel"/>.
/// </summary>
internal sealed class CodeEmitter
{
    private const int LoopAlignment = 32;

    private sealed class ByteWriter : CodeWriter
    {
        public byte[] Bytes = SpareArrays<byte>.Take(4096);
        public int Count;

        public override void WriteByte(byte value)
        {
            if (Count == Bytes.Length)
                Array.Resize(ref Bytes, Count * 2);
            Bytes[Count++] = value;
        }
    }

    /// <summary>A displacement to patch: constant at <paramref name="Constant"/>, seen from <paramref name="End"/>.</summary>
    private readonly record struct Fixup(int At, int End, int Constant, int Block);

    /// <summary>What follows a block's instructions: up to two jumps, or an exit.</summary>
    private struct Tail
    {
        public bool Conditional, Jump, Exit;
        public Condition Condition;
        public int ConditionalTarget, JumpTarget;
        public bool ConditionalNear, JumpNear;
        public readonly int Bytes => (Exit ? 5 : 0) + (Conditional ? ConditionalNear ? 6 : 2 : 0)
            + (Jump ? JumpNear ? 5 : 2 : 0);
    }

    /// <summary>A load with its mask, which stands behind the other code.</summary>
    private struct ColdLoad
    {
        /// <summary>Of the jump back.</summary>
        public const int JumpBytes = 5;

        /// <summary>The instruction.</summary>
        public int Index;

        /// <summary>The SPIR-V word that it comes from, as for what stands around it in the block.</summary>
        public int Spirv;

        /// <summary>The block that asks, and where in it the jump here and the load without the mask end.</summary>
        public int Block, Asked, Resume;

        /// <summary>The encoded load in the writer.</summary>
        public int Start, Bytes;

        /// <summary>Where it comes to stand.</summary>
        public int Offset;
    }

    private readonly MachineFunction _function;
    private readonly MoveResolution _code;
    private readonly ByteWriter _writer = new();
    private readonly Encoder _encoder;
    private readonly List<Fixup> _fixups = [];
    private readonly List<int> _order = [];
    private readonly List<(int Block, int Offset, int Spirv)> _spirv = [];
    private readonly List<ColdLoad> _cold = [];
    private readonly int[] _bodyStart, _bodyBytes, _offset, _padding;
    private readonly Tail[] _tails;

    public CodeEmitter(MachineFunction function, MoveResolution code)
    {
        _function = function;
        _code = code;
        _encoder = Encoder.Create(64, _writer);
        _bodyStart = new int[function.BlockCount];
        _bodyBytes = new int[function.BlockCount];
        _offset = new int[function.BlockCount + 1];
        _padding = new int[function.BlockCount];
        _tails = new Tail[function.BlockCount];
    }

    /// <summary>Has Iced build its tables.</summary>
    public static void WarmUp() => _ = Encoder.Create(64, new ByteWriter());

    /// <summary>Leaves the buffer for the next function; this one must not be used any more.</summary>
    public void Discard()
    {
        SpareArrays<byte>.Leave(_writer.Bytes);
        _writer.Bytes = [];
    }

    public int CodeBytes { get; private set; }
    public List<PcMapEntry> PcMap { get; } = [];

    public byte[] Run()
    {
        Order();
        foreach (int b in _order)
            EncodeBody(b);
        EncodeCold();
        for (int i = 0; i < _order.Count; i++)
            PlanTail(_order[i], i + 1 < _order.Count ? _order[i + 1] : -1);
        Relax();
        return Write();
    }

    /// <summary>Where a jump to the block really ends: empty blocks that only jump are passed through.</summary>
    private int Thread(int block)
    {
        for (int i = 0; i < _function.BlockCount && IsEmptyJump(block); i++)
            block = _function.Block(block).Target0;
        return block;
    }

    private bool IsEmptyJump(int block) =>
        _code.BlockCount[block] == 0 && _function.Block(block).Terminator == TerminatorKind.Jump
        && _function.Block(block).Target0 != block;

    private void Order()
    {
        for (int i = 0; i < _function.Layout.Count; i++)
        {
            // An empty block is dropped: every jump to it is threaded. An empty loop of empty blocks keeps its blocks.
            int b = _function.Layout[i];
            if (i == 0 || !IsEmptyJump(b) || IsEmptyJump(Thread(b)))
                _order.Add(b);
        }
    }

    private void EncodeBody(int b)
    {
        _bodyStart[b] = _writer.Count;
        int spirv = -1;
        for (int i = _code.BlockStart[b]; i < _code.BlockStart[b] + _code.BlockCount[b]; i++)
        {
            ref readonly var inst = ref _code.Code(i);
            if (inst.SpirvOffset != spirv && (inst.SpirvOffset != 0 || spirv < 0))
            {
                spirv = inst.SpirvOffset;
                _spirv.Add((b, _writer.Count - _bodyStart[b], spirv));
            }

            if (inst.Has(InstFlags.MostlyAllLanes))
                EncodeMostlyAllLanes(i, b, spirv);
            else
                Encode(inst, b);
        }

        _bodyBytes[b] = _writer.Count - _bodyStart[b];
    }

    /// <summary>The load without its mask, behind a jump to the one with it unless all lanes are set.</summary>
    /// <remarks>Processors run ahead past the jump, but a masked load waits for its mask, and Zen 5 does not prefetch for
    /// it.</remarks>
    private void EncodeMostlyAllLanes(int index, int block, int spirv)
    {
        var plain = _code.Code(index);
        AskForAllLanes(plain, block);
        // jnc, over a distance that is known later.
        foreach (byte b in (ReadOnlySpan<byte>)[0x0F, 0x83, 0, 0, 0, 0])
            _writer.WriteByte(b);
        int asked = _writer.Count - _bodyStart[block];
        if (plain.Mask.IsNone)
        {
            plain.Code = Code.VEX_Vmovups_ymm_ymmm256;
            plain.OperandCount = 2;
            plain.MemOperand = 1;
        }

        plain.Mask = Reg.None;
        plain.Flags &= ~InstFlags.Zeroing;
        Encode(plain, block);
        _cold.Add(new ColdLoad { Index = index, Block = block, Spirv = spirv, Asked = asked, Resume = _writer.Count - _bodyStart[block] });
    }

    /// <summary>Sets the carry flag where all lanes of the load's mask are set.</summary>
    private void AskForAllLanes(in MachineInstruction load, int block)
    {
        if (load.Mask.IsNone)
        {
            // vtestps mask, all ones; vtestpd for four lanes.
            var test = load;
            test.Code = load.Code == Code.VEX_Vmaskmovpd_ymm_ymm_m256 ? Code.VEX_Vtestpd_ymm_ymmm256 : Code.VEX_Vtestps_ymm_ymmm256;
            test.R0 = load.R1;
            test.OperandCount = 2;
            test.MemOperand = 1;
            test.Mem = Mem.Pool(_function.Pool.Splat(uint.MaxValue, 4), false);
            Encode(test, block);
            return;
        }

        // kortestb k, k for eight lanes, kortestw for sixteen.
        int k = load.Mask.Id - Reg.FirstMask;
        bool eight = load.Code == Code.EVEX_Vmovupd_zmm_k1z_zmmm512;
        foreach (byte b in (ReadOnlySpan<byte>)[0xC5, (byte)(eight ? 0xF9 : 0xF8), 0x98, (byte)(0xC0 | (k << 3) | k)])
            _writer.WriteByte(b);
    }

    private void EncodeCold()
    {
        foreach (ref var cold in CollectionsMarshal.AsSpan(_cold))
        {
            cold.Start = _writer.Count;
            Encode(_code.Code(cold.Index), cold.Block);
            cold.Bytes = _writer.Count - cold.Start;
        }
    }

    private void Encode(in MachineInstruction inst, int block)
    {
        var iced = default(Instruction);
        iced.Code = inst.Code;
        for (int o = 0; o < inst.OperandCount; o++)
        {
            if (o == inst.MemOperand)
            {
                iced.SetOpKind(o, OpKind.Memory);
                SetMemory(ref iced, inst.Mem);
            }
            else if (o == inst.ImmOperand)
            {
                SetImmediate(ref iced, o, inst);
            }
            else
            {
                // OpKind.Register is what an operand is from the beginning.
                iced.SetOpRegister(o, inst.Get(o).ToIced(inst.Size(o)));
            }
        }

        if (!inst.Mask.IsNone)
        {
            iced.OpMask = inst.Mask.ToIced(OperandSize.B64);
            iced.ZeroingMasking = inst.Has(InstFlags.Zeroing);
        }

        if (inst.Has(InstFlags.Lock))
            iced.HasLockPrefix = true;
        int start = _writer.Count - _bodyStart[block];
        if (!_encoder.TryEncode(iced, 0, out _, out string? error))
            throw new InvalidOperationException($"{inst.Code}: {error}");
        if (inst.MemOperand != 255 && inst.Mem.Constant >= 0)
        {
            int at = start + _encoder.GetConstantOffsets().DisplacementOffset;
            _fixups.Add(new Fixup(at, _writer.Count - _bodyStart[block], inst.Mem.Constant, block));
        }
    }

    private static void SetMemory(ref Instruction iced, in Mem mem)
    {
        if (mem.Constant >= 0)
        {
            iced.MemoryBase = Register.RIP;
            iced.MemoryDisplSize = 8;
            iced.MemoryDisplacement64 = 0x1000;
        }
        else
        {
            iced.MemoryBase = mem.Base.ToIced(OperandSize.B64);
            iced.MemoryDisplacement64 = (ulong)(long)mem.Displacement;
            iced.MemoryDisplSize = mem.Displacement == 0 ? 0 : mem.Displacement is >= -128 and <= 127 ? 1 : 8;
            if (!mem.Index.IsNone)
            {
                iced.MemoryIndex = mem.Index.ToIced(mem.Index.Id < Reg.FirstVec ? OperandSize.B64 : mem.VectorSize);
                iced.MemoryIndexScale = mem.Scale;
            }
        }

        iced.IsBroadcast = mem.Broadcast;
    }

    private static void SetImmediate(ref Instruction iced, int operand, in MachineInstruction inst)
    {
        iced.SetOpKind(operand, inst.ImmKind);
        iced.SetImmediate(operand, inst.Immediate);
    }

    private void PlanTail(int b, int next)
    {
        ref var block = ref _function.Block(b);
        ref var tail = ref _tails[b];
        if (block.Terminator == TerminatorKind.Exit)
        {
            tail.Exit = true;
            tail.Jump = next >= 0 || _cold.Count > 0;
            tail.JumpTarget = -1;
            return;
        }

        int target0 = Thread(block.Target0);
        if (block.Terminator == TerminatorKind.Jump)
        {
            tail.Jump = target0 != next;
            tail.JumpTarget = target0;
            return;
        }

        int target1 = Thread(block.Target1);
        if (target0 == target1)
        {
            tail.Jump = target0 != next;
            tail.JumpTarget = target0;
            return;
        }

        tail.Conditional = true;
        if (target0 == next)
        {
            tail.Condition = block.Condition ^ (Condition)1;
            tail.ConditionalTarget = target1;
            return;
        }

        tail.Condition = block.Condition;
        tail.ConditionalTarget = target0;
        tail.Jump = target1 != next;
        tail.JumpTarget = target1;
    }

    /// <summary>Starts with short jumps everywhere and widens those that do not reach until none is left.</summary>
    private void Relax()
    {
        bool changed = true;
        while (changed)
        {
            Place();
            changed = false;
            foreach (int b in _order)
            {
                ref var tail = ref _tails[b];
                int at = _offset[b] + _bodyBytes[b] + (tail.Exit ? 5 : 0);
                if (tail.Conditional)
                {
                    int end = at + (tail.ConditionalNear ? 6 : 2);
                    if (!tail.ConditionalNear && !IsShort(Target(tail.ConditionalTarget) - end))
                        tail.ConditionalNear = changed = true;
                    at = end;
                }

                if (tail.Jump && !tail.JumpNear && !IsShort(Target(tail.JumpTarget) - (at + 2)))
                    tail.JumpNear = changed = true;
            }
        }
    }

    private static bool IsShort(int distance) => distance is >= -128 and <= 127;

    private int Target(int block) => block < 0 ? CodeBytes : _offset[block];

    private void Place()
    {
        int offset = 0;
        foreach (int b in _order)
        {
            _padding[b] = 0;
            if (_function.Block(b).LoopHeader && _function.Block(b).LoopDepth >= 1)
            {
                int padding = -offset & (LoopAlignment - 1);
                _padding[b] = padding;
                offset += padding;
            }

            _offset[b] = offset;
            offset += _bodyBytes[b] + _tails[b].Bytes;
        }

        foreach (ref var cold in CollectionsMarshal.AsSpan(_cold))
        {
            cold.Offset = offset;
            offset += cold.Bytes + ColdLoad.JumpBytes;
        }

        CodeBytes = offset;
    }

    private byte[] Write()
    {
        int constants = KernelAbi.ConstantsOffset(CodeBytes);
        var pool = _function.Pool.Bytes;
        var image = new byte[constants + pool.Length];
        pool.CopyTo(image.AsSpan(constants));
        foreach (int b in _order)
        {
            Pad(image.AsSpan(_offset[b] - _padding[b], _padding[b]));
            _writer.Bytes.AsSpan(_bodyStart[b], _bodyBytes[b]).CopyTo(image.AsSpan(_offset[b]));
            WriteTail(image, b);
        }

        foreach (ref readonly var cold in CollectionsMarshal.AsSpan(_cold))
            WriteCold(image, cold);
        foreach (var fixup in _fixups)
        {
            int value = constants + fixup.Constant - (_offset[fixup.Block] + fixup.End);
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(_offset[fixup.Block] + fixup.At), value);
        }

        WritePcMap();
        return image;
    }

    private void WriteCold(byte[] image, in ColdLoad cold)
    {
        int asked = _offset[cold.Block] + cold.Asked, resume = _offset[cold.Block] + cold.Resume;
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(asked - 4), cold.Offset - asked);
        _writer.Bytes.AsSpan(cold.Start, cold.Bytes).CopyTo(image.AsSpan(cold.Offset));
        int end = cold.Offset + cold.Bytes + ColdLoad.JumpBytes;
        image[end - ColdLoad.JumpBytes] = 0xE9;
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(end - 4), resume - end);
    }

    private void WriteTail(byte[] image, int b)
    {
        ref var tail = ref _tails[b];
        int at = _offset[b] + _bodyBytes[b];
        if (tail.Exit)
        {
            image[at] = 0xB8; // mov eax, imm32
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at + 1), _function.Block(b).ExitCode);
            at += 5;
        }

        if (tail.Conditional)
        {
            int target = Target(tail.ConditionalTarget);
            if (tail.ConditionalNear)
            {
                image[at] = 0x0F;
                image[at + 1] = (byte)(0x80 + (int)tail.Condition);
                BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at + 2), target - (at + 6));
                at += 6;
            }
            else
            {
                image[at] = (byte)(0x70 + (int)tail.Condition);
                image[at + 1] = (byte)(target - (at + 2));
                at += 2;
            }
        }

        if (!tail.Jump)
            return;
        int jump = Target(tail.JumpTarget);
        if (tail.JumpNear)
        {
            image[at] = 0xE9;
            BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(at + 1), jump - (at + 5));
        }
        else
        {
            image[at] = 0xEB;
            image[at + 1] = (byte)(jump - (at + 2));
        }
    }

    /// <summary>Fills with the long nops of the Intel manual.</summary>
    private static void Pad(Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int length = Math.Min(bytes.Length, 8);
            ReadOnlySpan<byte> nop = length switch
            {
                1 => [0x90],
                2 => [0x66, 0x90],
                3 => [0x0F, 0x1F, 0x00],
                4 => [0x0F, 0x1F, 0x40, 0x00],
                5 => [0x0F, 0x1F, 0x44, 0x00, 0x00],
                6 => [0x66, 0x0F, 0x1F, 0x44, 0x00, 0x00],
                7 => [0x0F, 0x1F, 0x80, 0x00, 0x00, 0x00, 0x00],
                _ => [0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
            };
            nop.CopyTo(bytes);
            bytes = bytes[length..];
        }
    }

    private void WritePcMap()
    {
        int last = -1;
        foreach (var (block, offset, spirv) in _spirv)
        {
            if (spirv == last)
                continue;
            last = spirv;
            PcMap.Add(new PcMapEntry(_offset[block] + offset, spirv));
        }

        foreach (ref readonly var cold in CollectionsMarshal.AsSpan(_cold))
            PcMap.Add(new PcMapEntry(cold.Offset, cold.Spirv));
    }
}
