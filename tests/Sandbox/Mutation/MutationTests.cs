using System.Globalization;
using System.Text.RegularExpressions;
using ShaderJit.Abi;
using ShaderJit.Sandbox.Tests.Children;
using Xunit.Abstractions;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>
/// Kernels are changed at random, a hundred thousand times (SHADERJIT_SOAK=1: a million), and whatever the verifier
/// still accepts runs in a child process whose memory outside the region is watched.
/// </summary>
[Collection(Alone.Name)]
public partial class MutationTests(ITestOutputHelper output)
{
    private static readonly bool Soak = Environment.GetEnvironmentVariable("SHADERJIT_SOAK") == "1";

    [GeneratedRegex(@"accepted (\d+) finished (\d+) trapped (\d+) preempted (\d+) left (\d+)")]
    private static partial Regex Summary();

    /// <summary>The watch itself: a store below the frame, that no verifier would let through, is seen.</summary>
    [Fact]
    public void AStoreOutsideTheRegionIsSeen()
    {
        using var region = new Region(HandKernel.Bits);
        using KernelCode stray = HandKernel.Forge((a, _) => a.mov(__dword_ptr[rsp - 20 * 1024], ecx));
        Worker.Run(thread =>
        {
            using var deadline = new Deadline(Worker.Long);
            var canaries = new Canaries();
            canaries.FillAround(thread);
            Assert.Equal(0, canaries.FindChange());
            Assert.Equal(TrapCode.Finished, thread.Run(stray, region, deadline).Code);
            Assert.Equal(thread.FrameAddress - 20 * 1024, canaries.FindChange());
        });
    }

    [Fact]
    public async Task WhatTheVerifierAcceptsStaysInTheRegion()
    {
        const int children = 2;
        int perChild = (Soak ? 1_000_000 : 100_000) / children;
        // Another seed each day finds other mutants; the seed is in the report.
        int seed = Environment.GetEnvironmentVariable("SHADERJIT_MUTATION_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Soak ? (int)(DateTime.UtcNow - DateTime.UnixEpoch).TotalDays : 1;
        string folder = Directory.CreateTempSubdirectory("mutation").FullName;
        try
        {
            Task<(string, ChildResult)>[] running = [.. Enumerable.Range(0, children).Select(child => Task.Run(() =>
            {
                string journal = Path.Combine(folder, $"journal{child}");
                string number = (seed * children + child).ToString(CultureInfo.InvariantCulture);
                ChildResult result = ChildProcess.Run(TimeSpan.FromMinutes(Soak ? 60 : 8), "mutate", number,
                    perChild.ToString(CultureInfo.InvariantCulture), journal);
                int last = File.Exists(journal) && File.ReadAllBytes(journal) is { Length: 4 } bytes
                    ? BitConverter.ToInt32(bytes) : -1;
                return ($"seed {number}, last mutation {last}", result);
            }))];
            int accepted = 0, finished = 0;
            foreach ((string where, ChildResult result) in await Task.WhenAll(running))
            {
                output.WriteLine($"{where}: {result.Output}");
                Assert.True(result.ExitCode == 0, $"{where}: ended with {result.ExitCode}: {result.Output}{result.Errors}");
                Match counts = Summary().Match(result.Output);
                accepted += int.Parse(counts.Groups[1].Value, CultureInfo.InvariantCulture);
                finished += int.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture);
            }

            // Without mutants that run there would be nothing to see.
            Assert.True(accepted > perChild / 10, $"{accepted} accepted");
            Assert.True(finished > perChild / 50, $"{finished} finished");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
