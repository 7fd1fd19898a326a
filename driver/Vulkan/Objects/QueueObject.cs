using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>One batch of vkQueueSubmit.</summary>
internal sealed class Submission
{
    public required SemaphoreWait[] Waits { get; init; }

    public required CommandBufferObject[] CommandBuffers { get; init; }

    /// <summary>What each command buffer held when it was submitted.</summary>
    public required List<Command>[] Commands { get; init; }

    public required (SemaphoreObject Semaphore, ulong Value)[] Signals { get; init; }
    public FenceObject? Fence { get; init; }

    /// <summary>The command buffers are no longer pending because of this batch, whether or not it ran.</summary>
    public void Finish()
    {
        foreach (var buffer in CommandBuffers)
            buffer.MarkFinished();
    }
}

/// <summary>
/// VkQueue: a thread that runs batches in the order of submission, one after the other. The thread starts with the
/// first submission.
/// </summary>
internal sealed class QueueObject : DeviceChild, IWaitable
{
    private static readonly long SpinTicks = System.Diagnostics.Stopwatch.Frequency / 20_000; // 50 us

    private readonly Queue<Submission> _pending = [];
    private readonly object _gate = new();
    private Thread? _thread;
    private int _unfinished;
    private bool _sleeping;

    public QueueObject(DeviceObject device)
        : base(device)
    {
    }

    /// <summary>True when every submission has ended. On a lost device they end soon, and nothing runs any more after.</summary>
    public bool IsDone => Volatile.Read(ref _unfinished) == 0 || Device.IsClosing;

    /// <summary>Queues batches, in order and without another thread's batches between.</summary>
    public void Submit(ReadOnlySpan<Submission> batches)
    {
        if (Device.IsLost)
            throw new VulkanException(Result.ErrorDeviceLost, "the device is lost");
        lock (_gate)
        {
            if (_thread is null)
            {
                // Kept only once it has started; it finds the batches behind this lock.
                var thread = new Thread(Run) { IsBackground = true, Name = "ShaderJit queue" };
                thread.Start();
                _thread = thread;
            }

            foreach (var batch in batches)
            {
                foreach (var buffer in batch.CommandBuffers)
                    buffer.MarkPending();
                _pending.Enqueue(batch);
                Interlocked.Increment(ref _unfinished);
            }

            if (_sleeping)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Ends the thread after what it runs now.</summary>
    public void Close()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
        _thread?.Join();
    }

    private void Run()
    {
        Executor? executor = null;
        while (Next() is { } batch)
        {
            try
            {
                Run(batch, ref executor);
            }
            catch (Exception e)
            {
                // Nothing may escape a thread of the driver: the device is lost, and the process lives on.
                Device.MarkLost(FaultReport.Internal(e));
            }

            Interlocked.Decrement(ref _unfinished);
            Device.Progress.Notify();
        }

        lock (_gate)
        {
            while (_pending.TryDequeue(out var never))
                never.Finish();
        }

        try
        {
            executor?.Dispose();
        }
        catch (Exception e)
        {
            Log.Error($"the end of a queue: {e}");
        }
    }

    private void Run(Submission batch, ref Executor? executor)
    {
        try
        {
            if (!Wait(batch.Waits))
                return;
            if (batch.Commands.Length > 0)
                Execute(batch.Commands, executor ??= new Executor(Device));
        }
        finally
        {
            // Before any signal: who waits for one may record the command buffers anew.
            batch.Finish();
        }

        if (Device.IsOver)
            return;
        foreach (var (semaphore, value) in batch.Signals)
            semaphore.Signal(value);
        batch.Fence?.Signal();
    }

    /// <summary>Waits for a batch's semaphores; false where the device is lost or closes first.</summary>
    private bool Wait(SemaphoreWait[] waits)
    {
        foreach (var wait in waits)
        {
            Device.Progress.Wait([wait], all: true, ulong.MaxValue);
            if (!wait.IsReached)
                return false;
            wait.Semaphore.Consume();
        }

        return true;
    }

    private void Execute(List<Command>[] buffers, Executor executor)
    {
        Device.Memory.BeginRun();
        try
        {
            foreach (var commands in buffers)
                executor.Run(commands);
        }
        finally
        {
            Device.Memory.EndRun();
        }
    }

    private Submission? Next()
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            lock (_gate)
            {
                if (Device.IsClosing)
                    return null;
                if (_pending.TryDequeue(out var batch))
                    return batch;
                if (System.Diagnostics.Stopwatch.GetTimestamp() - start > SpinTicks)
                {
                    _sleeping = true;
                    Monitor.Wait(_gate);
                    _sleeping = false;
                    continue;
                }
            }

            Thread.SpinWait(16);
        }
    }
}
