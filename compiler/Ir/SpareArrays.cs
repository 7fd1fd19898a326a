namespace ShaderJit.Compiler.Ir;

/// <summary>
/// Arrays that one compile leaves for the next one on the same thread: large ones would have to be cleared, and grown in
/// steps, each time. What is in a spare array is arbitrary.
/// </summary>
/// <typeparam name="T">Has no references, so a spare keeps nothing alive.</typeparam>
internal static class SpareArrays<T>
    where T : unmanaged
{
    private const int Kept = 3, LargestKept = 1 << 17;

    [ThreadStatic]
    private static T[]?[]? s_spares;

    /// <summary>The largest spare, or a new array.</summary>
    /// <param name="least">Elements of a new one, and the fewest of a spare.</param>
    public static T[] Take(int least)
    {
        int best = -1;
        var spares = s_spares ??= new T[]?[Kept];
        for (int i = 0; i < spares.Length; i++)
        {
            if (spares[i] is { } spare && spare.Length >= least && (best < 0 || spare.Length > spares[best]!.Length))
                best = i;
        }

        if (best < 0)
            return new T[least];
        var taken = spares[best]!;
        spares[best] = null;
        return taken;
    }

    /// <summary>Leaves an array that nobody uses any more.</summary>
    public static void Leave(T[] array)
    {
        if (array.Length is 0 or > LargestKept)
            return;
        var spares = s_spares ??= new T[]?[Kept];
        int smallest = 0;
        for (int i = 0; i < spares.Length; i++)
        {
            if (spares[i] is null)
            {
                spares[i] = array;
                return;
            }

            if (spares[i]!.Length < spares[smallest]!.Length)
                smallest = i;
        }

        if (spares[smallest]!.Length < array.Length)
            spares[smallest] = array;
    }
}
