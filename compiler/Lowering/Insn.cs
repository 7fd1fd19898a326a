using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>An instruction as the lowering of its group sees it; OpSpecConstantOp gives one for the op inside.</summary>
/// <param name="type">Result type id, or 0.</param>
/// <param name="result">Result id, or 0.</param>
/// <param name="operands">Words after type and result.</param>
internal readonly ref struct Insn(Opcode opcode, uint type, uint result, ReadOnlySpan<uint> operands)
{
    public readonly Opcode Opcode = opcode;
    public readonly uint Type = type;
    public readonly uint Result = result;
    public readonly ReadOnlySpan<uint> Operands = operands;

    public uint this[int index]
    {
        get
        {
            // The op inside OpSpecConstantOp has no grammar row of its own there.
            if ((uint)index >= (uint)Operands.Length)
                Refusal.Throw("operands are missing");
            return Operands[index];
        }
    }

    public int Count => Operands.Length;
}
