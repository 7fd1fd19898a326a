using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace ShaderJit.Bench;

/// <summary>What was measured of one kernel on one driver; medians of rounds, in milliseconds.</summary>
/// <param name="Status"><c>right</c>, <c>WRONG</c> or <c>failed</c>; only what is right is timed.</param>
/// <param name="Run">From submission to fence.</param>
/// <param name="Compile">Creation of the pipelines, layouts and modules.</param>
/// <param name="Ready">The same, and what the first run takes longer than the others.</param>
internal sealed record KernelFigures(string Status, double Run, double Compile, double Ready);

/// <summary>All figures of one driver.</summary>
internal sealed class DriverFigures(string name)
{
    public string Name { get; } = name;

    public string Device { get; set; } = "";

    public Dictionary<string, KernelFigures> Kernels { get; } = [];

    public LatencyFigures? Latency { get; set; }

    /// <summary>Process start to first correct result, milliseconds.</summary>
    public double? ColdStart { get; set; }

    /// <summary>Peak resident memory of that process, MiB.</summary>
    public double? ColdPeak { get; set; }
}

/// <summary>How much to measure.</summary>
/// <param name="Rounds">Turns that each driver gets per kernel.</param>
/// <param name="Budget">Milliseconds of one turn.</param>
internal sealed record Effort(int Rounds, double Budget);

/// <summary>Drivers take turns at each kernel: A B C A B C.</summary>
internal static class Rounds
{
    /// <summary>Milliseconds of a run from which on the first runs are measured less often.</summary>
    private const double SlowRun = 200;

    private const int ReadyRounds = 5, SlowReadyRounds = 2, LatencyRounds = 20, ColdProcesses = 9;

    /// <param name="limit">Path of the hand-written kernels' program, or null. It joins as a driver of the name
    /// <c>hand-written</c>.</param>
    /// <param name="cold">Path of the program that cold.c makes, or null.</param>
    /// <param name="shader">Path of saxpy.spv, for the cold start.</param>
    public static List<DriverFigures> Measure(List<Contestant> contestants, List<string> kernels, bool optimized, Effort effort,
        string? limit, string? cold, string shader)
    {
        var processes = new List<ContestantProcess>();
        var figures = new List<DriverFigures>();
        foreach (var contestant in contestants)
        {
            processes.Add(new ContestantProcess(contestant, optimized));
            figures.Add(new DriverFigures(contestant.Name));
        }

        var hand = limit is null ? null : new DriverFigures("hand-written") { Device = "this processor" };
        foreach (string kernel in kernels)
        {
            Console.Error.WriteLine(kernel);
            MeasureKernel(kernel, processes, figures, effort, limit, hand);
        }

        for (int i = 0; i < processes.Count; i++)
        {
            Console.Error.WriteLine($"latency of {processes[i].Contestant.Name}");
            figures[i].Latency = MeasureLatency(processes[i]);
            figures[i].Device = processes[i].Device;
            processes[i].Dispose();
        }

        for (int i = 0; cold is not null && i < contestants.Count; i++)
            MeasureColdStart(contestants[i], figures[i], cold, shader);
        if (hand is not null)
            figures.Add(hand);
        return figures;
    }

    private static void MeasureKernel(string kernel, List<ContestantProcess> processes, List<DriverFigures> figures,
        Effort effort, string? limit, DriverFigures? hand)
    {
        string[] status = new string[processes.Count];
        var runs = new List<double>[processes.Count];
        List<double>[] compiles = new List<double>[processes.Count], firsts = new List<double>[processes.Count];
        for (int i = 0; i < processes.Count; i++)
        {
            (runs[i], compiles[i], firsts[i]) = ([], [], []);
            status[i] = processes[i].Ask($"open {kernel}") is not { } opened ? "failed"
                : opened.GetProperty("right").GetBoolean() ? "right" : "WRONG";
            if (status[i] == "WRONG")
                Console.Error.WriteLine($"  WRONG on {processes[i].Contestant.Name}");
        }

        var handRuns = new List<double>();
        for (int round = 0; round < Math.Max(effort.Rounds, ReadyRounds); round++)
        {
            for (int i = 0; i < processes.Count; i++)
            {
                if (status[i] == "right" && round < effort.Rounds)
                {
                    if (processes[i].Ask(string.Create(CultureInfo.InvariantCulture, $"run {effort.Budget}")) is { } run)
                        runs[i].Add(run.GetProperty("ms").GetDouble());
                    else
                        status[i] = "failed";
                }

                int readyRounds = Statistics.Median(runs[i]) > SlowRun ? SlowReadyRounds : ReadyRounds;
                if (status[i] == "right" && round < readyRounds && processes[i].Ask("ready") is { } ready)
                {
                    compiles[i].Add(ready.GetProperty("compile").GetDouble());
                    firsts[i].Add(ready.GetProperty("first").GetDouble());
                }
            }

            if (limit is not null && round < effort.Rounds && RunLimit(limit, kernel, effort.Budget) is { } ms)
                handRuns.Add(ms);
        }

        for (int i = 0; i < processes.Count; i++)
        {
            processes[i].Ask("close");
            double run = Statistics.Median(runs[i]), compile = Statistics.Median(compiles[i]);
            double ready = compile + Math.Max(0, Statistics.Median(firsts[i]) - run);
            figures[i].Kernels[kernel] = new KernelFigures(status[i], run, compile, ready);
        }

        if (handRuns.Count > 0)
            hand!.Kernels[kernel] = new KernelFigures("right", Statistics.Median(handRuns), 0, 0);
    }

    private static LatencyFigures? MeasureLatency(ContestantProcess process) =>
        process.Ask($"latency {LatencyRounds}") is { } answer ? answer.GetProperty("latency").Deserialize<LatencyFigures>() : null;

    private static void MeasureColdStart(Contestant contestant, DriverFigures figures, string cold, string shader)
    {
        if (contestant.Manifest is null)
            return;
        var info = new ProcessStartInfo(cold, [ColdProcesses.ToString(CultureInfo.InvariantCulture), shader]) { RedirectStandardOutput = true };
        contestant.Prepare(info.Environment);
        if (ReadJson(info) is { } answer)
        {
            figures.ColdStart = answer.GetProperty("ms").GetDouble();
            figures.ColdPeak = answer.GetProperty("peakMb").GetDouble();
        }
    }

    /// <summary>One turn of the hand-written kernels; null where there is no right result.</summary>
    private static double? RunLimit(string limit, string kernel, double budget)
    {
        var info = new ProcessStartInfo(limit, ["--kernel", kernel, "--budget", budget.ToString(CultureInfo.InvariantCulture), "--reps", "100"])
        {
            RedirectStandardOutput = true,
        };
        return ReadJson(info) is { } answer && answer.GetProperty("status").GetString() == "ok" ? answer.GetProperty("ms").GetDouble() : null;
    }

    private static JsonElement? ReadJson(ProcessStartInfo info)
    {
        using var process = Process.Start(info)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && text.Length > 0 ? JsonDocument.Parse(text).RootElement : null;
    }
}
