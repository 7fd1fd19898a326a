namespace ShaderJit.Sandbox;

/// <summary>The address space that the sandbox has reserved for itself: regions, kernels' stacks and records, code. None of it may
/// be taken for the application's.</summary>
internal static class OwnMemory
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<nint, nuint> Reservations = [];

    /// <summary>Notes a reservation.</summary>
    public static void Add(nint address, nuint bytes)
    {
        lock (Gate)
            Reservations[address] = bytes;
    }

    /// <summary>Forgets a reservation; called before its address space is given back, as it may be somebody else's from then on.</summary>
    public static void Remove(nint address)
    {
        lock (Gate)
            Reservations.Remove(address);
    }

    /// <summary>Whether a byte of [start, end) is the sandbox's own.</summary>
    public static bool Overlaps(ulong start, ulong end)
    {
        lock (Gate)
        {
            foreach (var (address, bytes) in Reservations)
            {
                if ((ulong)address < end && start < (ulong)address + bytes)
                    return true;
            }
        }

        return false;
    }
}
