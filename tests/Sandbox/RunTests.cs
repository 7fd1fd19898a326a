using System.Buffers.Binary;
using Iced.Intel;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>What a kernel finds when it starts, and what its host finds when it has left.</summary>
public class RunTests
{
    private const ulong Out = KernelAbi.NullGuardBytes;

    [Fact]
    public void AKernelStoresIntoTheRegionAndFinishes()
    {
        using var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(Out, 4096));
        using KernelCode kernel = HandKernel.Publish((a, _) =>
        {
            a.mov(ecx, (int)Out);
            a.mov(__dword_ptr[r15 + rcx], 0x1234);
        });
        KernelExit exit = Worker.RunOnce(kernel, region);
        Assert.Equal(TrapCode.Finished, exit.Code);
        Assert.Equal(0, exit.Signal);
        Assert.Equal(0x1234, BinaryPrimitives.ReadInt32LittleEndian(region.Span(Out, 4)));
    }

    [Theory]
    [InlineData(TrapCode.Finished, TrapCode.Finished)]
    [InlineData(TrapCode.OutOfBounds, TrapCode.OutOfBounds)]
    [InlineData(TrapCode.DivisionByZero, TrapCode.DivisionByZero)]
    // Codes that only the sandbox gives, and codes that do not exist, are not believed.
    [InlineData(TrapCode.MemoryFault, TrapCode.MachineFault)]
    [InlineData(TrapCode.Preempted, TrapCode.MachineFault)]
    [InlineData((TrapCode)(-1), TrapCode.MachineFault)]
    public void TheKernelsCodeIsReportedAndNotBelievedBlindly(TrapCode left, TrapCode reported)
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode kernel = HandKernel.Publish((a, exit) =>
        {
            a.mov(__dword_ptr[rsp + DiagnosticBlock.Workgroup + 4], 7);
            a.mov(__dword_ptr[rsp + DiagnosticBlock.TrapLanes], 0x50);
            a.mov(eax, (int)left);
            a.jmp(exit);
        });
        KernelExit result = Worker.RunOnce(kernel, region);
        Assert.Equal(reported, result.Code);
        Assert.Equal(0, result.Signal);
        if (left == TrapCode.Finished) return;
        Assert.Equal(7u, result.Position.WorkgroupY);
        Assert.Equal(0x50u, result.Position.TrapLanes);
    }

    [Fact]
    public void TheArgumentFrameIsReadAndRegistersStartAtZero()
    {
        using var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(Out, 4096));
        bool wide = CpuFeatures.Current.Has(CpuFeature.Lanes16);
        using KernelCode kernel = HandKernel.Publish((a, _) =>
        {
            // The or of all other general registers, of the vectors and the masks: all must be 0.
            foreach (AssemblerRegister64 register in
                     (AssemblerRegister64[])[rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13])
                a.or(rax, register);
            a.mov(ecx, (int)Out);
            a.mov(__qword_ptr[r15 + rcx], rax);
            if (wide)
            {
                a.vporq(zmm0, zmm0, zmm7);
                a.vporq(zmm0, zmm0, zmm15);
                a.vporq(zmm0, zmm0, zmm16);
                a.vporq(zmm0, zmm0, zmm31);
                a.korq(k1, k1, k0);
                a.korq(k1, k1, k7);
                a.kmovq(rdx, k1);
                a.mov(__qword_ptr[r15 + rcx + 8], rdx);
                a.vmovdqu64(__zmmword_ptr[r15 + rcx + 64], zmm0);
            }
            else
            {
                a.vpor(ymm0, ymm0, ymm7);
                a.vpor(ymm0, ymm0, ymm15);
                a.vmovdqu(__ymmword_ptr[r15 + rcx + 64], ymm0);
            }

            a.mov(edx, __dword_ptr[r14 + Abi.ArgumentFrame.WorkgroupCount]);
            a.mov(__dword_ptr[r15 + rcx + 16], edx);
            // Spoil everything for the next run, on this same thread.
            a.mov(rbx, -1L);
            a.mov(r12, -1L);
            a.mov(rbp, -1L);
            a.vpcmpeqd(ymm0, ymm0, ymm0);
            a.vmovdqa(ymm7, ymm0);
            if (wide)
            {
                a.vpternlogd(zmm31, zmm31, zmm31, 0xFF);
                a.kxnorq(k7, k0, k0);
            }

            a.xor(eax, eax);
        });
        region.Span(Out, 128).Fill(0xEE);
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            for (int i = 1; i <= 3; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(
                    thread.ArgumentFrame[Abi.ArgumentFrame.WorkgroupCount..], 40 + i);
                Assert.Equal(TrapCode.Finished, thread.Run(kernel, region, deadline).Code);
                Span<byte> written = region.Span(Out, 128);
                Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(written));
                if (wide) Assert.Equal(0UL, BinaryPrimitives.ReadUInt64LittleEndian(written[8..]));
                Assert.Equal(40 + i, BinaryPrimitives.ReadInt32LittleEndian(written[16..]));
                Assert.False(written.Slice(64, wide ? 64 : 32).ContainsAnyExcept((byte)0));
            }
        });
    }

    [Fact]
    public void TheWholeFrameCanBeUsed()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode kernel = HandKernel.Publish((a, exit) =>
        {
            a.mov(rcx, 0x0123_4567_89AB_CDEFL);
            a.mov(__qword_ptr[rsp + (KernelAbi.MaxFrameBytes - 8)], rcx);
            a.mov(__qword_ptr[rsp + KernelAbi.DiagnosticBytes], rcx);
            a.mov(rdx, __qword_ptr[rsp + (KernelAbi.MaxFrameBytes - 8)]);
            a.xor(rdx, rcx);
            a.mov(eax, edx);
        });
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
    }

    [Fact]
    public void ConstantsAreReadFromTheImage()
    {
        using var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(Out, 4096));
        // mov edx, [rip + distance to the constants]; mov ecx, Out; mov [r15 + rcx], edx
        CompiledKernel shape = Build(0);
        CompiledKernel final = Build(KernelAbi.ConstantsOffset(shape.CodeBytes));
        using KernelCode kernel = HandKernel.Publish(final);
        Assert.Equal(TrapCode.Finished, Worker.RunOnce(kernel, region).Code);
        Assert.Equal(0x44332211, BinaryPrimitives.ReadInt32LittleEndian(region.Span(Out, 4)));

        static CompiledKernel Build(int constantsAt) => HandKernel.Assemble((a, _) =>
        {
            a.AddInstruction(Instruction.Create(Code.Mov_r32_rm32, Register.EDX,
                new MemoryOperand(Register.RIP, displacement: constantsAt, displSize: 8)));
            a.mov(ecx, (int)Out);
            a.mov(__dword_ptr[r15 + rcx], edx);
        }, [0x11, 0x22, 0x33, 0x44]);
    }

    [Fact]
    public void AKernelRunsInRegionsOfItsBitsOnly()
    {
        using var larger = new Region(HandKernel.Bits + 1);
        using KernelCode kernel = HandKernel.Publish((a, _) => a.nop());
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            Assert.Throws<ArgumentException>(() => thread.Run(kernel, larger, deadline));
        });
    }

    [Fact]
    public void AThreadIsUsedByItsOwnerOnly()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode kernel = HandKernel.Publish((a, _) => a.nop());
        using var deadline = new Deadline(Worker.Long);
        using var shared = new KernelThread();
        Exception? thrown = null;
        var other = new Thread(() => thrown = Record.Exception(() => shared.Run(kernel, region, deadline)));
        other.Start();
        other.Join();
        Assert.IsType<InvalidOperationException>(thrown);
        Assert.Equal(TrapCode.Finished, shared.Run(kernel, region, deadline).Code);
    }

    [Fact]
    public void WhatIsDisposedDoesNotRun()
    {
        var region = new Region(HandKernel.Bits);
        KernelCode kernel = HandKernel.Publish((a, _) => a.nop());
        KernelCode gone = HandKernel.Publish((a, _) => a.nop());
        gone.Dispose();
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            Assert.Throws<ObjectDisposedException>(() => thread.Run(gone, region, deadline));
            region.Dispose();
            Assert.Throws<ObjectDisposedException>(() => thread.Run(kernel, region, deadline));
        });
        kernel.Dispose();
    }

    [Fact]
    public void SpansOfARegionAreChecked()
    {
        using var region = new Region(HandKernel.Bits);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Span(1UL << 32, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Span(ulong.MaxValue, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.Span(0, -1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => region.TryCommit(0, 4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.TryCommit(Out + 1, 4096));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.TryCommit(Out, 1UL << 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => region.TryCommit(ulong.MaxValue & ~4095UL, 8192));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Region(31));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Region(41));
    }

    [Fact]
    public void DecommittedPagesComeBackAsZeros()
    {
        using var region = new Region(HandKernel.Bits);
        const int bytes = 8 << 20;
        Assert.True(region.TryCommit(Out, bytes));
        region.Span(Out, bytes).Fill(0xAB);
        region.Decommit(Out, bytes);
        Assert.True(region.TryCommit(Out, bytes));
        Assert.False(region.Span(Out, bytes).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void TheLargestRegionCanBeReserved()
    {
        using var region = new Region(KernelAbi.MaxRegionBits);
        Assert.Equal(1UL << 40, region.Bytes);
        Assert.True(region.TryCommit(region.Bytes - 4096, 4096));
        region.Span(region.Bytes - 1, 1)[0] = 1;
        unsafe
        {
            Assert.Equal(0UL, (ulong)region.Base % RegionLayout.Alignment);
        }
    }
}
