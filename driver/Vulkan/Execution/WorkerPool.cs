using System.Diagnostics;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>
/// The threads that help the queue's thread with a dispatch. They start when the first dispatch needs them, spin for a
/// moment between dispatches and then sleep.
/// </summary>
internal sealed class WorkerPool(DeviceObject device, int helpers) : IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 20_000; // 50 us

    private readonly object _gate = new();
    private readonly Thread?[] _threads = new Thread?[helpers];
    private DispatchJob? _job;
    private int _generation, _wanted, _sleeping, _active;
    private bool _closing;

    /// <summary>Threads besides the caller's.</summary>
    public int Helpers => _threads.Length;

    /// <summary>Runs a job on the caller's worker and as many helpers as it has chunks for; returns when all have
    /// left it.</summary>
    public void Run(DispatchJob job, Worker own)
    {
        int wanted = (int)Math.Min((ulong)Helpers, job.ChunkCount - 1);
        if (wanted == 0)
        {
            own.Run(job);
            return;
        }

        lock (_gate)
        {
            for (int i = 0; i < wanted; i++)
                Start(i);
            _job = job;
            _wanted = wanted;
            Volatile.Write(ref _generation, _generation + 1);
            if (_sleeping > 0)
                Monitor.PulseAll(_gate);
        }

        try
        {
            own.Run(job);
        }
        catch
        {
            job.Deadline.Stop();
            throw;
        }
        finally
        {
            // Helpers that have not begun need not begin any more.
            lock (_gate)
            {
                _wanted = 0;
                _job = null;
            }

            var spin = new SpinWait();
            while (Volatile.Read(ref _active) > 0)
                spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }

        foreach (var thread in _threads)
            thread?.Join();
    }

    private void Start(int index)
    {
        if (_threads[index] is not null)
            return;
        var thread = new Thread(Work) { IsBackground = true, Name = $"ShaderJit worker {index + 1}" };
        thread.Start();
        _threads[index] = thread;
    }

    private void Work()
    {
        try
        {
            using var worker = new Worker(device);
            Work(worker);
        }
        catch (Exception e)
        {
            // The machine refuses what a worker needs: the others do its share.
            Log.Warn($"a worker thread ends: {e.Message}");
        }
    }

    private void Work(Worker worker)
    {
        int seen = 0;
        while (Take(ref seen) is { } job)
        {
            try
            {
                worker.Run(job);
            }
            catch (Exception e)
            {
                // Nothing may escape a thread of the driver: the device is lost, and the process lives on.
                job.Deadline.Stop();
                device.MarkLost(FaultReport.Internal(e));
            }

            Interlocked.Decrement(ref _active);
        }
    }

    private DispatchJob? Take(ref int seen)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (Volatile.Read(ref _generation) != seen || Stopwatch.GetTimestamp() - start > SpinTicks)
            {
                lock (_gate)
                {
                    while (!_closing && (_generation == seen || _wanted == 0))
                    {
                        seen = _generation;
                        _sleeping++;
                        Monitor.Wait(_gate);
                        _sleeping--;
                    }

                    if (_closing)
                        return null;
                    seen = _generation;
                    _wanted--;
                    Interlocked.Increment(ref _active);
                    return _job;
                }
            }

            if (Volatile.Read(ref _closing))
                return null;
            Thread.SpinWait(16);
        }
    }
}
