using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ShaderJit.Conformance.Reports;
using ShaderJit.Conformance.Running;
using ShaderJit.Conformance.Shaders;
using Spectre.Console;

namespace ShaderJit.Conformance;

/// <summary>The command line.</summary>
internal static class Commands
{
    private const string InProcess = "in process";

    public static RootCommand Root() => new(
        "Runs AmberScript and vkscript files with compute shaders on a Vulkan driver.\n\n"
        + "  conformance run DATA                         on the ShaderJit driver, in this process' children\n"
        + "  conformance run DATA --icd lvp_icd.json      on any driver, through the Vulkan loader\n"
        + "  conformance run DATA --shard 1/4 -o 1.json   a quarter of the cases; join with: merge 1.json 2.json ...\n"
        + "  conformance compare before.json after.json   what changed")
    {
        RunCommand(), MergeCommand(), CompareCommand(), ReportCommand(), DocumentCommand(), WorkerCommand(),
    };

    private static Command RunCommand()
    {
        var roots = new Argument<string[]>("DATA") { Description = "scripts (.amber, .vkscript), or folders with them", Arity = ArgumentArity.OneOrMore };
        var icd = new Option<string?>("--icd") { Description = "a driver's manifest (.json): run on it through the Vulkan loader", HelpName = "FILE" };
        var device = new Option<string?>("--device") { Description = "part of the device's name; the first device without it", HelpName = "NAME" };
        var lanes = new Option<int?>("--lanes") { Description = "lanes that ShaderJit uses: 8 or 16", HelpName = "N" };
        var filter = new Option<string[]>("--filter", "-f") { Description = "only cases with this in their names; * and ? are wildcards", HelpName = "TEXT" };
        var exclude = new Option<string[]>("--exclude") { Description = "no cases with this in their names", HelpName = "TEXT" };
        var jobs = new Option<int>("--jobs", "-j") { Description = "processes at a time", DefaultValueFactory = _ => Environment.ProcessorCount, HelpName = "N" };
        var limit = new Option<double>("--limit") { Description = "seconds that one case may take", DefaultValueFactory = _ => 60, HelpName = "SECONDS" };
        var isolate = new Option<bool>("--isolate") { Description = "a fresh process for each case" };
        var shard = new Option<string?>("--shard") { Description = "the i-th of n parts of the cases, from 1/n to n/n", HelpName = "i/n" };
        var output = new Option<string?>("--output", "-o") { Description = "write the results here (JSON)", HelpName = "FILE" };
        var junit = new Option<string?>("--junit") { Description = "write a JUnit report here", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "write a report of one page here", HelpName = "FILE" };
        var baseline = new Option<string?>("--baseline") { Description = "results to compare with: fails only where a case passed in them and does no longer", HelpName = "FILE" };
        var cache = new Option<string?>("--cache") { Description = "folder that keeps compiled shaders; 'none' keeps none", HelpName = "FOLDER" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "a line for each case" };
        var command = new Command("run", "Runs cases. The exit code is 0 when none failed, crashed or hung, 1 otherwise.")
        {
            roots, icd, device, lanes, filter, exclude, jobs, limit, isolate, shard, output, junit, html, baseline, cache, verbose,
        };
        command.SetAction(async (parse, _) =>
        {
            var cases = CaseList.Find(parse.GetValue(roots)!, parse.GetValue(filter) ?? [], parse.GetValue(exclude) ?? []);
            var shards = new List<string>();
            if (parse.GetValue(shard) is { } part)
            {
                if (!TryShard(part, out int index, out int count))
                    return Wrong($"--shard {part}: expected i/n with i from 1 to n");
                cases = CaseList.Shard(cases, index, count);
                shards.Add(part);
            }

            if (cases.Count == 0)
                return Wrong("no cases");
            var environment = new Dictionary<string, string>(StringComparer.Ordinal);
            var arguments = new List<string>();
            string? manifest = parse.GetValue(icd);
            if (manifest is not null)
            {
                if (!File.Exists(manifest))
                    return Wrong($"there is no file {manifest}");
                manifest = Path.GetFullPath(manifest);
                environment["VK_DRIVER_FILES"] = manifest;
                environment["VK_ICD_FILENAMES"] = manifest;
                arguments.Add("--loader");
            }

            if (parse.GetValue(lanes) is { } width)
                environment["SHADERJIT_LANES"] = width.ToString(CultureInfo.InvariantCulture);
            if (parse.GetValue(device) is { } name)
                arguments.AddRange(["--device", name]);
            arguments.AddRange(["--cache", parse.GetValue(cache) ?? DefaultCache()]);
            var pool = new WorkerPool(arguments, environment, Math.Max(1, parse.GetValue(jobs)), TimeSpan.FromSeconds(parse.GetValue(limit)),
                parse.GetValue(isolate) ? 1 : int.MaxValue);
            var run = await RunAsync(pool, cases, parse.GetValue(verbose)).ConfigureAwait(false);
            run = run with { Driver = manifest ?? InProcess, Shards = shards };
            if (parse.GetValue(output) is { } results)
                ResultFile.Write(results, run);
            return Report(run, parse.GetValue(junit), parse.GetValue(html), parse.GetValue(roots)!, parse.GetValue(baseline));
        });
        return command;
    }

    private static async Task<RunResult> RunAsync(WorkerPool pool, List<Case> cases, bool verbose)
    {
        var clock = Stopwatch.StartNew();
        CaseResult[] results = [];
        if (AnsiConsole.Profile.Capabilities.Interactive && !verbose)
        {
            await AnsiConsole.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new SpinnerColumn())
                .StartAsync(async context =>
                {
                    var task = context.AddTask("cases", maxValue: cases.Count);
                    int bad = 0;
                    results = await pool.RunAsync(cases, result =>
                    {
                        bad += result.Status is CaseStatus.Pass or CaseStatus.Unsupported ? 0 : 1;
                        task.Description = bad == 0 ? "cases" : $"cases ([red]{bad} bad[/])";
                        task.Increment(1);
                    }).ConfigureAwait(false);
                }).ConfigureAwait(false);
        }
        else
        {
            results = await pool.RunAsync(cases, result =>
            {
                if (verbose)
                    Console.WriteLine($"{result.Status,-11} {result.Case}  {result.Reason}");
            }).ConfigureAwait(false);
        }

        return new RunResult { Driver = "", Device = pool.Device, Cases = [.. results], Seconds = clock.Elapsed.TotalSeconds };
    }

    private static int Report(RunResult run, string? junit, string? html, string[] roots, string? baseline)
    {
        if (junit is not null)
            JUnitReport.Write(junit, run);
        if (html is not null)
            HtmlReport.Write(html, run, roots);
        PrintSummary(run);
        if (baseline is not null)
            return PrintChanges(Comparer.Compare(ResultFile.Read(baseline), run));
        return run.Count(CaseStatus.Fail) + run.Count(CaseStatus.Crash) + run.Count(CaseStatus.Timeout) == 0 ? 0 : 1;
    }

    private static void PrintSummary(RunResult run)
    {
        foreach (var result in run.Cases)
        {
            if (result.Status is not (CaseStatus.Pass or CaseStatus.Unsupported))
            {
                string log = result.Log is null ? "" : "\n" + result.Log.TrimEnd();
                Console.WriteLine($"{result.Status,-8} {result.Case}\n         {(result.Reason + log).Replace("\n", "\n         ", StringComparison.Ordinal)}");
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(run.Device.Length > 0 ? run.Device : run.Driver)}: {run.Cases.Count} cases in {run.Seconds:0.0} s"));
        Console.WriteLine($"{run.Count(CaseStatus.Pass)} pass, {run.Count(CaseStatus.Fail)} fail, {run.Count(CaseStatus.Unsupported)} unsupported, "
            + $"{run.Count(CaseStatus.Crash)} crash, {run.Count(CaseStatus.Timeout)} timeout");
    }

    private static int PrintChanges(List<Comparer.Change> changes)
    {
        int worse = 0;
        foreach (var change in changes)
        {
            worse += change.IsWorse ? 1 : 0;
            Console.WriteLine($"{(change.IsWorse ? "worse" : "     ")} {Name(change.Before),11} -> {Name(change.After),-11} {change.Case}  {change.Reason}");
        }

        Console.WriteLine($"{changes.Count} changed, {worse} of them passed before and do no longer");
        return worse == 0 ? 0 : 1;

        static string Name(CaseStatus? status) => status?.ToString() ?? "-";
    }

    private static Command MergeCommand()
    {
        var parts = new Argument<string[]>("FILES") { Description = "results of shards", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output", "-o") { Description = "write the joined results here (JSON)", HelpName = "FILE" };
        var junit = new Option<string?>("--junit") { Description = "write a JUnit report here", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "write a report of one page here", HelpName = "FILE" };
        var data = new Option<string[]>("--data") { Description = "where the scripts are, for the report", HelpName = "DATA" };
        var command = new Command("merge", "Joins the results of shards.") { parts, output, junit, html, data };
        command.SetAction(parse =>
        {
            var read = new List<RunResult>();
            foreach (string part in parse.GetValue(parts)!)
                read.Add(ResultFile.Read(part));
            var run = ResultFile.Merge(read);
            if (parse.GetValue(output) is { } results)
                ResultFile.Write(results, run);
            return Report(run, parse.GetValue(junit), parse.GetValue(html), parse.GetValue(data) ?? [], null);
        });
        return command;
    }

    private static Command CompareCommand()
    {
        var before = new Argument<string>("BEFORE");
        var after = new Argument<string>("AFTER");
        var command = new Command("compare", "Says what changed between two results. The exit code is 1 when a case passed before and does no longer.") { before, after };
        command.SetAction(parse => PrintChanges(Comparer.Compare(ResultFile.Read(parse.GetValue(before)!), ResultFile.Read(parse.GetValue(after)!))));
        return command;
    }

    private static Command ReportCommand()
    {
        var results = new Argument<string>("RESULTS");
        var junit = new Option<string?>("--junit") { Description = "write a JUnit report here", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "write a report of one page here", HelpName = "FILE" };
        var data = new Option<string[]>("--data") { Description = "where the scripts are, for the report", HelpName = "DATA" };
        var command = new Command("report", "Writes reports of results again.") { results, junit, html, data };
        command.SetAction(parse => Report(ResultFile.Read(parse.GetValue(results)!), parse.GetValue(junit), parse.GetValue(html), parse.GetValue(data) ?? [], null));
        return command;
    }

    private static Command DocumentCommand()
    {
        var results = new Argument<string[]>("RESULTS") { Description = "results to count, one file per driver or width", Arity = ArgumentArity.ZeroOrMore };
        var output = new Option<string>("--output", "-o") { Description = "the page", DefaultValueFactory = _ => "docs/conformance.md", HelpName = "FILE" };
        var command = new Command("document", "Writes docs/conformance.md: what is supported, what is refused, what passes.") { results, output };
        command.SetAction(parse =>
        {
            var runs = new List<RunResult>();
            foreach (string path in parse.GetValue(results) ?? [])
                runs.Add(ResultFile.Read(path));
            File.WriteAllText(parse.GetValue(output)!, ConformancePage.Text(runs));
            return 0;
        });
        return command;
    }

    private static Command WorkerCommand()
    {
        var loader = new Option<bool>("--loader");
        var device = new Option<string?>("--device");
        var cache = new Option<string?>("--cache");
        var command = new Command("worker", "Runs the cases that its parent names.") { loader, device, cache };
        command.Hidden = true;
        command.SetAction(parse => Worker.Run(new CaseRunner(parse.GetValue(loader), parse.GetValue(device),
            new ShaderCompiler(parse.GetValue(cache) is "none" ? null : parse.GetValue(cache)))));
        return command;
    }

    private static string DefaultCache() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
            ? data : Path.GetTempPath(), "shaderjit", "conformance");

    private static bool TryShard(string text, out int index, out int count)
    {
        index = count = 0;
        string[] parts = text.Split('/');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) && index >= 1 && index <= count;
    }

    private static int Wrong(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
