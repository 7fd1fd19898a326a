namespace ShaderJit.Sandbox;

/// <summary>Disposed regions and kernels that a thread still runs in, and so cannot be unmapped yet.</summary>
internal static class Retirement
{
    private static readonly Lock Gate = new();
    private static readonly List<(object Resource, Action Release)> Waiting = [];

    /// <summary>Calls <paramref name="release"/> as soon as no thread uses <paramref name="resource"/>: now, or on a
    /// later sweep. The resource must refuse new uses already.</summary>
    public static void Release(object resource, Action release)
    {
        if (!RunningThreads.IsUsing(resource))
        {
            release();
            return;
        }

        lock (Gate) Waiting.Add((resource, release));
        Watchdog.Press();
    }

    /// <summary>Releases what can be released.</summary>
    /// <returns>Whether something still waits.</returns>
    public static bool Sweep()
    {
        lock (Gate)
        {
            for (int i = Waiting.Count - 1; i >= 0; i--)
            {
                if (RunningThreads.IsUsing(Waiting[i].Resource)) continue;
                Waiting[i].Release();
                Waiting.RemoveAt(i);
            }

            return Waiting.Count > 0;
        }
    }
}
