using System.Globalization;
using Iced.Intel;
using ShaderJit.Abi;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests;

/// <summary>
/// Faults by the hundred thousand, from four workers, while the garbage collector runs, exceptions fly, kernels come
/// and go, and threads are preempted: none is lost, none is wrong. With SHADERJIT_SOAK=1, ten million.
/// </summary>
[Collection(Alone.Name)]
public class StormTests
{
    private const int Workers = 4;
    private const ulong Out = KernelAbi.NullGuardBytes;

    private static readonly bool Soak = Environment.GetEnvironmentVariable("SHADERJIT_SOAK") == "1";

    [Fact]
    public void NoFaultIsLostAndNoPageIsEverWritableAndExecutable()
    {
        int perWorker = (Soak ? 10_000_000 : 1_000_000) / Workers;
        using var region = new Region(HandKernel.Bits);
        Assert.True(region.TryCommit(Out, 4096));
        var cases = new (KernelCode Kernel, TrapCode Code, int Signal, long Offset)[]
        {
            (Load(0x10), TrapCode.MemoryFault, Libc.Sigsegv, 0x10),
            (Store(0xFFFF_0008), TrapCode.MemoryFault, Libc.Sigsegv, 0xFFFF_0008),
            (HandKernel.Forge((a, _) => a.ud2()), TrapCode.MachineFault, Libc.Sigill, 0),
            (Load(0x8000_0001), TrapCode.MemoryFault, Libc.Sigsegv, 0x8000_0001),
            (HandKernel.Forge((a, _) => a.div(ecx)), TrapCode.MachineFault, Libc.Sigfpe, 0),
            (HandKernel.Forge((a, _) => a.int3()), TrapCode.MachineFault, Libc.Sigtrap, 0),
        };
        using KernelCode fine = HandKernel.Publish((a, _) => a.nop());
        using KernelCode spin = HandKernel.Publish((a, _) =>
        {
            Label loop = a.CreateLabel();
            a.Label(ref loop);
            a.inc(ecx);
            a.jmp(loop);
        });

        bool done = false;
        long faults = 0, exceptions = 0, scans = 0, published = 0, rejected = 0;
        var writableCode = new List<string>();
        Exception? failure = null;
        Thread Background(Action step)
        {
            var thread = new Thread(() =>
            {
                try
                {
                    while (!Volatile.Read(ref done)) step();
                }
                catch (Exception exception)
                {
                    Volatile.Write(ref failure, exception);
                }
            });
            thread.Start();
            return thread;
        }

        Thread[] background =
        [
            Background(() =>
            {
                object[] garbage = new object[64];
                for (int i = 0; i < 4096; i++) garbage[i & 63] = new byte[200 + (i & 1023)];
                GC.Collect(scans % 8 == 0 ? 2 : 0);
                GC.KeepAlive(garbage);
                Interlocked.Add(ref exceptions, HostFaults.Deliver());
                Thread.Sleep(1);
            }),
            Background(() =>
            {
                foreach (string line in File.ReadLines("/proc/self/maps"))
                {
                    string access = line.Substring(line.IndexOf(' ', StringComparison.Ordinal) + 1, 4);
                    if (access.Contains('w', StringComparison.Ordinal) && access.Contains('x', StringComparison.Ordinal))
                        lock (writableCode) writableCode.Add(line);
                }

                Interlocked.Increment(ref scans);
                Thread.Sleep(1);
            }),
            Background(() =>
            {
                using (HandKernel.Publish(HandKernel.FromCode(new byte[published % 9000 + 1].AsSpan().Nops())))
                    published++;
                // hlt
                if (CodeHeap.Process.Publish(HandKernel.FromCode([0xF4]), HandKernel.Policy).Kernel == null) rejected++;
            }),
        ];

        Action[] joins = new Action[Workers];
        for (int w = 0; w < Workers; w++)
        {
            int seed = w;
            joins[w] = Worker.Start(thread =>
            {
                using var deadline = new Deadline(TimeSpan.FromMinutes(10));
                for (int i = 0; i < perWorker; i++)
                {
                    (KernelCode kernel, TrapCode code, int signal, long offset) = cases[(i + seed) % cases.Length];
                    KernelExit exit = thread.Run(kernel, region, deadline);
                    if ((exit.Code, exit.Signal, exit.RegionOffset) != (code, signal, offset))
                        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"fault {i}: {exit}"));
                    if (i % 16 == 0) Assert.Equal(TrapCode.Finished, thread.Run(fine, region, deadline).Code);
                    if (i % 512 == 0) Interlocked.Add(ref exceptions, HostFaults.Deliver());
                    if (i % 5000 == 0)
                    {
                        using var brief = new Deadline(TimeSpan.FromMilliseconds(1));
                        Assert.Equal(TrapCode.Preempted, thread.Run(spin, region, brief).Code);
                    }
                }

                Interlocked.Add(ref faults, perWorker);
            });
        }

        try
        {
            foreach (Action join in joins) join();
        }
        finally
        {
            Volatile.Write(ref done, true);
            foreach (Thread thread in background) thread.Join();
            foreach (var one in cases) one.Kernel.Dispose();
        }

        Assert.Null(failure);
        Assert.Equal((long)perWorker * Workers, faults);
        Assert.Empty(writableCode);
        Assert.True(exceptions > perWorker / 512 * Workers, $"{exceptions} exceptions");
        Assert.True(scans > 10, $"{scans} scans");
        Assert.True(published > 10, $"{published} kernels");
        Assert.Equal(published, rejected);
    }

    private static KernelCode Load(long offset) => HandKernel.Publish((a, _) =>
    {
        a.mov(ecx, unchecked((int)offset));
        a.mov(edx, __dword_ptr[r15 + rcx]);
    });

    private static KernelCode Store(long offset) => HandKernel.Publish((a, _) =>
    {
        a.mov(ecx, unchecked((int)offset));
        a.mov(__qword_ptr[r15 + rcx], rdx);
    });
}

/// <summary>Filling code.</summary>
internal static class Filling
{
    public static ReadOnlySpan<byte> Nops(this Span<byte> bytes)
    {
        bytes.Fill(0x90);
        return bytes;
    }
}
