#if SHADERJIT_COST
using System.Diagnostics;
using ShaderJit.Kernels;
using ShaderJit.Vulkan;
using CompilerCost = ShaderJit.Compiler.SandboxCost;
using HeapCost = ShaderJit.Sandbox.SandboxCost;

namespace ShaderJit.Bench;

/// <summary>
/// What robust access, confinement and verification cost: each kernel with and without them, in turns, on the same buffers of
/// one device of this process.
/// </summary>
internal static unsafe class SandboxCosts
{
    private sealed record Build(string Name, bool Bounds, bool Confinement, bool Verification);

    private static readonly Build[] Builds =
    [
        new("as shipped", true, true, true),
        new("no bounds", false, true, true),
        new("no confinement", true, false, false),
        new("neither", false, false, false),
    ];

    private const int TurnsPerRound = 4;

    /// <summary>Prints Markdown. 1 if a result is wrong.</summary>
    /// <param name="rounds">Turns; 0 only checks each build's results.</param>
    /// <param name="budget">Milliseconds of one build in a round, which it has in several turns.</param>
    public static int Measure(List<string> names, bool optimized, int rounds, double budget)
    {
        using var device = new VulkanDevice(Driver.CreateVk());
        Console.WriteLine($"{device.Name}. Run times, ms, and the time as shipped by the time without:\n");
        Console.WriteLine("| kernel | as shipped | bounds | confinement | both | compile, ms | verification |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        var ratios = new List<double>[Builds.Length];
        for (int i = 0; i < ratios.Length; i++)
            ratios[i] = [];
        var verifications = new List<double>();
        int wrong = 0;
        foreach (string name in names)
        {
            using var run = new CaseRun(device, KernelCases.Make(name), optimized);
            foreach (var build in Builds)
            {
                Choose(build);
                run.Recreate();
                run.Run();
                if (run.Check() is { IsRight: false, Note: var note })
                {
                    Console.Error.WriteLine($"{name}, {build.Name}: WRONG {note}");
                    wrong++;
                }
            }

            // A ratio is that of turns one right behind the other, and each build comes first as often as the others: what else the
            // machine does, and what its caches hold, changes from one second to the next.
            var least = new double[Builds.Length];
            var shares = new List<double>[Builds.Length];
            for (int i = 0; i < shares.Length; i++)
                shares[i] = [];
            var shipped = new List<double>();
            List<double> compiles = [], unverified = [];
            for (int turn = 0; turn < rounds * TurnsPerRound; turn++)
            {
                for (int i = 0; i < Builds.Length; i++)
                {
                    int build = (turn + i) % Builds.Length;
                    Choose(Builds[build]);
                    run.Recreate();
                    least[build] = Turn(run, budget / TurnsPerRound);
                }

                shipped.Add(least[0]);
                for (int i = 0; i < Builds.Length; i++)
                    shares[i].Add(least[0] / least[i]);
                bool isFirst = turn % 2 == 0;
                Choose(Builds[0] with { Verification = isFirst });
                run.Recreate();
                (isFirst ? compiles : unverified).Add(run.CompileTime.TotalMilliseconds);
                Choose(Builds[0] with { Verification = !isFirst });
                run.Recreate();
                (isFirst ? unverified : compiles).Add(run.CompileTime.TotalMilliseconds);
            }

            if (rounds == 0)
                continue;
            for (int i = 0; i < Builds.Length; i++)
                ratios[i].Add(Statistics.Median(shares[i]));

            double with = Statistics.Median(compiles), without = Statistics.Median(unverified);
            verifications.Add(with / without);
            Console.WriteLine($"| {name} | {Statistics.Median(shipped):0.000} | {ratios[1][^1]:0.000} | {ratios[2][^1]:0.000} "
                + $"| {ratios[3][^1]:0.000} | {with:0.00} | {with / without:0.000} |");
        }

        if (verifications.Count > 0)
        {
            Console.WriteLine($"| geometric mean | | {Statistics.GeometricMean(ratios[1]):0.000} | {Statistics.GeometricMean(ratios[2]):0.000} "
                + $"| {Statistics.GeometricMean(ratios[3]):0.000} | | {Statistics.GeometricMean(verifications):0.000} |");
        }

        return wrong == 0 ? 0 : 1;
    }

    private static void Choose(Build build)
    {
        CompilerCost.WithoutBounds = !build.Bounds;
        CompilerCost.WithoutConfinement = !build.Confinement;
        HeapCost.WithoutVerification = !build.Verification;
    }

    /// <summary>The least of several runs: what disturbs only adds.</summary>
    private static double Turn(CaseRun run, double budget)
    {
        run.Run();
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        do
        {
            best = Math.Min(best, run.Run().TotalMilliseconds);
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < budget);
        return best;
    }
}
#endif
