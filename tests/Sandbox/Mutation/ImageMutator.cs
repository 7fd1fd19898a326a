using System.Buffers.Binary;
using Iced.Intel;
using ShaderJit.Abi;
using Decoder = Iced.Intel.Decoder;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>
/// Changes a kernel's bytes at random: blindly (bits, bytes), and knowing where instructions begin (prefixes, operands,
/// displacements, an instruction of another kernel in its place, one dropped, two swapped).
/// </summary>
internal sealed class ImageMutator(IReadOnlyList<MutationSeed> seeds)
{
    private static readonly int[] Edges =
    [
        0, 1, -1, 8, -8, 63, 64, -64, 127, -128, 4095, 4096, 65535, 65536, 0x7FFF_FFFF, unchecked((int)0x8000_0000),
        KernelAbi.MaxFrameBytes - 8, KernelAbi.MaxFrameBytes - 1, ArgumentFrame.Size - 4, ArgumentFrame.Size,
    ];

    private static readonly byte[] Prefixes = [0x66, 0x67, 0xF2, 0xF3, 0xF0, 0x2E, 0x36, 0x64, 0x65, 0x40, 0x48, 0x4F];

    private readonly int[][] _starts = [.. seeds.Select(Starts)];

    /// <summary>An image that differs from a seed's in one to three places.</summary>
    /// <returns>Which seed, the image, and its bytes of code.</returns>
    public (MutationSeed Seed, byte[] Image, int CodeBytes) Next(Random random)
    {
        int which = random.Next(seeds.Count);
        MutationSeed seed = seeds[which];
        var code = new List<byte>(seed.Image.AsSpan(0, seed.CodeBytes).ToArray());
        for (int changes = random.Next(4) switch { 0 => 2, 1 => 3, _ => 1 }; changes > 0; changes--)
            Change(code, _starts[which], random);

        ReadOnlySpan<byte> constants = seed.Image.AsSpan(KernelAbi.ConstantsOffset(seed.CodeBytes));
        byte[] image = new byte[KernelAbi.ConstantsOffset(code.Count) + constants.Length];
        code.CopyTo(image);
        constants.CopyTo(image.AsSpan(image.Length - constants.Length));
        return (seed, image, code.Count);
    }

    private void Change(List<byte> code, int[] starts, Random random)
    {
        if (code.Count == 0) code.Add(0x90);
        int at = random.Next(code.Count);
        // Starts are the seed's; after a first change some are in the middle of an instruction, which is fine too.
        int index = random.Next(starts.Length - 1);
        int start = Math.Min(starts[index], code.Count - 1), end = Math.Min(starts[index + 1], code.Count);
        int length = Math.Max(end - start, 1);
        switch (random.Next(12))
        {
            case 0:
            case 1:
                code[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                code[at] = (byte)random.Next(256);
                break;
            case 3:
            case 4:
                // Within one instruction: its registers, widths and lanes.
                code[start + random.Next(length)] ^= (byte)(1 << random.Next(8));
                break;
            case 5:
                Overwrite(code, start + random.Next(length), 4, Edges[random.Next(Edges.Length)]);
                break;
            case 6:
                Overwrite(code, start + random.Next(length), 1, Edges[random.Next(Edges.Length)]);
                break;
            case 7:
                code.Insert(start, Prefixes[random.Next(Prefixes.Length)]);
                break;
            case 8:
                code.RemoveRange(start, Math.Min(length, code.Count - start));
                break;
            case 9:
            case 10:
                byte[] donated = Donate(random);
                if (random.Next(2) == 0) code.RemoveRange(start, Math.Min(length, code.Count - start));
                code.InsertRange(start, donated);
                break;
            default:
                // The instruction once more, elsewhere.
                byte[] copy = [.. code.GetRange(start, Math.Min(length, code.Count - start))];
                code.InsertRange(Math.Min(starts[random.Next(starts.Length)], code.Count), copy);
                break;
        }
    }

    private byte[] Donate(Random random)
    {
        int which = random.Next(seeds.Count);
        int[] starts = _starts[which];
        int index = random.Next(starts.Length - 1);
        return seeds[which].Image[starts[index]..starts[index + 1]];
    }

    private static void Overwrite(List<byte> code, int at, int bytes, int value)
    {
        Span<byte> little = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(little, value);
        for (int i = 0; i < bytes && at + i < code.Count; i++) code[at + i] = little[i];
    }

    /// <summary>Where instructions begin, and the end.</summary>
    private static int[] Starts(MutationSeed seed)
    {
        var starts = new List<int>();
        var decoder = Decoder.Create(64, seed.Image[..seed.CodeBytes]);
        while (decoder.IP < (ulong)seed.CodeBytes)
        {
            starts.Add((int)decoder.IP);
            decoder.Decode();
        }

        starts.Add(seed.CodeBytes);
        if (starts.Count == 1) starts.Add(seed.CodeBytes);
        return [.. starts];
    }
}
