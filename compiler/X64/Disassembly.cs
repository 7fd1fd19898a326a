using System.Text;
using Iced.Intel;
using ShaderJit.Abi;

namespace ShaderJit.Compiler.X64;

/// <summary>A kernel's code for people to read: its instructions as text, and how many there are of which kind.</summary>
public sealed class Disassembly
{
    private Disassembly(string text, int instructions, int frameAccesses, int memoryAccesses)
    {
        Text = text;
        Instructions = instructions;
        FrameAccesses = frameAccesses;
        MemoryAccesses = memoryAccesses;
    }

    /// <summary>A line for each instruction: offset in the code, and Intel syntax.</summary>
    public string Text { get; }

    /// <summary>Instructions of the code.</summary>
    public int Instructions { get; }

    /// <summary>Instructions that load from or store to the kernel's frame on the stack: spilled values, mostly.</summary>
    public int FrameAccesses { get; }

    /// <summary>Instructions that load from or store to the device's memory.</summary>
    public int MemoryAccesses { get; }

    /// <summary>Decodes a kernel's code.</summary>
    public static Disassembly Of(CompiledKernel kernel)
    {
        var decoder = Iced.Intel.Decoder.Create(64, new ByteArrayCodeReader(kernel.Image[..kernel.CodeBytes].ToArray()));
        var formatter = new IntelFormatter();
        formatter.Options.SpaceAfterOperandSeparator = true;
        var text = new StringBuilder();
        var output = new StringOutput(text);
        int instructions = 0, frame = 0, memory = 0;
        while (decoder.IP < (ulong)kernel.CodeBytes)
        {
            decoder.Decode(out var instruction);
            text.Append($"{instruction.IP,6:x}  ");
            formatter.Format(instruction, output);
            text.Append('\n');
            instructions++;
            bool hasMemory = instruction.MemorySize != MemorySize.Unknown && instruction.Mnemonic != Mnemonic.Lea;
            if (hasMemory && instruction.MemoryBase == Register.RSP)
                frame++;
            else if (hasMemory && instruction.MemoryBase is not (Register.RIP or Register.R14))
                memory++;
        }

        return new Disassembly(text.ToString(), instructions, frame, memory);
    }
}
