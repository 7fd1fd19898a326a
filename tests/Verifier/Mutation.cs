using System.Buffers.Binary;
using Iced.Intel;
using ShaderJit.Abi;
using Decoder = Iced.Intel.Decoder;

namespace ShaderJit.Verifier.Tests;

/// <summary>
/// Makes wrong kernels out of right ones: one to four changes to their code, now and then to their constants. Equal seeds
/// of <see cref="Random"/> give equal mutants. Needs nothing but Iced, so that other test projects link this file and run
/// what the verifier accepts.
/// </summary>
/// <remarks>
/// Changes of single bits and bytes reach every encoding; changes of instructions (swap, drop, repeat, take one from
/// another kernel, other registers, other displacements, other targets) keep the code decodable, so that more of them get
/// past the decoders and test the dataflow. Most keep the code's length; those that do not shift what follows, so that
/// branches end elsewhere, and later changes of the same mutant may begin in the middle of an instruction.
/// </remarks>
public sealed class Mutation
{
    private static readonly int[] Edges =
    [
        0, 1, -1, 8, -8, 63, 64, -64, 127, 128, -128, 4095, 4096, -4096, 65528, 65535, 65536, 262143, 262144, int.MaxValue,
        int.MaxValue - 63, int.MinValue, KernelAbi.MaxFrameBytes - 8, KernelAbi.MaxFrameBytes - 1, ArgumentFrame.Size - 4,
        ArgumentFrame.Size,
    ];

    private static readonly byte[] Prefixes = [0x66, 0x67, 0xF2, 0xF3, 0xF0, 0x2E, 0x36, 0x64, 0x65, 0x40, 0x48, 0x4F];

    private const byte Nop = 0x90;

    private readonly List<Source> sources = [];

    /// <summary>A kernel to mutate.</summary>
    /// <param name="image">Code, exit gap, constants.</param>
    /// <param name="codeBytes">Bytes of code, at least 1.</param>
    public void Add(ReadOnlySpan<byte> image, int codeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(codeBytes);
        sources.Add(new Source(image, codeBytes));
    }

    /// <summary>A mutant of one kernel, given by its place in the order of adding: the image and its bytes of code.</summary>
    public (byte[] Image, int CodeBytes) Next(int chosen, Random random)
    {
        Source source = sources[chosen];
        byte[] code = [.. source.Code], constants = source.Constants;
        int changes = 1 + random.Next(random.Next(1, 5));
        for (int i = 0; i < changes; i++)
        {
            if (constants.Length > 0 && random.Next(16) == 0)
            {
                constants = [.. constants];
                constants[random.Next(constants.Length)] = (byte)random.Next(256);
            }
            else if (random.Next(4) == 0)
            {
                code = Resize(code, source, random);
            }
            else
            {
                Change(code, source, random);
            }
        }

        byte[] image = new byte[KernelAbi.ConstantsOffset(code.Length) + constants.Length];
        image.AsSpan().Fill(0xCC);
        code.CopyTo(image, 0);
        constants.CopyTo(image, image.Length - constants.Length);
        return (image, code.Length);
    }

    /// <summary>Changes that keep the length.</summary>
    private void Change(byte[] code, Source source, Random random)
    {
        Part part = source.Any(random).Within(code.Length);
        Span<byte> bytes = code.AsSpan(part.Start, part.Length);
        switch (random.Next(13))
        {
            case 0:
                code[random.Next(code.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                code[random.Next(code.Length)] = (byte)random.Next(256);
                break;
            case 2:
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 3:
                bytes[random.Next(bytes.Length)] += (byte)(random.Next(2) == 0 ? 1 : 255);
                break;
            case 4:
                bytes.Fill(Nop);
                break;
            case 5:
                Swap(code, part, source.Any(random).Within(code.Length));
                break;
            case 6:
                Replace(bytes, source, source.Any(random));
                break;
            case 7:
                Source other = sources[random.Next(sources.Count)];
                Replace(bytes, other, other.Any(random));
                break;
            case 8 or 9:
                ChangeRegister(bytes, part, random);
                break;
            case 10:
                ChangeDisplacement(bytes, part, random);
                break;
            case 11:
                ChangeImmediate(bytes, part, source, random);
                break;
            default:
                Overwrite(bytes[random.Next(bytes.Length)..], random.Next(2) == 0 ? 4 : 1, Edges[random.Next(Edges.Length)]);
                break;
        }
    }

    /// <summary>Changes that do not: a prefix more, an instruction dropped, or one more, from here or elsewhere.</summary>
    private byte[] Resize(byte[] code, Source source, Random random)
    {
        Part part = source.Any(random).Within(code.Length);
        switch (random.Next(4))
        {
            case 0:
                return [.. code.AsSpan(0, part.Start), Prefixes[random.Next(Prefixes.Length)], .. code.AsSpan(part.Start)];
            case 1:
                // One byte stays, so that there is code.
                int length = Math.Min(part.Length, code.Length - 1);
                return [.. code.AsSpan(0, part.Start), .. code.AsSpan(Math.Min(part.Start + length, code.Length))];
            default:
                Source from = random.Next(2) == 0 ? source : sources[random.Next(sources.Count)];
                Part donated = from.Any(random);
                int replaced = random.Next(3) == 0 ? part.Length : 0;
                return
                [
                    .. code.AsSpan(0, part.Start), .. from.Code.AsSpan(donated.Start, donated.Length),
                    .. code.AsSpan(part.Start + replaced),
                ];
        }
    }

    private static void Swap(byte[] code, Part first, Part second)
    {
        if (second.Length != first.Length)
            return;
        Span<byte> held = stackalloc byte[16];
        code.AsSpan(first.Start, first.Length).CopyTo(held);
        code.AsSpan(second.Start, second.Length).CopyTo(code.AsSpan(first.Start));
        held[..first.Length].CopyTo(code.AsSpan(second.Start));
    }

    // Another instruction, no longer than this one, in its place; nops fill the rest.
    private static void Replace(Span<byte> bytes, Source from, Part part)
    {
        if (part.Length > bytes.Length)
            return;
        bytes.Fill(Nop);
        from.Code.AsSpan(part.Start, part.Length).CopyTo(bytes);
    }

    private static void Overwrite(Span<byte> bytes, int count, int value)
    {
        Span<byte> little = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(little, value);
        count = Math.Min(count, bytes.Length);
        little[..count].CopyTo(bytes);
    }

    // ModRM, SIB and the register bits of REX, VEX and EVEX.
    private static void ChangeRegister(Span<byte> bytes, Part part, Random random)
    {
        int which = random.Next(4);
        if (which == 0 && part.ModRm >= 0 && part.ModRm < bytes.Length)
            bytes[part.ModRm] ^= (byte)(1 << random.Next(6));
        else if (which == 1 && part.ModRm >= 0 && part.ModRm + 1 < bytes.Length)
            bytes[part.ModRm + 1] ^= (byte)(1 << random.Next(8));
        else if (which == 2)
            bytes[0] ^= (byte)(1 << random.Next(4));
        else if (bytes.Length > 3)
            bytes[1 + random.Next(3)] ^= (byte)(1 << random.Next(8));
    }

    private static void ChangeDisplacement(Span<byte> bytes, Part part, Random random)
    {
        int value = Edges[random.Next(Edges.Length)];
        if (part.DisplacementBytes == 1)
            value = random.Next(256);
        if (part.DisplacementBytes > 0 && part.Displacement < bytes.Length)
            Overwrite(bytes[part.Displacement..], part.DisplacementBytes, value);
    }

    private static void ChangeImmediate(Span<byte> bytes, Part part, Source source, Random random)
    {
        if (part.ImmediateBytes == 0 || part.Immediate >= bytes.Length)
            return;
        Span<byte> immediate = bytes[part.Immediate..];
        if (part.IsBranch && random.Next(4) != 0)
        {
            // A branch to some other instruction.
            Overwrite(immediate, part.ImmediateBytes, source.Any(random).Start - part.Start - part.Length);
            return;
        }

        immediate[random.Next(immediate.Length)] = (byte)random.Next(256);
    }

    private readonly record struct Part(
        int Start, int Length, int ModRm, int Displacement, int DisplacementBytes, int Immediate, int ImmediateBytes,
        bool IsBranch)
    {
        /// <summary>What is left of it in code that has been cut.</summary>
        public Part Within(int codeBytes)
        {
            int start = Math.Min(Start, codeBytes - 1);
            return this with { Start = start, Length = Math.Min(Length, codeBytes - start) };
        }
    }

    private sealed class Source
    {
        private readonly List<Part> parts = [];

        public Source(ReadOnlySpan<byte> image, int codeBytes)
        {
            Code = image[..codeBytes].ToArray();
            Constants = image[Math.Min(KernelAbi.ConstantsOffset(codeBytes), image.Length)..].ToArray();
            Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(Code));
            for (int at = 0; at < codeBytes;)
            {
                decoder.Decode(out Instruction instruction);
                int length = Math.Max(instruction.Length, 1);
                ConstantOffsets offsets = decoder.GetConstantOffsets(instruction);
                int displacement = Math.Max(offsets.HasDisplacement ? offsets.DisplacementSize : 0, 0);
                int modRm = offsets.HasDisplacement ? offsets.DisplacementOffset - 1
                    : offsets.HasImmediate ? offsets.ImmediateOffset - 1 : length - 1;
                if (instruction.MemoryBase != Register.None && HasSib(instruction))
                    modRm--;
                bool branch = instruction.Op0Kind == OpKind.NearBranch64;
                parts.Add(new Part(at, length, branch ? -1 : Math.Max(modRm, 0), offsets.DisplacementOffset, displacement,
                    offsets.ImmediateOffset, offsets.HasImmediate ? offsets.ImmediateSize : 0, branch));
                at += length;
            }
        }

        public byte[] Code { get; }

        public byte[] Constants { get; }

        public Part Any(Random random) => parts[random.Next(parts.Count)];

        private static bool HasSib(in Instruction instruction) =>
            instruction.MemoryIndex != Register.None || instruction.MemoryBase is Register.RSP or Register.R12;
    }
}
