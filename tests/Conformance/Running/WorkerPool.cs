namespace ShaderJit.Conformance.Running;

/// <summary>Runs cases on several worker processes.</summary>
/// <param name="jobs">Processes at a time.</param>
/// <param name="limit">Time of one case.</param>
/// <param name="casesPerProcess">Then a fresh one is started; 1 isolates each case.</param>
internal sealed class WorkerPool(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, int jobs,
    TimeSpan limit, int casesPerProcess)
{
    private readonly Lock _lock = new();
    private int _next;

    /// <summary>Name of the device.</summary>
    public string Device { get; private set; } = "";

    /// <param name="done">Called after each case, one at a time.</param>
    /// <returns>A result for each case, in their order.</returns>
    public async Task<CaseResult[]> RunAsync(IReadOnlyList<Case> cases, Action<CaseResult> done)
    {
        var results = new CaseResult[cases.Count];
        var lanes = new Task[Math.Min(jobs, Math.Max(1, cases.Count))];
        for (int i = 0; i < lanes.Length; i++)
            lanes[i] = Task.Run(() => LaneAsync(cases, results, done));
        await Task.WhenAll(lanes).ConfigureAwait(false);
        return results;
    }

    private async Task LaneAsync(IReadOnlyList<Case> cases, CaseResult[] results, Action<CaseResult> done)
    {
        WorkerProcess? worker = null;
        try
        {
            while (Interlocked.Increment(ref _next) - 1 is var index && index < cases.Count)
            {
                worker ??= new WorkerProcess(arguments, environment);
                var (result, device) = await worker.RunAsync(cases[index], limit).ConfigureAwait(false);
                if (device is null && worker.Cases > 1)
                {
                    // An earlier case may have left the process damaged: ask a fresh one before blaming this case.
                    worker.Dispose();
                    worker = new WorkerProcess(arguments, environment);
                    (result, device) = await worker.RunAsync(cases[index], limit).ConfigureAwait(false);
                }

                if (device is null || worker.Cases >= casesPerProcess)
                {
                    worker.Dispose();
                    worker = null;
                }

                lock (_lock)
                {
                    results[index] = result;
                    if (!string.IsNullOrEmpty(device))
                        Device = device;
                    done(result);
                }
            }
        }
        finally
        {
            worker?.Dispose();
        }
    }
}
