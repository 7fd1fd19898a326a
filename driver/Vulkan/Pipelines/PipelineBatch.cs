using System.Diagnostics;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>The pipelines of one vkCreateComputePipelines call, built on several threads at once.</summary>
/// <remarks>
/// The caller's thread takes part, and waits only for pipelines that another thread has begun: a thread pool that is
/// busy with the application's work delays nothing. A pipeline does not depend on the others, so neither does its code.
/// </remarks>
/// <param name="count">Pipelines.</param>
/// <param name="build">Builds one, on any thread.</param>
internal sealed class PipelineBatch(int count, Func<int, (PipelineObject Pipeline, bool IsHit)> build)
{
    private readonly Built[] _built = new Built[count];
    private readonly ManualResetEventSlim _done = new(count == 0);
    private int _next, _left = count;

    /// <summary>What became of one pipeline; neither pipeline nor failure where it was not begun.</summary>
    public record struct Built(PipelineObject? Pipeline, Exception? Failure, bool IsHit, TimeSpan Time);

    /// <summary>Builds all.</summary>
    /// <param name="threads">Threads that may take part, the caller's included.</param>
    public ReadOnlySpan<Built> Run(int threads)
    {
        for (int i = 1; i < Math.Min(threads, _built.Length); i++)
            ThreadPool.UnsafeQueueUserWorkItem(static batch => batch.Work(), this, preferLocal: false);
        Work();
        _done.Wait();
        return _built;
    }

    /// <summary>Builds them one after the other, and none after the first that fails and says so.</summary>
    /// <param name="endsAt">Whether a failure of this one ends the call.</param>
    public ReadOnlySpan<Built> RunInOrder(Func<int, bool> endsAt)
    {
        for (int i = 0; i < _built.Length; i++)
        {
            BuildOne(i);
            if (_built[i].Failure is not null && endsAt(i))
                break;
        }

        return _built;
    }

    private void Work()
    {
        while (Interlocked.Increment(ref _next) - 1 is var index && index < _built.Length)
        {
            BuildOne(index);
            if (Interlocked.Decrement(ref _left) == 0)
                _done.Set();
        }
    }

    private void BuildOne(int index)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            var (pipeline, isHit) = build(index);
            _built[index] = new Built(pipeline, null, isHit, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception e)
        {
            // Told to the application by the calling thread.
            _built[index] = new Built(null, e, false, Stopwatch.GetElapsedTime(start));
        }
    }
}
