using System.Globalization;
using ShaderJit.Kernels;
using ShaderJit.Sandbox;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>
/// W^X of the whole driver: while devices come and go and pipelines are made, run and destroyed on several threads, no
/// page of the process is writable and executable.
/// </summary>
public sealed class MemoryMapTests : VulkanTest
{
    private const int Workers = 3, Rounds = 2;

    [Fact]
    public void No_page_is_ever_writable_and_executable()
    {
        bool done = false;
        int scans = 0;
        var findings = new HashSet<string>(StringComparer.Ordinal);
        Exception? failure = null;
        var scanner = new Thread(() =>
        {
            while (!Volatile.Read(ref done))
            {
                foreach (string line in File.ReadLines("/proc/self/maps"))
                {
                    string access = Access(line);
                    if (access.Contains('w', StringComparison.Ordinal) && access.Contains('x', StringComparison.Ordinal))
                        findings.Add(line);
                }

                Interlocked.Increment(ref scans);
                Thread.Sleep(1);
            }
        });
        scanner.Start();
        var workers = new Thread[Workers];
        for (int i = 0; i < Workers; i++)
        {
            int lanes = i % 2 == 1 && CpuFeatures.Current.Has(CpuFeature.Lanes16) ? 16 : 8;
            workers[i] = new Thread(() =>
            {
                try
                {
                    for (int round = 0; round < Rounds; round++)
                        Work(lanes);
                }
                catch (Exception e)
                {
                    Volatile.Write(ref failure, e);
                }
            });
            workers[i].Start();
        }

        foreach (var worker in workers)
            worker.Join();
        Volatile.Write(ref done, true);
        scanner.Join();
        Assert.Null(failure);
        Assert.Empty(findings);
        Assert.True(scans > 10, string.Create(CultureInfo.InvariantCulture, $"{scans} scans"));
    }

    /// <summary>A device; kernels made on it, run, and destroyed.</summary>
    private static void Work(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        foreach (string name in (string[])["saxpy", "histogram", "life", "reduction"])
        {
            using var run = new CaseRun(device.Vulkan, KernelCases.Make(name), optimized: lanes == 8);
            run.Run();
            var result = run.Check();
            Assert.True(result.IsRight, result.Note);
        }
    }

    /// <summary>"rwxp" of a line.</summary>
    private static string Access(string line) => line.Substring(line.IndexOf(' ', StringComparison.Ordinal) + 1, 4);
}
