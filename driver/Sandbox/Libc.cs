using System.Runtime.InteropServices;

namespace ShaderJit.Sandbox;

/// <summary>
/// Every call into the C library that the sandbox makes. Arguments are blittable and Linux x86-64 layouts are written
/// out, so the same code runs on CoreCLR and in a NativeAOT library.
/// </summary>
internal static unsafe partial class Libc
{
    public const int ProtNone = 0, ProtRead = 1, ProtWrite = 2, ProtExecute = 4;

    public const int MapShared = 0x01, MapPrivate = 0x02, MapFixed = 0x10, MapFixedNoReplace = 0x100000, MapAnonymous = 0x20, MapPopulate = 0x8000,
        MapNoReserve = 0x4000;

    public const int AdviseDontNeed = 4, AdviseHugePage = 14, AdviseWipeOnFork = 18;

    public const int Sigill = 4, Sigtrap = 5, Sigbus = 7, Sigfpe = 8, Sigsegv = 11;

    public const int SaSigInfo = 0x4, SaOnStack = 0x0800_0000, SaRestart = 0x1000_0000;

    public const uint SaResetHand = 0x8000_0000;

    public const int SigBlock = 0, SigUnblock = 1, SigSetMask = 2;

    public const int AltStackDisabled = 2;

    public const int NotPermitted = 1, OutOfMemory = 12, NoSuchCall = 38;

    public const nint SyscallRtSigprocmask = 14, SyscallArchPrctl = 158, SyscallTgkill = 234, SyscallFutex = 202,
        SyscallFstat = 5, SyscallFcntl = 72, SyscallFtruncate = 77, SyscallFstatfs = 138, SyscallMemfdCreate = 319,
        SyscallSchedSetAffinity = 203, SyscallSchedGetAffinity = 204, SyscallGetCpu = 309, SyscallClockGetTime = 228, SyscallFutexWaitV = 449;

    public const nint MemfdCloseOnExec = 1, MemfdAllowSealing = 2;

    public const nint FcntlGetFlags = 3, FcntlDupCloseOnExec = 1030, FcntlAddSeals = 1033, FcntlGetSeals = 1034;

    public const nint SealSeal = 1, SealShrink = 2, SealGrow = 4, SealWrite = 8, SealFutureWrite = 16;

    public const int FutexWaitPrivate = 128, FutexWakePrivate = 129, FutexWakeShared = 1;

    /// <summary>Flags of <see cref="FutexWait"/>: the word has 32 bits, and is known to this process only.</summary>
    public const uint Futex32Bits = 2, FutexPrivate = 128;

    public const nint ClockMonotonic = 1;

    public const nint ArchSetGs = 0x1001, ArchGetGs = 0x1004;

    public const ulong AuxMinSigStackSize = 51;

    public const int Page = 4096;

    /// <summary>glibc's <c>struct sigaction</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SigAction
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }

    /// <summary><c>stack_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalStack
    {
        public nint Base;
        public int Flags;
        public nuint Bytes;
    }

    /// <summary><c>struct timespec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    /// <summary><c>struct futex_waitv</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FutexWait
    {
        public ulong Expected;
        public ulong Address;
        public uint Flags;
        public uint Reserved;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint MMap(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int MUnmap(nint address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int MProtect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int MAdvise(nint address, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SigActionCall(int signal, SigAction* act, SigAction* old);

    [LibraryImport("libc", EntryPoint = "sigaltstack", SetLastError = true)]
    public static partial int SigAltStack(SignalStack* stack, SignalStack* old);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "getauxval")]
    public static partial ulong GetAuxVal(ulong type);

    [LibraryImport("libc", EntryPoint = "getpid")]
    public static partial int GetPid();

    [LibraryImport("libc", EntryPoint = "gettid")]
    public static partial int GetTid();

    /// <summary>Reserves address space: nothing is accessible, nothing is accounted.</summary>
    /// <exception cref="SandboxException">The machine refuses.</exception>
    public static nint Reserve(nuint bytes)
    {
        nint address = MMap(0, bytes, ProtNone, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
        if (address == -1) throw Failure($"mmap of {bytes} bytes");
        OwnMemory.Add(address, bytes);
        return address;
    }

    /// <summary>Gives address space back.</summary>
    public static void Release(nint address, nuint bytes)
    {
        OwnMemory.Remove(address);
        if (MUnmap(address, bytes) != 0) throw Failure($"munmap of {bytes} bytes");
    }

    /// <summary>Sets the protection of whole pages.</summary>
    /// <exception cref="SandboxException">The machine refuses.</exception>
    public static void Protect(nint address, nuint bytes, int protection)
    {
        if (MProtect(address, bytes, protection) != 0) throw Failure($"mprotect of {bytes} bytes to {protection}");
    }

    /// <summary>errno of the call that has just failed.</summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>The exception for a call that has just failed.</summary>
    public static SandboxException Failure(string call)
    {
        int error = LastError;
        return new SandboxException($"{call} failed: errno {error} ({Marshal.GetPInvokeErrorMessage(error)})");
    }
}
