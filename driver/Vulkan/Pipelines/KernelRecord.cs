using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>A compiled kernel with its source lines and print formats: what a pipeline cache keeps, and how it is written.</summary>
internal sealed record KernelRecord(CompiledKernel Kernel, IReadOnlyList<SourceLine> Lines, IReadOnlyList<PrintFormat> Prints)
{
    private const int MaxImageBytes = 64 << 20, MaxEntries = 1 << 22, MaxScratchBytes = 1 << 30, MaxLocalSize = 1 << 16;

    public byte[] Serialize()
    {
        var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Kernel.Image.Length);
        writer.Write(Kernel.Image.Span);
        writer.Write(Kernel.CodeBytes);
        writer.Write(Kernel.ScratchBytes);
        writer.Write(Kernel.LocalSize.X);
        writer.Write(Kernel.LocalSize.Y);
        writer.Write(Kernel.LocalSize.Z);
        writer.Write(Kernel.LaneCount);
        writer.Write(Kernel.PcMap.Count);
        foreach (var entry in Kernel.PcMap)
        {
            writer.Write(entry.CodeOffset);
            writer.Write(entry.SpirvOffset);
        }

        writer.Write(Lines.Count);
        foreach (var line in Lines)
        {
            writer.Write(line.SpirvOffset);
            writer.Write(line.File);
            writer.Write(line.Line);
            writer.Write(line.Column);
        }

        writer.Write(Prints.Count);
        foreach (var print in Prints)
        {
            writer.Write(print.Text);
            writer.Write(print.Arguments.Count);
            foreach (var argument in print.Arguments)
            {
                writer.Write((byte)argument.Kind);
                writer.Write(argument.IsWide);
                writer.Write(argument.Count);
                writer.Write(argument.Text);
            }
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="Serialize"/> wrote, from somebody who may have changed it; null where it makes no
    /// sense. The image is not trusted any more for having been read.</summary>
    /// <param name="words">Words of the module; no SPIR-V offset may lie behind them.</param>
    public static KernelRecord? Deserialize(byte[] data, int words)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(data, writable: false), Encoding.UTF8);
            byte[] image = reader.ReadBytes(Bounded(reader.ReadInt32(), MaxImageBytes));
            int codeBytes = Bounded(reader.ReadInt32(), image.Length);
            int scratchBytes = Bounded(reader.ReadInt32(), MaxScratchBytes);
            var localSize = ((uint)Bounded(reader.ReadInt32(), MaxLocalSize), (uint)Bounded(reader.ReadInt32(), MaxLocalSize),
                (uint)Bounded(reader.ReadInt32(), MaxLocalSize));
            int laneCount = Bounded(reader.ReadInt32(), 64);
            var pcMap = new PcMapEntry[Count(reader, 8)];
            for (int i = 0; i < pcMap.Length; i++)
                pcMap[i] = new PcMapEntry(reader.ReadInt32(), Bounded(reader.ReadInt32(), words - 1));
            var lines = new SourceLine[Count(reader, 13)];
            for (int i = 0; i < lines.Length; i++)
                lines[i] = new SourceLine(reader.ReadInt32(), reader.ReadString(), reader.ReadInt32(), reader.ReadInt32());
            var prints = new PrintFormat[Count(reader, 5)];
            for (int i = 0; i < prints.Length; i++)
                prints[i] = ReadPrint(reader);
            var kernel = new CompiledKernel
            {
                Image = image, CodeBytes = codeBytes, ScratchBytes = scratchBytes, LocalSize = localSize,
                LaneCount = laneCount, PcMap = pcMap,
            };
            return new KernelRecord(kernel, lines, prints);
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException or InvalidDataException)
        {
            return null;
        }
    }

    private static PrintFormat ReadPrint(BinaryReader reader)
    {
        string text = reader.ReadString();
        var arguments = new PrintArgument[Count(reader, 7)];
        for (int i = 0; i < arguments.Length; i++)
        {
            var kind = (PrintKind)Bounded(reader.ReadByte(), (int)PrintKind.Text);
            bool isWide = reader.ReadBoolean();
            arguments[i] = new PrintArgument(kind, isWide, Bounded(reader.ReadInt32(), 4), reader.ReadString());
        }

        var print = new PrintFormat(text, arguments);
        Bounded(Math.Max(arguments.Length, print.Words), PrintBuffer.MaxArguments);
        return print;
    }

    private static int Count(BinaryReader reader, int bytesEach)
    {
        long left = reader.BaseStream.Length - reader.BaseStream.Position;
        return Bounded(reader.ReadInt32(), (int)Math.Min(MaxEntries, left / bytesEach));
    }

    private static int Bounded(int value, int most) =>
        value >= 0 && value <= most ? value : throw new InvalidDataException();
}
