using System.Diagnostics;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>
/// The threads that help the queue's thread with a dispatch. They start when the first dispatch needs them, spin for a
/// moment between dispatches and then sleep. A dispatch that is too small to share runs on the queue's thread alone.
/// </summary>
/// <remarks>
/// One word says how many helpers a dispatch still wants and how many are at it. The owner publishes it, helpers enter
/// by exchanging it, the owner takes back what nobody has taken; no lock, and no system call while a helper spins.
/// </remarks>
internal sealed class WorkerPool(DeviceObject device, int helpers) : IDisposable
{
    private const long OneWanted = 1 << 16, ActiveMask = OneWanted - 1;

    /// <summary>Nanoseconds of work that are worth sharing with a helper that spins, with one that sleeps, and, while
    /// nothing but a trial says what it costs, starting the first one for.</summary>
    private const double WorthSharing = 5_000, WorthWaking = 30_000, WorthStarting = 200_000;

    /// <summary>Of more processors one is idle nearly always, and a helper that is woken gets it.</summary>
    private const int FewProcessors = 4;

    // Within a batch the next dispatch comes soon; between batches the processor may be the application's.
    private static readonly long SpinTicks = Environment.ProcessorCount > 1 ? Stopwatch.Frequency / 10_000 : 0;
    private static readonly long IdleSpinTicks = SpinTicks / 5;

    private readonly Doorbell _work = new(), _done = new();
    private readonly Thread?[] _threads = new Thread?[helpers];
    private readonly WakeAffinity?[] _affinities = new WakeAffinity?[helpers];
    private DispatchJob? _job;
    private long _state;

    // Helpers that wait for work awake; that sleep, or are between the two; that were told to wake up and have not yet.
    private int _spinning, _resting, _coming;
    private bool _isExpectingWork, _closing;

    /// <summary>Threads besides the caller's.</summary>
    public int Helpers => _threads.Length;

    /// <summary>Helpers that need not be woken: they spin, or are about to.</summary>
    private int Ready => Volatile.Read(ref _spinning) + Volatile.Read(ref _coming);

    /// <summary>A batch of commands begins: helpers had better stay awake.</summary>
    public void BeginBatch() => Volatile.Write(ref _isExpectingWork, true);

    /// <summary>A batch has ended.</summary>
    public void EndBatch()
    {
        Volatile.Write(ref _coming, 0);
        Volatile.Write(ref _isExpectingWork, false);
    }

    /// <summary>
    /// Wakes as many helpers as a batch will have work for that was just submitted. The queue's thread wakes up at the same time;
    /// helpers that it wakes when it has come to the work begin later by as much again.
    /// </summary>
    /// <param name="nanoseconds">What its largest dispatch is likely to cost one thread; infinite where that is not known.</param>
    /// <returns>Whether they need the caller's processor: it had better sleep now than spin.</returns>
    public bool WakeEarly(double nanoseconds)
    {
        if (_threads is not [not null, ..] || nanoseconds <= WorthWaking || Volatile.Read(ref _state) != 0)
            return false;
        int wanted = double.IsPositiveInfinity(nanoseconds) ? 1 : Wanted(nanoseconds);
        // One that spins already takes it as a reason not to sleep yet.
        Volatile.Write(ref _coming, wanted);
        _work.Ring(wanted);
        return wanted + 1 >= Environment.ProcessorCount;
    }

    /// <summary>Runs a job on the caller's worker and as many helpers as it is worth; returns when all have left it.</summary>
    public void Run(DispatchJob job, Worker own, PipelineObject pipeline)
    {
        long start = Stopwatch.GetTimestamp();
        ulong done = 0;
        double worth = Volatile.Read(ref _spinning) > 0 ? WorthSharing : WorthWaking;
        if (!job.IsKnown && _threads is not [not null, ..])
        {
            // A process' first dispatch, or one of few: a thread is not started before it is known to be worth that. The
            // first workgroup touches much for the first time, so it alone does not count.
            done = own.Run(job, most: 1);
            job.Learn(Nanoseconds(start, 1));
            if (Nanoseconds(start, 1) < WorthStarting && job.Left > WorthStarting)
            {
                long again = Stopwatch.GetTimestamp();
                done += own.Run(job, most: 1);
                job.Learn(Nanoseconds(again, 1));
            }

            worth = WorthStarting;
        }

        done += Helpers == 0 || job.Left <= worth ? own.Run(job) : Share(job, own, start);
        if (done > 0)
            pipeline.NoteCost(Nanoseconds(start, done));
    }

    public void Dispose()
    {
        Volatile.Write(ref _closing, true);
        _work.Ring();
        foreach (var thread in _threads)
            thread?.Join();
    }

    private static double Nanoseconds(long start, ulong workgroups) =>
        (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency) / workgroups;

    private ulong Share(DispatchJob job, Worker own, long start)
    {
        // Nothing is known of a pipeline's first dispatch: one helper comes at once, the others when it is.
        int wanted = job.IsKnown ? Wanted(job.Left) : 1;
        device.Progress.IsCrowded = wanted + 1 >= Environment.ProcessorCount;
        if (device.Progress.IsCrowded && Ready < wanted)
            device.Progress.AwaitSpinners();
        _job = job;
        Want(wanted);
        try
        {
            ulong done = 0;
            if (!job.IsKnown)
            {
                done = own.Run(job, most: 1);
                job.Learn(Nanoseconds(start, 1));
                int more = Wanted(job.Left) - wanted;
                if (job.HasLeft && more > 0)
                {
                    device.Progress.IsCrowded = wanted + more + 1 >= Environment.ProcessorCount;
                    Want(more);
                }
            }

            return done + own.Run(job);
        }
        catch
        {
            job.Deadline.Stop();
            throw;
        }
        finally
        {
            // Helpers that have not begun need not begin any more.
            Interlocked.And(ref _state, ActiveMask);
            AwaitHelpers();
            _job = null;
            device.Progress.IsCrowded = false;
        }
    }

    private int Wanted(double left) => (int)Math.Clamp(left / WorthSharing, 1, Helpers);

    /// <summary>Lets that many helpers more enter the job.</summary>
    private void Want(int more)
    {
        long state = Interlocked.Add(ref _state, more * OneWanted);
        for (int i = 0; i < (int)(state / OneWanted) + (int)(state & ActiveMask); i++)
            Start(i);
        if (Volatile.Read(ref _spinning) >= more || Volatile.Read(ref _resting) == 0)
            return;
        // One that was woken early may have been put behind this thread, too.
        if (Environment.ProcessorCount <= FewProcessors)
        {
            foreach (var affinity in _affinities)
                affinity?.AvoidCaller();
        }

        if (Ready < more)
            _work.Ring(more);
    }

    private void AwaitHelpers()
    {
        long start = Stopwatch.GetTimestamp();
        while ((Volatile.Read(ref _state) & ActiveMask) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < SpinTicks)
            {
                Thread.SpinWait(1);
                continue;
            }

            uint seen = _done.Announce();
            if ((Volatile.Read(ref _state) & ActiveMask) != 0)
                _done.Sleep(seen, ulong.MaxValue);
            _done.Withdraw();
        }
    }

    private void Start(int index)
    {
        if (_threads[index] is not null)
            return;
        var thread = new Thread(() => Work(index)) { IsBackground = true, Name = $"ShaderJit worker {index + 1}" };
        thread.Start();
        _threads[index] = thread;
    }

    private void Work(int index)
    {
        try
        {
            using var affinity = new WakeAffinity();
            Volatile.Write(ref _affinities[index], affinity);
            using var worker = new Worker(device);
            Work(worker, affinity);
        }
        catch (Exception e)
        {
            // The machine refuses what a worker needs: the others do its share.
            Log.Warn($"a worker thread ends: {e.Message}");
        }
    }

    private void Work(Worker worker, WakeAffinity affinity)
    {
        while (Enter(affinity) is { } job)
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

            if ((Interlocked.Decrement(ref _state) & ActiveMask) == 0)
                _done.Ring();
        }
    }

    /// <summary>Waits for a dispatch that wants help and enters it; null when the pool closes.</summary>
    private DispatchJob? Enter(WakeAffinity affinity)
    {
        bool isWoken = false;
        while (!Volatile.Read(ref _closing))
        {
            Interlocked.Increment(ref _spinning);
            long start = Stopwatch.GetTimestamp();
            bool entered;
            while (!(entered = TryEnter()) && !Volatile.Read(ref _closing)
                && Stopwatch.GetTimestamp() - start < (isWoken || Volatile.Read(ref _isExpectingWork) ? SpinTicks : IdleSpinTicks))
            {
                Thread.SpinWait(1);
            }

            Interlocked.Decrement(ref _spinning);
            if (entered || TryEnter())
            {
                affinity.Restore();
                return _job;
            }

            Interlocked.Increment(ref _resting);
            uint seen = _work.Announce();
            if (!Volatile.Read(ref _closing) && Volatile.Read(ref _state) < OneWanted && Volatile.Read(ref _coming) <= 0)
                _work.Sleep(seen, ulong.MaxValue);
            affinity.Restore();
            _work.Withdraw();
            Interlocked.Decrement(ref _resting);
            if (Volatile.Read(ref _coming) > 0)
                Interlocked.Decrement(ref _coming);
            isWoken = true;
        }

        return null;
    }

    private bool TryEnter()
    {
        while (true)
        {
            long state = Volatile.Read(ref _state);
            if (state < OneWanted)
                return false;
            if (Interlocked.CompareExchange(ref _state, state - OneWanted + 1, state) == state)
                return true;
        }
    }
}
