using System.Diagnostics.CodeAnalysis;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Ends a lowering with a reason. It never leaves <see cref="ModuleLowering.Lower"/>, which makes a diagnostic of it:
/// what can be refused lies too deep for every caller on the way to carry the answer.
/// </summary>
internal sealed class Refusal : Exception
{
    public Refusal(string message)
        : base(message)
    {
    }

    /// <summary>Refuses the instruction that is being lowered.</summary>
    [DoesNotReturn]
    public static void Throw(string message) => throw new Refusal(message);
}
