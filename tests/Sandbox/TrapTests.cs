using System.Buffers.Binary;
using Iced.Intel;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Each kind of trap, with its place and its address.</summary>
public class TrapTests
{
    private const ulong Out = KernelAbi.NullGuardBytes;

    /// <summary>Accesses that the verifier admits and that hit nothing: region offset, store, bytes of code before the
    /// access.</summary>
    [Theory]
    [InlineData(0L, false, FaultPlace.Region)]
    [InlineData(0L, true, FaultPlace.Region)]
    [InlineData(0xFFFF_F000L, false, FaultPlace.Region)]
    [InlineData(0xFFFF_FFFFL, true, FaultPlace.Region)]
    public void AMemoryFaultIsReported(long offset, bool store, FaultPlace place)
    {
        using var region = new Region(HandKernel.Bits);
        int accessAt = 0;
        using KernelCode kernel = HandKernel.Publish((a, exit) =>
        {
            a.mov(__dword_ptr[rsp + DiagnosticBlock.Workgroup], 3);
            a.mov(__dword_ptr[rsp + DiagnosticBlock.Subgroup], 5);
            a.mov(ecx, unchecked((int)offset));
            var before = new CodeBytes(4096);
            a.Assemble(before, 0);
            accessAt = before.Written.Length;
            if (store) a.mov(__byte_ptr[r15 + rcx], dl);
            else a.mov(dl, __byte_ptr[r15 + rcx]);
        });
        KernelExit result = Worker.RunOnce(kernel, region);
        Assert.Equal(TrapCode.MemoryFault, result.Code);
        Assert.Equal(Libc.Sigsegv, result.Signal);
        Assert.Equal(accessAt, result.CodeOffset);
        Assert.Equal(place, result.Place);
        Assert.Equal(offset, result.RegionOffset);
        Assert.Equal(store, result.IsWrite);
        Assert.Equal(3u, result.Position.WorkgroupX);
        Assert.Equal(5u, result.Position.Subgroup);
    }

    [Fact]
    public void TheGuardsCatchWhatLeavesTheRegion()
    {
        using var region = new Region(HandKernel.Bits);
        // The highest operand that the verifier admits: base + u32 + displacement.
        using KernelCode above = HandKernel.Publish((a, _) =>
        {
            a.mov(ecx, -1);
            a.mov(edx, __dword_ptr[r15 + rcx + 0x7FFF_0000]);
        });
        KernelExit result = Worker.RunOnce(above, region);
        Assert.Equal(FaultPlace.Guard, result.Place);
        Assert.Equal(0xFFFF_FFFFL + 0x7FFF_0000L, result.RegionOffset);

        using KernelCode below = HandKernel.Publish((a, _) =>
        {
            a.xor(ecx, ecx);
            a.mov(__dword_ptr[r15 + rcx - 0x10_0000], edx);
        });
        result = Worker.RunOnce(below, region);
        Assert.Equal(FaultPlace.Guard, result.Place);
        Assert.Equal(-0x10_0000L, result.RegionOffset);
        Assert.True(result.IsWrite);
    }

    [Fact]
    public void AGatherFaultsWithItsRegisters()
    {
        if (!CpuFeatures.Current.Has(CpuFeature.Lanes16)) return;
        using var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(Out, 4096));
        using KernelCode kernel = HandKernel.Publish((a, _) =>
        {
            a.mov(eax, 0x2000_0000);
            a.vpbroadcastd(zmm17, eax);
            a.mov(eax, 0x00F0);
            a.kmovw(k1, eax);
            a.mov(r11d, 77);
            a.vpgatherdd(zmm3.k1, __zmmword_ptr[r15 + zmm17 * 4]);
        });
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            KernelExit result = thread.Run(kernel, region, deadline);
            Assert.Equal(TrapCode.MemoryFault, result.Code);
            Assert.Equal(0x8000_0000L, result.RegionOffset);
            RegisterState registers = thread.Registers;
            Assert.Equal(0x00F0UL, registers.Mask(1));
            Assert.Equal(77UL, registers.General(11));
            Assert.Equal(0x00F0UL, registers.General(0));
            byte[] vector = new byte[64];
            registers.Vector(17, vector);
            for (int lane = 0; lane < 16; lane++)
                Assert.Equal(0x2000_0000, BinaryPrimitives.ReadInt32LittleEndian(vector.AsSpan(lane * 4)));
            registers.Vector(3, vector);
            Assert.False(vector.AsSpan().ContainsAnyExcept((byte)0));
        });
    }

    // What follows the verifier refuses; the handlers are there in case it did not.

    [Fact]
    public void AnIllegalInstructionIsCaught() => Forged((a, _) => a.ud2(), Libc.Sigill, TrapCode.MachineFault, 0);

    [Fact]
    public void ABreakpointIsCaught() => Forged((a, _) => a.int3(), Libc.Sigtrap, TrapCode.MachineFault, 1);

    [Fact]
    public void ADivisionByZeroIsCaught() => Forged((a, _) => a.div(ecx), Libc.Sigfpe, TrapCode.MachineFault, 0);

    [Fact]
    public void AnAddressThatIsNotCanonicalIsCaught()
    {
        KernelExit result = Forged((a, _) => a.mov(__dword_ptr[rcx + rdx], 1), Libc.Sigsegv, TrapCode.MemoryFault,
            0, FaultPlace.Outside);
        Assert.True(result.IsWrite);
        Forged((a, _) =>
        {
            a.mov(rcx, 0x4000_0000_0000_0000L);
            a.mov(edx, __dword_ptr[rcx]);
        }, Libc.Sigsegv, TrapCode.MemoryFault, 10);
    }

    [Fact]
    public void ASpoiltStackPointerDoesNotKeepAThreadFromComingBack()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode spoilt = HandKernel.Forge((a, exit) =>
        {
            // Only SIGSEGV on an alternate stack could be delivered with such an rsp: leave by the exit instead.
            a.xor(esp, esp);
            a.mov(r14, rsp);
            a.mov(r15, rsp);
            a.xor(eax, eax);
            a.jmp(exit);
        });
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(spoilt, region).Code);
    }

    [Fact]
    public void AFaultLeavesTheThreadAsItWas()
    {
        using var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(Out, 4096));
        using KernelCode faulting = HandKernel.Publish((a, _) =>
        {
            a.xor(ecx, ecx);
            a.mov(rbx, -1L);
            a.mov(r12, -1L);
            a.mov(r13, -1L);
            a.mov(rbp, -1L);
            a.mov(edx, __dword_ptr[r15 + rcx]);
        });
        using KernelCode fine = HandKernel.Publish((a, _) =>
        {
            a.mov(ecx, (int)Out);
            a.inc(__dword_ptr[r15 + rcx]);
        });
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            for (int i = 0; i < 1000; i++)
            {
                Assert.Equal(TrapCode.MemoryFault, thread.Run(faulting, region, deadline).Code);
                Assert.Equal(TrapCode.Finished, thread.Run(fine, region, deadline).Code);
                if (i % 100 == 0) HostFaults.Deliver();
            }
        });
        Assert.Equal(1000, BinaryPrimitives.ReadInt32LittleEndian(region.Span(Out, 4)));
    }

    private static KernelExit Forged(
        Action<Assembler, Label> body, int signal, TrapCode code, int codeOffset, FaultPlace place = FaultPlace.None)
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode kernel = HandKernel.Forge(body);
        KernelExit result = default;
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            for (int i = 0; i < 3; i++)
            {
                result = thread.Run(kernel, region, deadline);
                Assert.Equal((code, signal, codeOffset, place),
                    (result.Code, result.Signal, result.CodeOffset, result.Place));
                Assert.Equal(0, result.RegionOffset);
                HostFaults.Deliver();
            }
        });
        return result;
    }
}
