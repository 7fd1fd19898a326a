using System.Runtime.CompilerServices;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Faults of managed code, which the runtime turns into exceptions through the handlers behind ours.</summary>
internal static class HostFaults
{
    private static readonly int[]? Missing = Environment.GetCommandLineArgs().Length < 0 ? [1] : null;
    private static readonly int Zero = Environment.GetCommandLineArgs().Length < 0 ? 1 : 0;

    /// <summary>Lets the runtime deliver a NullReferenceException and a DivideByZeroException.</summary>
    /// <returns>How many were delivered: 2.</returns>
    public static int Deliver()
    {
        int delivered = 0;
        try
        {
            Read(Missing!);
        }
        catch (NullReferenceException)
        {
            delivered++;
        }

        try
        {
            Divide(1, Zero);
        }
        catch (DivideByZeroException)
        {
            delivered++;
        }

        Assert.Equal(2, delivered);
        return delivered;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Read(int[] array) => array.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Divide(int a, int b) => a / b;
}
