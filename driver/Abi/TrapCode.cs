namespace ShaderJit.Abi;

/// <summary>Why a kernel left. Values below 0x100 are put in eax by the kernel, the others by the sandbox.</summary>
public enum TrapCode
{
    /// <summary>All workgroups of the entry have run.</summary>
    Finished = 0,

    /// <summary>An out-of-bounds access, in the mode that traps them.</summary>
    OutOfBounds = 1,

    /// <summary>Invocations of a workgroup disagreed on reaching an OpControlBarrier.</summary>
    DivergentBarrier = 2,

    /// <summary>An OpUnreachable was reached.</summary>
    Unreachable = 3,

    /// <summary>Integer division by zero, in the mode that traps it.</summary>
    DivisionByZero = 4,

    /// <summary>A memory access was refused by the machine (SIGSEGV, SIGBUS).</summary>
    MemoryFault = 0x100,

    /// <summary>The machine raised another fault in kernel code (SIGILL, SIGFPE, SIGTRAP).</summary>
    MachineFault = 0x101,

    /// <summary>The watchdog stopped the kernel.</summary>
    Preempted = 0x102,
}
