using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using ShaderJit.Fuzz.Peer;
using ShaderJit.Fuzz.Reconvergence;

namespace ShaderJit.Fuzz;

/// <summary>Many modules on several processes; one that dies costs its own module and no other.</summary>
/// <param name="kind">random, mutant or reconvergence.</param>
/// <param name="data">Modules to change.</param>
/// <param name="icd">Another driver's manifest, or null.</param>
internal sealed class Campaign(string kind, string[] data, string? icd)
{
    public const string Reconvergence = "reconvergence";
    private const int ModulesPerProcess = 500;

    /// <summary>The exit code after SIGTERM.</summary>
    private const int Terminated = 128 + 15;
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(3);

    /// <summary>What a child says: a module's number before it is tried, findings, and its counts at the end.</summary>
    internal sealed record Line(int Seed, Finding? Finding, int Finished, PeerCounts? Peer = null);

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(int first, int count, string? shard, int jobs, string? folder)
    {
        var clock = Stopwatch.StartNew();
        var (start, end) = Part(first, count, shard);
        var findings = new List<(int Seed, Finding Finding)>();
        int finished = 0, next = start;
        var peers = PeerCounts.None;
        var gate = new Lock();
        var lanes = new Task[Math.Max(1, jobs)];
        for (int i = 0; i < lanes.Length; i++)
            lanes[i] = Task.Run(LaneAsync);
        await Task.WhenAll(lanes).ConfigureAwait(false);
        findings.Sort((a, b) => a.Seed.CompareTo(b.Seed));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{end - start} modules in {clock.Elapsed.TotalSeconds:0} s, {finished} runs ended by themselves, {findings.Count} findings"));
        if (icd is not null)
            Console.WriteLine(peers);
        return findings.Count == 0 ? 0 : 1;

        async Task LaneAsync()
        {
            while (true)
            {
                int from, to;
                lock (gate)
                {
                    from = next;
                    to = next = Math.Min(end, from + ModulesPerProcess);
                }

                if (from >= to)
                    return;
                while (from < to)
                {
                    var (last, crash) = await ChildAsync(from, to, Report).ConfigureAwait(false);
                    int at = last.Seed;
                    lock (gate)
                    {
                        finished += Math.Max(0, last.Finished);
                        peers += last.Peer ?? PeerCounts.None;
                    }

                    if (crash is not null)
                        Report(at, crash);
                    from = at + 1;
                }
            }
        }

        void Report(int seed, Finding finding)
        {
            lock (gate)
            {
                findings.Add((seed, finding));
                string where = "";
                if (folder is not null && ModuleOf(seed) is { } module)
                {
                    Directory.CreateDirectory(folder);
                    where = Save(folder, $"{kind}-{seed}", module, finding);
                }

                Console.WriteLine($"{kind} {seed}: {finding} {where}");
            }
        }
    }

    /// <summary>Runs modules in this process.</summary>
    public int Child(int first, int last)
    {
        int finished = 0;
        using var peer = icd is null ? null : new PeerCheck(icd);
        uint[][] originals = kind == "mutant" ? Originals() : [];
        for (int seed = first; seed < last; seed++)
        {
            Say(new Line(seed, null, -1));
            Finding? finding;
            if (kind == "mutant")
            {
                finding = MutantCheck.Check(Mutant(originals, seed), seed, seed % 2 == 0 ? 8 : 16, out bool ran);
                finished += ran ? 1 : 0;
            }
            else
            {
                finding = Made(seed, ref finished, peer);
            }

            if (finding is not null)
                Say(new Line(seed, finding, -1));
        }

        Say(new Line(last, null, finished, peer?.Counts));
        return 0;

        static void Say(Line line)
        {
            Console.Out.Write(JsonSerializer.Serialize(line) + "\n");
            Console.Out.Flush();
        }
    }

    private Finding? Made(int seed, ref int finished, PeerCheck? peer)
    {
        try
        {
            return kind == Reconvergence ? ReconvergenceCheck.Check(seed, ref finished) : FuzzModule.Random(seed).Check(ref finished, peer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new Finding(FindingKind.Throws, 0, $"the generator: {e}");
        }
    }

    private FuzzModule? ModuleOf(int seed)
    {
        try
        {
            return kind switch
            {
                "mutant" => new FuzzModule(Mutant(Originals(), seed), seed, false),
                Reconvergence => ReconvergenceCheck.Module(seed),
                _ => FuzzModule.Random(seed),
            };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Console.Error.WriteLine(e.Message);
            return null;
        }
    }

    /// <summary>As assembly, or as words where it is too broken for that.</summary>
    private static string Save(string folder, string name, FuzzModule module, Finding finding)
    {
        string path = Path.Combine(folder, name + ".spvasm");
        try
        {
            File.WriteAllText(path, module.Text(finding));
        }
        catch (Exception e) when (e is ModuleException or InvalidOperationException)
        {
            path = Path.ChangeExtension(path, ".spv");
            File.WriteAllBytes(path, MemoryMarshal.AsBytes(module.Words.AsSpan()).ToArray());
        }

        return path;
    }

    private static uint[] Mutant(uint[][] originals, int seed)
    {
        var random = new Random(seed);
        return WordMutator.Mutate(originals[random.Next(originals.Length)], random);
    }

    private uint[][] Originals() =>
        [.. Commands.Files(data, ".spv").ConvertAll(f => MemoryMarshal.Cast<byte, uint>(File.ReadAllBytes(f)).ToArray())];

    /// <summary>A child process over a range. Where it dies or falls silent, the module it was at and the reason.</summary>
    private async Task<(Line Last, Finding? Crash)> ChildAsync(int from, int to, Action<int, Finding> report)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(typeof(Campaign).Assembly.Location);
        foreach (string argument in (string[])["child", kind, from.ToString(CultureInfo.InvariantCulture), to.ToString(CultureInfo.InvariantCulture), .. data])
            start.ArgumentList.Add(argument);
        if (icd is not null)
        {
            start.ArgumentList.Add("--icd");
            start.ArgumentList.Add(icd);
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        int at = from;
        while (true)
        {
            using var limit = new CancellationTokenSource(Silence);
            string? text;
            try
            {
                text = await process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(true);
                return (new Line(at, null, -1), new Finding(FindingKind.Crash, 0, string.Create(CultureInfo.InvariantCulture, $"nothing for {Silence.TotalSeconds:0} s")));
            }

            if (text is null)
                break;
            var line = JsonSerializer.Deserialize<Line>(text)!;
            at = line.Seed;
            if (line.Finished >= 0)
                return (line, null);
            if (line.Finding is not null)
                report(line.Seed, line.Finding);
        }

        await process.WaitForExitAsync().ConfigureAwait(false);
        string said = (await errors.ConfigureAwait(false)).Trim();
        // Somebody else has ended it: the module is tried again.
        if (process.ExitCode == Terminated)
            return (new Line(at - 1, null, -1), null);
        return (new Line(at, null, -1), new Finding(FindingKind.Crash, 0, $"the process ended with code {process.ExitCode}: {said}"));
    }

    /// <summary>The seeds of a shard.</summary>
    private static (int Start, int End) Part(int first, int count, string? shard)
    {
        if (shard is null)
            return (first, first + count);
        string[] parts = shard.Split('/');
        int index = int.Parse(parts[0], CultureInfo.InvariantCulture), all = int.Parse(parts[1], CultureInfo.InvariantCulture);
        if (index < 1 || index > all)
            throw new ArgumentException($"--shard {shard}: expected i/n with i from 1 to n", nameof(shard));
        return (first + (int)((long)count * (index - 1) / all), first + (int)((long)count * index / all));
    }
}
