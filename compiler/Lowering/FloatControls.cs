using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// What the execution modes of an entry point say of floats (SPV_KHR_float_controls). Each member is a sum of the widths
/// that the mode names: 16, 32 and 64 are bits of their own.
/// </summary>
/// <remarks>RoundingModeRTE and SignedZeroInfNanPreserve are not here: that is how floats are computed anyway.</remarks>
/// <param name="Preserved">DenormPreserve. Only f32 is computed otherwise without the mode, and only by some functions.</param>
/// <param name="Flushed">DenormFlushToZero.</param>
/// <param name="TowardZero">RoundingModeRTZ.</param>
internal readonly record struct FloatControls(int Preserved, int Flushed, int TowardZero)
{
    public static FloatControls Of(Module module, uint entryPoint)
    {
        int preserved = 0, flushed = 0, towardZero = 0;
        foreach (var mode in module.ExecutionModes)
        {
            if (mode.EntryPoint != entryPoint || mode.OperandCount == 0)
                continue;
            int width = (int)module.Words[mode.OperandOffset];
            switch (mode.Mode)
            {
                case ExecutionMode.DenormPreserve: preserved |= width; break;
                case ExecutionMode.DenormFlushToZero: flushed |= width; break;
                case ExecutionMode.RoundingModeRTZ: towardZero |= width; break;
            }
        }

        return new FloatControls(preserved, flushed, towardZero);
    }

    /// <summary>Whether an instruction computes with floats, so that DenormFlushToZero holds for its operands and results.
    /// The others hand bits on as they are, which the mode leaves open.</summary>
    public static bool Computes(Opcode opcode)
    {
        switch (opcode)
        {
            case >= Opcode.OpFNegate and <= Opcode.OpDot and not Opcode.OpSNegate:
            case Opcode.OpConvertFToU or Opcode.OpConvertFToS or Opcode.OpConvertSToF or Opcode.OpConvertUToF or Opcode.OpFConvert
                or Opcode.OpQuantizeToF16:
            case >= Opcode.OpIsNan and <= Opcode.OpUnordered:
            case >= Opcode.OpFOrdEqual and <= Opcode.OpFUnordGreaterThanEqual:
            case Opcode.OpGroupNonUniformFAdd or Opcode.OpGroupNonUniformFMul or Opcode.OpGroupNonUniformFMin
                or Opcode.OpGroupNonUniformFMax:
            case Opcode.OpExtInst:
                return true;
            default:
                return false;
        }
    }

    /// <summary>Whether an instruction is rounded correctly, so that the rounding mode of its result's width holds.</summary>
    /// <seealso href="https://registry.khronos.org/vulkan/specs/1.3/html/vkspec.html#spirvenv-precision-operation"/>
    public static bool Rounds(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.OpFAdd or Opcode.OpFSub or Opcode.OpFMul or Opcode.OpFDiv:
            case >= Opcode.OpVectorTimesScalar and <= Opcode.OpDot:
            case Opcode.OpConvertSToF or Opcode.OpConvertUToF or Opcode.OpFConvert:
                return true;
            default:
                return false;
        }
    }
}
