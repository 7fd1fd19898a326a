using System.Runtime.CompilerServices;
using ShaderJit.Abi;
using static ShaderJit.Sandbox.Libc;

namespace ShaderJit.Sandbox;

/// <summary>
/// What a thread needs in order to run kernels: a stack for them, the argument frame, the record that the signal
/// handlers write to. Create it on the thread, use it on that thread only, and dispose it there.
/// </summary>
/// <remarks>
/// <para>The thread must be the driver's own. The preemption signal is blocked in all its host code, and the thread's
/// gs base is taken (and given back by <see cref="Dispose"/>).</para>
/// <para>A kernel can read what the kernel before it left in the frame: do not share a thread between devices that
/// must not know of each other.</para>
/// </remarks>
public sealed unsafe class KernelThread : IDisposable
{
    /// <summary>What is not mapped between the parts, in bytes; more than a frame operand can overrun.</summary>
    private const int GuardBytes = 64 * 1024;

    /// <summary>Bytes below a kernel's rsp, and of an alternate stack, besides the CPU's state.</summary>
    private const int SignalStackBytes = 64 * 1024;

    /// <summary>All exceptions masked, round to nearest even, denormals kept.</summary>
    private const uint KernelMxcsr = 0x1F80;

    private const ushort KernelFpuControl = 0x37F;

    private readonly nint _reservation;
    private readonly nuint _reservedBytes;
    private readonly ThreadRecord* _record;
    private readonly byte* _frame;
    private readonly byte* _arguments;
    private readonly int _owner = Environment.CurrentManagedThreadId;
    private readonly nint _previousGs;
    private readonly bool _ownsAlternateStack;
    private readonly bool _hadPreemptionUnblocked;
    private bool _disposed;

    // What runs now; read by other threads.
    private Deadline? _deadline;
    private KernelCode? _kernel;
    private Region? _region;

    /// <summary>Prepares the calling thread.</summary>
    /// <exception cref="SandboxException">The operating system refuses something.</exception>
    public KernelThread()
    {
        TrapHandler.EnsureInstalled();
        int signalBytes = SignalStackBytes + ToPages((int)Math.Min(GetAuxVal(AuxMinSigStackSize), 1 << 20));

        // Guards around each part: an overrun of one faults, it does not reach the next.
        int at = GuardBytes;
        int stackAt = at;
        at += signalBytes + KernelAbi.MaxFrameBytes + GuardBytes;
        int argumentsAt = at;
        at += ToPages(Abi.ArgumentFrame.Size) + GuardBytes;
        int recordAt = at;
        at += ThreadRecord.Bytes + GuardBytes;
        int alternateAt = at;
        at += signalBytes + GuardBytes;
        _reservedBytes = (nuint)at;
        _reservation = Reserve(_reservedBytes);
        try
        {
            Protect(_reservation + stackAt, (nuint)(signalBytes + KernelAbi.MaxFrameBytes), ProtRead | ProtWrite);
            Protect(_reservation + argumentsAt, (nuint)ToPages(Abi.ArgumentFrame.Size), ProtRead | ProtWrite);
            Protect(_reservation + recordAt, ThreadRecord.Bytes, ProtRead | ProtWrite);
            Protect(_reservation + alternateAt, (nuint)signalBytes, ProtRead | ProtWrite);
            _frame = (byte*)(_reservation + stackAt + signalBytes);
            _arguments = (byte*)(_reservation + argumentsAt);
            _record = (ThreadRecord*)(_reservation + recordAt);

            // SAFETY: the record lies in pages just made writable, and is known to this thread alone.
            _record->Self = _record;
            _record->KernelStack = (nint)_frame;
            _record->ArgumentFrame = (nint)_arguments;
            _record->KernelMask = ~TrapHandler.KernelSignals;
            _record->Mxcsr = KernelMxcsr;
            _record->FpuControl = KernelFpuControl;

            nint gs;
            if (Syscall(SyscallArchPrctl, ArchGetGs, (nint)(&gs), 0, 0) != 0) throw Failure("arch_prctl(ARCH_GET_GS)");
            _previousGs = gs;
            SetGs((nint)_record);
        }
        catch
        {
            Release(_reservation, _reservedBytes);
            throw;
        }

        _ownsAlternateStack = ProvideAlternateStack(_reservation + alternateAt, signalBytes);
        _hadPreemptionUnblocked = SetPreemptionBlocked(true);
        ThreadId = GetTid();
        RunningThreads.Add(this);
    }

    /// <summary>The argument frame (<see cref="Abi.ArgumentFrame"/>), for the owning thread to fill before a run.
    /// <see cref="Abi.ArgumentFrame.Size"/> bytes, 64-byte aligned, zero at first.</summary>
    public Span<byte> ArgumentFrame
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // SAFETY: mapped until Dispose, which only the owning thread calls.
            return new Span<byte>(_arguments, Abi.ArgumentFrame.Size);
        }
    }

    /// <summary>The registers at the instruction where a signal ended the last run; all 0 when none did.</summary>
    public RegisterState Registers
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // SAFETY: inside the record; the length was capped by the handler, and is again.
            return new RegisterState(
                new ReadOnlySpan<ulong>(_record->General, ThreadRecord.GeneralCount),
                new ReadOnlySpan<byte>((byte*)_record + ThreadRecord.ExtendedAt,
                    Math.Clamp(_record->ExtendedBytes, 0, ThreadRecord.ExtendedCapacity)));
        }
    }

    /// <summary>The address that kernels find in rsp.</summary>
    internal nint FrameAddress => (nint)_frame;

    /// <summary>The address that kernels find in r14.</summary>
    internal nint ArgumentAddress => (nint)_arguments;

    /// <summary>Address of the thread's record.</summary>
    internal nint RecordAddress => (nint)_record;

    /// <summary>The operating system's number of the thread.</summary>
    internal int ThreadId { get; }

    /// <summary>What the running kernel stands under; null when none runs.</summary>
    internal Deadline? Deadline => Volatile.Read(ref _deadline);

    /// <summary>The kernel that runs.</summary>
    internal KernelCode? Kernel => Volatile.Read(ref _kernel);

    /// <summary>The region that it runs in.</summary>
    internal Region? Region => Volatile.Read(ref _region);

    /// <summary>
    /// Runs a kernel with what is in the argument frame. One entry costs two system calls, so give it many workgroups.
    /// </summary>
    /// <param name="kernel">Verified for regions of <paramref name="region"/>'s bits.</param>
    /// <param name="region">The device's memory.</param>
    /// <param name="deadline">Stops the kernel when its time is up. When it is stopped already, the kernel does not
    /// begin and the result is <see cref="TrapCode.Preempted"/> with signal 0.</param>
    /// <exception cref="ArgumentException">The kernel was verified for regions of another size.</exception>
    /// <exception cref="InvalidOperationException">Called on another thread than the owner.</exception>
    public KernelExit Run(KernelCode kernel, Region region, Deadline deadline)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(region);
        ArgumentNullException.ThrowIfNull(deadline);
        CheckOwner();
        if (kernel.Policy.RegionBits != region.Bits)
            throw new ArgumentException(
                $"verified for regions of {kernel.Policy.RegionBits} bits, not of {region.Bits}", nameof(region));

        // Announce first, then look (RunningThreads says why).
        Volatile.Write(ref _kernel, kernel);
        Volatile.Write(ref _region, region);
        Interlocked.Exchange(ref _deadline, deadline);
        try
        {
            ObjectDisposedException.ThrowIf(kernel.IsDisposed, kernel);
            ObjectDisposedException.ThrowIf(region.IsDisposed, region);
            if (deadline.IsStopped) return new KernelExit { Code = TrapCode.Preempted, CodeOffset = -1 };

            // SAFETY: the record is this thread's; the kernel was verified for this region and both stay mapped while
            // they are announced; what the kernel can reach is the region, its frame and, to read, its arguments.
            new Span<byte>(_frame, KernelAbi.DiagnosticBytes).Clear();
            _record->Entry = kernel.Entry;
            _record->RegionBase = (nint)region.Base;
            int code = ((delegate* unmanaged<ThreadRecord*, int>)CodeSpace.Enter)(_record);
            return _record->Signal switch
            {
                0 => Left(code),
                EntryStubs.MaskRefused => throw new SandboxException("rt_sigprocmask is refused"),
                _ => Interrupted(kernel, region),
            };
        }
        finally
        {
            Volatile.Write(ref _deadline, null);
            Volatile.Write(ref _kernel, null);
            Volatile.Write(ref _region, null);
        }
    }

    /// <summary>Gives everything back. Call it on the owning thread.</summary>
    /// <exception cref="InvalidOperationException">Called on another thread.</exception>
    public void Dispose()
    {
        if (_disposed) return;
        CheckOwner();
        _disposed = true;
        RunningThreads.Remove(this);
        if (_ownsAlternateStack)
        {
            SignalStack none = new() { Flags = AltStackDisabled };
            if (SigAltStack(&none, null) != 0) throw Failure("sigaltstack");
        }

        SetGs(_previousGs);
        if (_hadPreemptionUnblocked) SetPreemptionBlocked(false);
        Release(_reservation, _reservedBytes);
    }

    private KernelExit Left(int code)
    {
        var left = (TrapCode)code;
        bool known = left is TrapCode.Finished or TrapCode.OutOfBounds or TrapCode.DivergentBarrier
            or TrapCode.Unreachable or TrapCode.DivisionByZero;
        return new KernelExit
        {
            Code = known ? left : TrapCode.MachineFault,
            CodeOffset = -1,
            Position = left == TrapCode.Finished ? default : ReadPosition(),
        };
    }

    private KernelExit Interrupted(KernelCode kernel, Region region)
    {
        int signal = _record->Signal;
        bool memory = signal is Sigsegv or Sigbus;
        long codeOffset = (long)_record->General[GregSet.Rip] - kernel.Entry;
        var place = FaultPlace.None;
        long offset = 0;
        // Page faults carry an address (trap 14); a general protection fault or a misalignment does not.
        if (memory && _record->General[GregSet.TrapNumber] == 14)
            place = region.Locate(_record->FaultAddress, out offset);
        return new KernelExit
        {
            Code = signal == TrapHandler.PreemptionSignal ? TrapCode.Preempted
                : memory ? TrapCode.MemoryFault : TrapCode.MachineFault,
            Signal = signal,
            SignalCode = _record->SignalCode,
            CodeOffset = codeOffset >= 0 && codeOffset < kernel.ImageBytes ? (int)codeOffset : -1,
            Place = place,
            RegionOffset = offset,
            IsWrite = memory && (_record->General[GregSet.Error] & 2) != 0,
            Position = ReadPosition(),
        };
    }

    private KernelPosition ReadPosition() =>
        KernelPosition.Read(new ReadOnlySpan<byte>(_frame, KernelAbi.DiagnosticBytes));

    private void CheckOwner()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Environment.CurrentManagedThreadId != _owner)
            throw new InvalidOperationException("a kernel thread is used on the thread that created it only");
    }

    private static int ToPages(int bytes) => (bytes + Page - 1) & ~(Page - 1);

    private static void SetGs(nint value)
    {
        if (Syscall(SyscallArchPrctl, ArchSetGs, value, 0, 0) != 0) throw Failure("arch_prctl(ARCH_SET_GS)");
    }

    /// <summary>CoreCLR gives each of its threads an alternate stack, which stays; a NativeAOT thread has none.</summary>
    private static bool ProvideAlternateStack(nint address, int bytes)
    {
        SignalStack current;
        if (SigAltStack(null, &current) != 0) throw Failure("sigaltstack");
        if ((current.Flags & AltStackDisabled) == 0) return false;
        SignalStack own = new() { Base = address, Bytes = (nuint)bytes };
        if (SigAltStack(&own, null) != 0) throw Failure("sigaltstack");
        return true;
    }

    /// <returns>Whether it was unblocked before.</returns>
    private static bool SetPreemptionBlocked(bool blocked)
    {
        ulong mask = TrapHandler.Bit(TrapHandler.PreemptionSignal), old;
        if (Syscall(SyscallRtSigprocmask, blocked ? SigBlock : SigUnblock, (nint)(&mask), (nint)(&old), 8) != 0)
            throw Failure("rt_sigprocmask");
        return (old & mask) == 0;
    }
}
