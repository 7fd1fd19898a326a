namespace ShaderJit.Sandbox.Tests;

/// <summary>Runs test code on a thread with a kernel thread's context, as a driver's worker does.</summary>
internal static class Worker
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Runs <paramref name="body"/> on a new thread and rethrows what it throws.</summary>
    public static void Run(Action<KernelThread> body) => Start(body)();

    /// <summary>Starts <paramref name="body"/>; the returned action waits for it and rethrows what it threw.</summary>
    public static Action Start(Action<KernelThread> body)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var context = new KernelThread();
                body(context);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        return () =>
        {
            Assert.True(thread.Join(TimeSpan.FromMinutes(10)), "the worker hangs");
            if (failure != null) throw new InvalidOperationException("the worker failed: " + failure, failure);
        };
    }

    /// <summary>Runs one kernel in a region, under a limit that is not meant to be reached.</summary>
    public static KernelExit RunOnce(KernelCode kernel, Region region)
    {
        KernelExit exit = default;
        Run(thread =>
        {
            using var deadline = new Deadline(Long);
            exit = thread.Run(kernel, region, deadline);
        });
        return exit;
    }
}
