using System.Runtime.InteropServices;

namespace ShaderJit.Sandbox;

/// <summary>
/// What the stubs and the signal handlers know about one kernel thread. It lies in memory of its own between guard
/// pages, and the thread's gs base points at it: kernel code has no way to read or change gs, so the record that
/// brings a thread back to its host stack does not depend on any register that a kernel could have spoilt.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal unsafe struct ThreadRecord
{
    /// <summary>Bytes of a record, including the copy of the extended state.</summary>
    public const int Bytes = 16 * 1024;

    /// <summary>General registers in a signal frame, in <c>gregset_t</c> order.</summary>
    public const int GeneralCount = 23;

    /// <summary>Room for the extended state: more than any state without AMX tiles needs.</summary>
    public const int ExtendedCapacity = 8 * 1024;

    public const int SelfAt = 0, HostStackAt = 8, EntryAt = 16, RegionBaseAt = 24, KernelStackAt = 32,
        ArgumentFrameAt = 40, KernelMaskAt = 48, HostMaskAt = 56, MxcsrAt = 64, FpuControlAt = 68, SignalAt = 72,
        SignalCodeAt = 76, FaultAddressAt = 80, GeneralAt = 96, ExtendedBytesAt = 280, ExtendedAt = 512;

    /// <summary>Address of this record.</summary>
    [FieldOffset(SelfAt)] public ThreadRecord* Self;

    /// <summary>The host's stack pointer while a kernel runs.</summary>
    [FieldOffset(HostStackAt)] public nint HostStack;

    /// <summary>Address of the kernel's first instruction.</summary>
    [FieldOffset(EntryAt)] public nint Entry;

    /// <summary>r15.</summary>
    [FieldOffset(RegionBaseAt)] public nint RegionBase;

    /// <summary>rsp.</summary>
    [FieldOffset(KernelStackAt)] public nint KernelStack;

    /// <summary>r14.</summary>
    [FieldOffset(ArgumentFrameAt)] public nint ArgumentFrame;

    /// <summary>Signals blocked while a kernel runs.</summary>
    [FieldOffset(KernelMaskAt)] public ulong KernelMask;

    /// <summary>Signals that were blocked before; restored at exit.</summary>
    [FieldOffset(HostMaskAt)] public ulong HostMask;

    /// <summary>MXCSR of kernels.</summary>
    [FieldOffset(MxcsrAt)] public uint Mxcsr;

    /// <summary>x87 control word of kernels, which do not use it.</summary>
    [FieldOffset(FpuControlAt)] public ushort FpuControl;

    /// <summary>The signal that ended the run; 0 when the kernel left by itself. Written by the stub and the handlers
    /// only.</summary>
    [FieldOffset(SignalAt)] public int Signal;

    /// <summary><c>si_code</c>.</summary>
    [FieldOffset(SignalCodeAt)] public int SignalCode;

    /// <summary><c>si_addr</c>.</summary>
    [FieldOffset(FaultAddressAt)] public ulong FaultAddress;

    /// <summary>The kernel's registers, <c>gregset_t</c>.</summary>
    [FieldOffset(GeneralAt)] public fixed ulong General[GeneralCount];

    /// <summary>Bytes at <see cref="ExtendedAt"/> that hold the XSAVE area; 0 when there was none.</summary>
    [FieldOffset(ExtendedBytesAt)] public int ExtendedBytes;
}

/// <summary>Indices into <c>gregset_t</c> (glibc, sys/ucontext.h).</summary>
internal static class GregSet
{
    public const int Rip = 16, Flags = 17, Error = 19, TrapNumber = 20;

    /// <summary>From x86's register numbers (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8..r15) to indices.</summary>
    public static ReadOnlySpan<byte> OfNumber => [13, 14, 12, 11, 15, 10, 9, 8, 0, 1, 2, 3, 4, 5, 6, 7];
}
