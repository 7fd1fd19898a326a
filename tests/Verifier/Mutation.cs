using Iced.Intel;

namespace ShaderJit.Verifier.Tests;

/// <summary>
/// Makes wrong kernels out of right ones: images of the same length with one to four changes to their code, now and then to
/// their constants. Deterministic for a seed. Needs nothing but Iced, so that other test projects link this file and run
/// what the verifier accepts.
/// </summary>
/// <remarks>
/// Changes of single bits and bytes reach every encoding; changes of instructions (swap, drop, repeat, take one from
/// another kernel, other registers, other displacements, other targets) keep the code decodable, so that more of them get
/// past the decoders and test the dataflow.
/// </remarks>
public sealed class Mutation
{
    private static readonly int[] InterestingDisplacements =
        [0, -1, 1, 8, -8, 64, 128, 4096, -4096, 65528, 65536, int.MaxValue, int.MinValue, int.MaxValue - 63];

    private readonly List<Source> sources = [];
    private readonly Random random;

    public Mutation(int seed) => random = new Random(seed);

    /// <summary>A kernel to mutate.</summary>
    /// <param name="image">Code, exit gap, constants.</param>
    /// <param name="codeBytes">Bytes of code.</param>
    public void Add(ReadOnlySpan<byte> image, int codeBytes)
    {
        if (codeBytes > 0)
            sources.Add(new Source(image.ToArray(), codeBytes));
    }

    /// <summary>The next mutant: its image, its bytes of code, and which kernel, in order of adding, it came from.</summary>
    public (byte[] Image, int CodeBytes, int Source) Next()
    {
        int chosen = random.Next(sources.Count);
        Source source = sources[chosen];
        byte[] image = [.. source.Image];
        int changes = 1 + random.Next(random.Next(1, 5));
        for (int i = 0; i < changes; i++)
            Change(image, source);
        return (image, source.CodeBytes, chosen);
    }

    private void Change(byte[] image, Source source)
    {
        Span<byte> code = image.AsSpan(0, source.CodeBytes);
        Part part = source.Parts[random.Next(source.Parts.Count)];
        Span<byte> bytes = code.Slice(part.Start, part.Length);
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
                Drop(bytes);
                break;
            case 5:
                Swap(code, source, part);
                break;
            case 6:
                CopyFrom(bytes, source.Image, source);
                break;
            case 7:
                Source other = sources[random.Next(sources.Count)];
                CopyFrom(bytes, other.Image, other);
                break;
            case 8 or 9:
                ChangeRegister(bytes, part);
                break;
            case 10:
                ChangeDisplacement(bytes, part);
                break;
            case 11:
                ChangeImmediate(code, source, part);
                break;
            default:
                if (image.Length > source.ConstantsStart)
                    image[random.Next(source.ConstantsStart, image.Length)] = (byte)random.Next(256);
                else
                    Drop(bytes);
                break;
        }
    }

    private static void Drop(Span<byte> bytes) => bytes.Fill(0x90);

    private void Swap(Span<byte> code, Source source, Part first)
    {
        Part second = source.Parts[random.Next(source.Parts.Count)];
        if (second.Length != first.Length)
            return;
        Span<byte> held = stackalloc byte[16];
        code.Slice(first.Start, first.Length).CopyTo(held);
        code.Slice(second.Start, second.Length).CopyTo(code[first.Start..]);
        held[..first.Length].CopyTo(code[second.Start..]);
    }

    // Another instruction, no longer than this one, in its place; nops fill the rest.
    private void CopyFrom(Span<byte> bytes, byte[] image, Source source)
    {
        Part part = source.Parts[random.Next(source.Parts.Count)];
        if (part.Length > bytes.Length)
            return;
        bytes.Fill(0x90);
        image.AsSpan(part.Start, part.Length).CopyTo(bytes);
    }

    // ModRM, SIB and the register bits of REX, VEX and EVEX.
    private void ChangeRegister(Span<byte> bytes, Part part)
    {
        int which = random.Next(4);
        if (which == 0 && part.ModRm >= 0)
            bytes[part.ModRm] ^= (byte)(1 << random.Next(6));
        else if (which == 1 && part.ModRm >= 0 && part.ModRm + 1 < bytes.Length)
            bytes[part.ModRm + 1] ^= (byte)(1 << random.Next(8));
        else if (which == 2)
            bytes[0] ^= (byte)(1 << random.Next(4));
        else if (bytes.Length > 3)
            bytes[1 + random.Next(3)] ^= (byte)(1 << random.Next(8));
    }

    private void ChangeDisplacement(Span<byte> bytes, Part part)
    {
        int value = InterestingDisplacements[random.Next(InterestingDisplacements.Length)];
        if (part.DisplacementBytes == 4)
            BitConverter.TryWriteBytes(bytes[part.Displacement..], value);
        else if (part.DisplacementBytes == 1)
            bytes[part.Displacement] = (byte)random.Next(256);
    }

    private void ChangeImmediate(Span<byte> code, Source source, Part part)
    {
        Span<byte> bytes = code.Slice(part.Start, part.Length);
        if (part.ImmediateBytes == 0)
            return;
        if (part.IsBranch && random.Next(4) != 0)
        {
            // A branch to some other instruction.
            int distance = source.Parts[random.Next(source.Parts.Count)].Start - part.Start - part.Length;
            if (part.ImmediateBytes == 4)
                BitConverter.TryWriteBytes(bytes[part.Immediate..], distance);
            else
                bytes[part.Immediate] = (byte)distance;
            return;
        }

        bytes[part.Immediate + random.Next(part.ImmediateBytes)] = (byte)random.Next(256);
    }

    private readonly record struct Part(
        int Start, int Length, int ModRm, int Displacement, int DisplacementBytes, int Immediate, int ImmediateBytes,
        bool IsBranch);

    private sealed class Source
    {
        public Source(byte[] image, int codeBytes)
        {
            Image = image;
            CodeBytes = codeBytes;
            ConstantsStart = (codeBytes + 16 + 63) & ~63;
            Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(image, 0, codeBytes));
            for (int at = 0; at < codeBytes;)
            {
                decoder.Decode(out Instruction instruction);
                int length = Math.Max(instruction.Length, 1);
                ConstantOffsets offsets = decoder.GetConstantOffsets(instruction);
                int tail = Math.Max(offsets.HasDisplacement ? offsets.DisplacementSize : 0, 0);
                int modRm = offsets.HasDisplacement ? offsets.DisplacementOffset - 1
                    : offsets.HasImmediate ? offsets.ImmediateOffset - 1 : length - 1;
                if (instruction.MemoryBase != Register.None && HasSib(instruction))
                    modRm--;
                bool branch = instruction.Op0Kind == OpKind.NearBranch64;
                Parts.Add(new Part(at, length, branch ? -1 : Math.Max(modRm, 0), offsets.DisplacementOffset, tail,
                    offsets.ImmediateOffset, offsets.HasImmediate ? offsets.ImmediateSize : 0, branch));
                at += length;
            }
        }

        public byte[] Image { get; }

        public int CodeBytes { get; }

        public int ConstantsStart { get; }

        public List<Part> Parts { get; } = [];

        private static bool HasSib(in Instruction instruction) =>
            instruction.MemoryIndex != Register.None || instruction.MemoryBase is Register.RSP or Register.R12;
    }
}
