namespace ShaderJit.Compiler.Simd;

/// <summary>Something that the SIMD stage does not do. Caught at the stage's entry, which makes it a diagnostic.</summary>
internal sealed class UnsupportedFlowException(int spirvOffset, string message) : Exception(message)
{
    /// <summary>Word offset in the module; -1 where it is not about one place.</summary>
    public int SpirvOffset { get; } = spirvOffset;
}
