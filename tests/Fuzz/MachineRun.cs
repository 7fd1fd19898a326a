using System.Collections.Concurrent;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Compiler.X64;
using ShaderJit.Reference;
using ShaderJit.Sandbox;
using ShaderJit.Verifier;

namespace ShaderJit.Fuzz;

/// <summary>
/// Runs what the oracle runs as machine code: compiled, verified, sealed, on a thread of its own, in a region with the
/// oracle's image.
/// </summary>
internal static class MachineRun
{
    private static readonly BlockingCollection<Action<KernelThread>> Work = StartThread();

    /// <summary>Compiles, and throws where the back end refuses.</summary>
    public static CompiledKernel Compile(KernelRun run)
    {
        var diagnostics = new List<Diagnostic>();
        var kernel = X64Backend.Emit(run.Function, new TargetFeatures(run.LaneCount, run.RegionBits), diagnostics);
        return kernel ?? throw new ModuleException(FindingKind.Refused, string.Join("; ", diagnostics));
    }

    /// <summary>The buffers as the machine leaves them, and why it stopped.</summary>
    public static RunResult Run(KernelRun run) => Run(run, Compile(run));

    public static RunResult Run(KernelRun run, CompiledKernel kernel)
    {
        var published = CodeHeap.Process.Publish(kernel, new VerifierPolicy(run.RegionBits));
        using var code = published.Kernel ?? throw new ModuleException(FindingKind.Rejected, $"rejected: {published.Verdict}");
        RunResult? result = null;
        Exception? failure = null;
        using var done = new ManualResetEventSlim();
        Work.Add(thread =>
        {
            try
            {
                result = RunOn(thread, run, code);
            }
            catch (Exception e)
            {
                failure = e;
            }

            done.Set();
        });
        done.Wait();
        return failure is null ? result! : throw new InvalidOperationException(failure.Message, failure);
    }

    private static RunResult RunOn(KernelThread thread, KernelRun run, KernelCode code)
    {
        var image = new RegionImage(run);
        using var region = new Region(run.RegionBits);
        const ulong start = KernelAbi.NullGuardBytes;
        ulong bytes = ((ulong)image.Bytes.Length - start + Region.PageBytes - 1) & ~(Region.PageBytes - 1);
        if (!region.TryCommit(start, bytes))
            throw new InsufficientMemoryException("the region's memory");
        image.Bytes.AsSpan((int)start).CopyTo(region.Span(start, image.Bytes.Length - (int)start));
        image.Frame.CopyTo(thread.ArgumentFrame);
        using var deadline = new Deadline(TimeSpan.FromSeconds(10));
        var exit = thread.Run(code, region, deadline);
        region.Span(start, image.Bytes.Length - (int)start).CopyTo(image.Bytes.AsSpan((int)start));
        return new RunResult(exit.Code, image.ReadBuffers(run), exit.Code == TrapCode.Finished ? "" : exit.ToString(),
            0, exit.RegionOffset, 0);
    }

    private static BlockingCollection<Action<KernelThread>> StartThread()
    {
        var work = new BlockingCollection<Action<KernelThread>>();
        var thread = new Thread(() =>
        {
            using var kernels = new KernelThread();
            foreach (var action in work.GetConsumingEnumerable())
                action(kernels);
        })
        {
            IsBackground = true, Name = "kernels",
        };
        thread.Start();
        return work;
    }
}
