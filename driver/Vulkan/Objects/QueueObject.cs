using System.Diagnostics;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Execution;

namespace ShaderJit.Vulkan.Objects;

/// <summary>One batch of vkQueueSubmit.</summary>
internal sealed class Submission
{
    private bool _signaled;

    public required SemaphoreWait[] Waits { get; init; }

    public required CommandBufferObject[] CommandBuffers { get; init; }

    /// <summary>What each command buffer held when it was submitted.</summary>
    public required List<Command>[] Commands { get; init; }

    /// <summary>Payloads of semaphores and what they become, held for the batch.</summary>
    public required (Payload Semaphore, ulong Value)[] Signals { get; init; }

    /// <summary>The fence's payload, held for the batch, or null.</summary>
    public Payload? Fence { get; init; }

    /// <summary>Whether it holds commands at all. Many batches only signal a fence, or order semaphores.</summary>
    public bool HasCommands
    {
        get
        {
            foreach (var commands in Commands)
            {
                if (commands.Count > 0)
                    return true;
            }

            return false;
        }
    }

    /// <summary>What the largest of its first commands would likely take one thread, in nanoseconds: see
    /// <see cref="Command.SharedNanoseconds"/>.</summary>
    public double SharedNanoseconds
    {
        get
        {
            const int Looked = 16;
            double most = 0;
            int left = Looked;
            foreach (var commands in Commands)
            {
                for (int i = 0; i < commands.Count && left > 0; i++, left--)
                    most = Math.Max(most, commands[i].SharedNanoseconds);
            }

            return most;
        }
    }

    /// <summary>The command buffers are no longer pending because of this batch, whether or not it ran.</summary>
    public void Finish()
    {
        foreach (var buffer in CommandBuffers)
            buffer.MarkFinished();
    }

    /// <summary>What the batch signals at its end.</summary>
    public void Signal()
    {
        _signaled = true;
        foreach (var (semaphore, value) in Signals)
            semaphore.Signal(value);
        Fence?.Signal();
    }

    /// <summary>The device is lost or gone before the batch has signaled: other devices and processes, which know nothing of that, must not
    /// wait for ever. This device's own waits end by themselves.</summary>
    public void Abandon()
    {
        if (_signaled)
            return;
        _signaled = true;
        foreach (var (semaphore, value) in Signals)
        {
            if (semaphore.Shared is not null)
                semaphore.Signal(value);
        }

        if (Fence is { Shared: not null })
            Fence.Signal();
    }

    /// <summary>Nothing is waited for or signaled any more.</summary>
    public void Release()
    {
        foreach (var wait in Waits)
            wait.Dispose();
        foreach (var (semaphore, _) in Signals)
            semaphore.Dispose();
        Fence?.Dispose();
    }
}

/// <summary>
/// VkQueue: a thread that runs batches in the order of submission, one after the other. The thread starts with the
/// first submission that it is needed for: a batch without commands that has nothing to wait for ends where it is
/// submitted.
/// </summary>
internal sealed class QueueObject : DeviceChild, IWaitable
{
    // How long the thread spins before it sleeps: longer where submissions follow one another closely.
    private static readonly long LeastSpinTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 40_000 : 0; // 25 us
    private static readonly long MostSpinTicks = LeastSpinTicks * 16;

    private readonly Queue<Submission> _pending = [];
    private readonly Lock _gate = new();
    private readonly Doorbell _bell = new();
    private Thread? _thread;
    private Executor? _executor;
    private double _submittedWork;
    private int _unfinished, _queued;
    private long _usualGap = MostSpinTicks;

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
        bool isQueued = false;
        lock (_gate)
        {
            foreach (var batch in batches)
            {
                foreach (var buffer in batch.CommandBuffers)
                    buffer.MarkPending();
                if (Volatile.Read(ref _unfinished) == 0 && TryRunHere(batch))
                    continue;
                EnsureThread();
                Interlocked.Increment(ref _unfinished);
                _pending.Enqueue(batch);
                bool waits = Array.Exists(batch.Waits, w => !w.IsReached);
                Volatile.Write(ref _submittedWork, waits ? 0 : batch.SharedNanoseconds);
                Volatile.Write(ref _queued, _pending.Count);
                isQueued = true;
            }
        }

        if (isQueued)
            _bell.Ring();
    }

    /// <summary>A thread is about to wait for the device: where the batch submitted last has work for helpers, they wake up while the
    /// queue's thread still does.</summary>
    /// <returns>Whether they need the caller's processor.</returns>
    public bool WakeHelpers() =>
        Volatile.Read(ref _submittedWork) > 0 && Volatile.Read(ref _executor) is { } executor && !IsDone
        && executor.WakeHelpers(Interlocked.Exchange(ref _submittedWork, 0));

    /// <summary>Ends the thread after what it runs now.</summary>
    public void Close()
    {
        _bell.Ring();
        _thread?.Join();
    }

    /// <summary>Kept only once it has started; it finds the batches behind the lock.</summary>
    private void EnsureThread()
    {
        if (_thread is not null)
            return;
        var thread = new Thread(Run) { IsBackground = true, Name = "ShaderJit queue" };
        thread.Start();
        _thread = thread;
    }

    /// <summary>Ends a batch on the submitter's thread, where nothing is in front of it and it has nothing to run.</summary>
    private bool TryRunHere(Submission batch)
    {
        if (Device.IsOver || batch.HasCommands)
            return false;
        foreach (var wait in batch.Waits)
        {
            if (!wait.IsReached)
                return false;
        }

        // Of semaphores that are shared another process may be quicker; the queue's thread then waits for what is left.
        foreach (var wait in batch.Waits)
        {
            if (!wait.TryTake())
                return false;
        }

        try
        {
            batch.Finish();
            batch.Signal();
        }
        catch (Exception e)
        {
            Device.MarkLost(FaultReport.Internal(e));
        }

        batch.Release();
        return true;
    }

    private void Run()
    {
        while (Next() is { } batch)
        {
            try
            {
                Run(batch);
            }
            catch (Exception e)
            {
                // Nothing may escape a thread of the driver: the device is lost, and the process lives on.
                Device.MarkLost(FaultReport.Internal(e));
            }

            if (Device.IsOver)
                batch.Abandon();
            batch.Release();
            Interlocked.Decrement(ref _unfinished);
            Device.Progress.Notify();
        }

        lock (_gate)
        {
            while (_pending.TryDequeue(out var never))
            {
                never.Finish();
                never.Abandon();
                never.Release();
            }
        }

        try
        {
            _executor?.Dispose();
        }
        catch (Exception e)
        {
            Log.Error($"the end of a queue: {e}");
        }
    }

    private void Run(Submission batch)
    {
        try
        {
            if (!Wait(batch.Waits))
                return;
            if (batch.HasCommands)
                Execute(batch.Commands, EnsureExecutor());
        }
        finally
        {
            // Before any signal: who waits for one may record the command buffers anew.
            batch.Finish();
        }

        if (!Device.IsOver)
            batch.Signal();
    }

    /// <summary>Waits for a batch's semaphores; false where the device is lost or closes first.</summary>
    private bool Wait(SemaphoreWait[] waits)
    {
        foreach (var wait in waits)
        {
            // More than once only where others share the semaphore, and take its signal or set it back.
            while (!wait.TryTake())
            {
                Device.Progress.Wait(wait, ulong.MaxValue);
                if (Device.IsOver)
                    return false;
            }
        }

        return true;
    }

    private Executor EnsureExecutor()
    {
        if (_executor is null)
            Volatile.Write(ref _executor, new Executor(Device));
        return _executor!;
    }

    private void Execute(List<Command>[] buffers, Executor executor)
    {
        Device.Memory.BeginRun();
        executor.Begin();
        try
        {
            foreach (var commands in buffers)
                executor.Run(commands);
        }
        finally
        {
            executor.End();
            Device.Memory.EndRun();
        }
    }

    private Submission? Next()
    {
        long start = Stopwatch.GetTimestamp();
        long spin = _usualGap < MostSpinTicks ? Math.Max(_usualGap * 2, LeastSpinTicks) : LeastSpinTicks;
        while (true)
        {
            if (Device.IsClosing)
                return null;
            if (Volatile.Read(ref _queued) > 0)
                return Dequeue(start);
            if (Stopwatch.GetTimestamp() - start < spin)
            {
                Thread.SpinWait(1);
                continue;
            }

            uint seen = _bell.Announce();
            if (!Device.IsClosing && Volatile.Read(ref _queued) == 0)
                _bell.Sleep(seen, ulong.MaxValue);
            _bell.Withdraw();
        }
    }

    private Submission Dequeue(long idleSince)
    {
        long gap = Math.Min(Stopwatch.GetTimestamp() - idleSince, MostSpinTicks * 4);
        _usualGap += (gap - _usualGap) / 4;
        lock (_gate)
        {
            var batch = _pending.Dequeue();
            Volatile.Write(ref _queued, _pending.Count);
            return batch;
        }
    }
}
