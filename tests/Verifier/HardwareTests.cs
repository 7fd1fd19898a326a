using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using Xunit;
using Xunit.Abstractions;

namespace ShaderJit.Verifier.Tests;

/// <summary>
/// What <see cref="Transfer"/> claims of an instruction, against the processor: random allowed instructions run with random
/// registers that satisfy random facts, and each fact claimed afterwards must hold of the registers that came out. This
/// finds implicit writes, partial writes and wrong bounds, whatever the tables say.
/// </summary>
public sealed unsafe class HardwareTests(ITestOutputHelper output)
{
    private const int RegionBits = 36, Instructions = 60_000;

    // Layout of the page that the stub works on: 16 general registers, flags, then vectors, then masks.
    private const int Flags = 128, Vectors = 192, Masks = Vectors + 32 * 64, StateBytes = Masks + 64;
    private const int PageBytes = 4096, StateAt = PageBytes, ScratchAt = 3 * PageBytes, MappingBytes = 6 * PageBytes;

    private readonly Random random = new(7);

    [Fact]
    public void ClaimedFactsHoldOnTheProcessor()
    {
        if (!Avx512BW.IsSupported || !Avx512DQ.IsSupported || !Avx512F.VL.IsSupported)
        {
            output.WriteLine("skipped: no AVX-512");
            return;
        }

        byte* mapping = Mmap(null, MappingBytes, 7, 0x22, -1, 0);
        Assert.NotEqual(-1, (nint)mapping);
        int slot = WriteStub(mapping);
        var stub = (delegate* unmanaged<void>)mapping;
        ulong* state = (ulong*)(mapping + StateAt);

        var source = new RandomInstructions(11);
        var bytes = new byte[RandomInstructions.MaxBytes];
        var row = new ulong[FactRow.WordCount(0)];
        var slots = new FrameSlots();
        var mnemonics = new HashSet<Mnemonic>();
        int claims = 0;
        for (int ran = 0; ran < Instructions;)
        {
            source.Next(bytes, memoryAtR15: true);
            Instruction instruction = RandomInstructions.Decode(bytes);
            if (!RandomInstructions.IsAllowed(instruction, bytes, out Step step) || !IsRunnable(instruction, step))
                continue;

            new Span<ulong>(state, StateBytes / 8).Clear();
            RandomFacts(row, state, mapping + ScratchAt);
            var transfer = new Transfer(default, 0, RegionBits, slots, row);
            if (transfer.Apply(step) != VerifierRule.None)
                continue;

            new Span<byte>(mapping + slot, RandomInstructions.MaxBytes).Fill(0x90);
            bytes.AsSpan(0, instruction.Length).CopyTo(new Span<byte>(mapping + slot, RandomInstructions.MaxBytes));
            stub();
            claims += CheckFacts(row, state, instruction);
            mnemonics.Add(instruction.Mnemonic);
            ran++;
        }

        Munmap(mapping, MappingBytes);
        output.WriteLine($"{Instructions} instructions of {mnemonics.Count} mnemonics, {claims} claims");
        Assert.True(mnemonics.Count > 300 && claims > Instructions);
    }

    // Branches would leave the slot; gathers and the like have memory operands of their own; aligned moves are fine with
    // displacements that are multiples of 64.
    private static bool IsRunnable(in Instruction instruction, in Step step)
    {
        if (step.Effect is Effect.Jump or Effect.Branch || instruction.IsVsib)
            return false;
        if (step.MemoryOperand != Step.NoMemory && !(instruction.MemoryBase == Register.R15
            && instruction.MemoryIndex == Register.None && instruction.MemoryDisplacement64 <= 4096
            && instruction.MemoryDisplacement64 % 64 == 0))
            return false;
        foreach (CpuidFeature feature in instruction.CpuidFeatures)
        {
            if (!IsSupported(feature))
                return false;
        }

        return true;
    }

    private static bool IsSupported(CpuidFeature feature) => feature switch
    {
        CpuidFeature.AVX512VL or CpuidFeature.AVX512F or CpuidFeature.AVX512BW or CpuidFeature.AVX512DQ
            or CpuidFeature.AVX512CD => true,
        CpuidFeature.AVX512_VBMI => Bit(7, 0, 2, 1),
        CpuidFeature.AVX512_VBMI2 => Bit(7, 0, 2, 6),
        CpuidFeature.GFNI => Bit(7, 0, 2, 8),
        CpuidFeature.AVX512_VNNI => Bit(7, 0, 2, 11),
        CpuidFeature.AVX512_BITALG => Bit(7, 0, 2, 12),
        CpuidFeature.AVX512_VPOPCNTDQ => Bit(7, 0, 2, 14),
        CpuidFeature.AVX512_IFMA => Bit(7, 0, 1, 21),
        CpuidFeature.AVX_VNNI => Bit(7, 1, 0, 4),
        CpuidFeature.AVX_IFMA => Bit(7, 1, 0, 23),
        CpuidFeature.PREFETCHW or CpuidFeature.CET_IBT => false,
        _ => true,
    };

    private static bool Bit(int leaf, int subleaf, int register, int bit)
    {
        (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(leaf, subleaf);
        return ((register switch { 0 => eax, 1 => ebx, 2 => ecx, _ => edx } >> bit) & 1) != 0;
    }

    private ulong RandomValue(Facts facts) => facts switch
    {
        Facts.U32 => random.Next(4) == 0 ? (ulong)(uint)-random.Next(0, 3) : (ulong)random.NextInt64(0, 1L << 32),
        Facts.Offset => random.Next(4) == 0 ? (1UL << RegionBits) - 1 : (ulong)random.NextInt64(0, 1L << RegionBits),
        _ => random.Next(4) switch { 0 => 0, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64() },
    };

    private Facts RandomFact() => random.Next(3) switch { 0 => Facts.None, 1 => Facts.Offset, _ => Facts.U32 };

    private void RandomFacts(ulong[] row, ulong* state, byte* scratch)
    {
        var facts = new FactRow(row);
        facts.SetUnknown();
        for (int place = 0; place < 16; place++)
        {
            if (place is FactRow.Rsp or FactRow.R14 or FactRow.R15)
                continue;
            facts[place] = RandomFact();
            state[place] = RandomValue(facts[place]);
        }

        // One at a time a copy of a host address, to see it overwritten or refused.
        if (random.Next(4) == 0)
        {
            facts[3] = Facts.Base;
            state[3] = (ulong)scratch + 64;
        }

        state[FactRow.R14] = state[FactRow.R15] = (ulong)scratch;
        state[Flags / 8] = (ulong)random.Next() & 0x8D5 & ~0x100UL | 2;
        for (int vector = 0; vector < 32; vector++)
        {
            Facts fact = facts[FactRow.FirstVector + vector] = RandomFact();
            for (int lane = 0; lane < 8; lane++)
                state[Vectors / 8 + vector * 8 + lane] = RandomValue(fact);
        }

        for (int mask = 0; mask < 8; mask++)
            state[Masks / 8 + mask] = RandomValue(Facts.None);
        random.NextBytes(new Span<byte>(scratch, 2 * PageBytes));
    }

    private static int CheckFacts(ulong[] row, ulong* state, in Instruction instruction)
    {
        var facts = new FactRow(row);
        int claims = 0;
        for (int place = 0; place < FactRow.FirstSlot; place++)
        {
            Facts fact = facts[place];
            if (fact is Facts.None or Facts.Host)
                continue;
            int lanes = place < FactRow.FirstVector ? 1 : 8;
            ulong* values = place < FactRow.FirstVector ? state + place : state + Vectors / 8 + (place - 16) * 8;
            for (int lane = 0; lane < lanes; lane++)
            {
                ulong value = (fact & Facts.Host) != 0 ? values[lane] - state[FactRow.R15] : values[lane];
                ulong limit = (fact & Facts.U32) == Facts.U32 ? uint.MaxValue : (1UL << RegionBits) - 1;
                if (value > limit)
                    Assert.Fail($"{instruction}: place {place} is {values[lane]:x}, claimed {fact}");
                claims++;
            }
        }

        return claims;
    }

    // Saves the host's registers, loads the state, runs the slot, stores the state. All state is RIP-relative, so that no
    // register is needed to find it. Returns where the slot is.
    private static int WriteStub(byte* mapping)
    {
        var code = new List<byte>();
        int[] general = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        code.AddRange([0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57]);
        Vector(0x6F);
        MaskMoves(0x90);
        Relative([0xFF, 0x35], Flags);
        code.Add(0x9D);
        foreach (int register in general)
            Relative([(byte)(register < 8 ? 0x48 : 0x4C), 0x8B, (byte)(0x05 | ((register & 7) << 3))], register * 8);
        int slot = code.Count;
        for (int i = 0; i < RandomInstructions.MaxBytes; i++)
            code.Add(0x90);
        foreach (int register in general)
            Relative([(byte)(register < 8 ? 0x48 : 0x4C), 0x89, (byte)(0x05 | ((register & 7) << 3))], register * 8);
        Vector(0x7F);
        MaskMoves(0x91);
        code.AddRange([0xC5, 0xF8, 0x77, 0x41, 0x5F, 0x41, 0x5E, 0x41, 0x5D, 0x41, 0x5C, 0x5D, 0x5B, 0xC3]);
        Assert.True(code.Count < PageBytes);
        code.ToArray().CopyTo(new Span<byte>(mapping, PageBytes));
        return slot;

        void Relative(byte[] instruction, int offset)
        {
            code.AddRange(instruction);
            code.AddRange(BitConverter.GetBytes(StateAt + offset - code.Count - 4));
        }

        // vmovdqu64 zmm, [rip + x] and back.
        void Vector(byte opcode)
        {
            for (int i = 0; i < 32; i++)
            {
                byte first = (byte)(0x61 | ((i & 8) == 0 ? 0x80 : 0) | ((i & 16) == 0 ? 0x10 : 0));
                Relative([0x62, first, 0xFE, 0x48, opcode, (byte)(0x05 | ((i & 7) << 3))], Vectors + i * 64);
            }
        }

        // kmovq k, [rip + x] and back.
        void MaskMoves(byte opcode)
        {
            for (int i = 0; i < 8; i++)
                Relative([0xC4, 0xE1, 0xF8, opcode, (byte)(0x05 | (i << 3))], Masks + i * 8);
        }
    }

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern byte* Mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Munmap(void* address, nuint length);
}
