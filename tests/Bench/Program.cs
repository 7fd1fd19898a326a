using System.CommandLine;
using System.Globalization;
using ShaderJit.Bench;
using ShaderJit.Kernels;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var kernels = new Option<string[]>("--kernel") { Description = "Only these kernels.", AllowMultipleArgumentsPerToken = true };
var workloads = new Option<bool>("--workloads") { Description = "The second set of kernels instead of the public ones." };
var optimized = new Option<bool>("--optimized") { Description = "The shaders that glslc -O made." };
var rounds = new Option<int>("--rounds") { Description = "Timed rounds.", DefaultValueFactory = _ => 5 };
var driver = new Option<string>("--driver")
{
    Description = "shaderjit (in process) or loader (libvulkan.so.1; VK_DRIVER_FILES says which drivers).",
    DefaultValueFactory = _ => "shaderjit",
};
var devices = new Option<string[]>("--device")
{
    Description = "With the loader: parts of the devices' names, run in turns.", AllowMultipleArgumentsPerToken = true,
};

var check = new Command("check", "Runs each kernel once and compares it with its reference.") { kernels, workloads, optimized, driver, devices };
check.SetAction(parsed => Comparison.Check(Names(parsed.GetValue(kernels), parsed.GetValue(workloads)), parsed.GetValue(driver)!,
    parsed.GetValue(devices) ?? [], parsed.GetValue(optimized)));

var time = new Command("time", "Times each kernel on each device, in interleaved rounds, in this process.") { kernels, workloads, optimized, rounds, driver, devices };
time.SetAction(parsed => Comparison.Time(Names(parsed.GetValue(kernels), parsed.GetValue(workloads)), parsed.GetValue(driver)!,
    parsed.GetValue(devices) ?? [], parsed.GetValue(optimized), parsed.GetValue(rounds)));

var icd = new Option<string>("--icd") { Description = "Our driver's manifest.", DefaultValueFactory = _ => "out/icd/shaderjit_icd.json" };
var peers = new Option<string[]>("--peer") { Description = "Other drivers: NAME=MANIFEST.", AllowMultipleArgumentsPerToken = true };
var variants = new Option<bool>("--variants") { Description = "Also our driver with 8 lanes (AVX2), with one thread, and in process." };
var budget = new Option<double>("--budget") { Description = "Milliseconds of one turn.", DefaultValueFactory = _ => 60 };
var limit = new Option<string?>("--limit") { Description = "The program with the hand-written kernels: prints a line of JSON for --kernel NAME." };
var cold = new Option<string?>("--cold") { Description = "The program that cold.c makes, to measure the start of a process." };
var shader = new Option<string>("--shader") { Description = "saxpy.spv, for the cold start.", DefaultValueFactory = _ => "tests/Filetests/kernels/saxpy.spv" };
var json = new Option<string?>("--json") { Description = "Writes all figures here." };
var svg = new Option<string?>("--svg") { Description = "Writes the chart here." };
var run = new Command("run", "Measures drivers against one another: run and compile time, latency, cold start. Prints Markdown.")
{
    kernels, workloads, optimized, rounds, icd, peers, variants, budget, limit, cold, shader, json, svg,
};
run.SetAction(parsed =>
{
    var contestants = new List<Contestant> { new("shaderjit", parsed.GetValue(icd)!) };
    foreach (string peer in parsed.GetValue(peers) ?? [])
    {
        int equals = peer.IndexOf('=', StringComparison.Ordinal);
        contestants.Add(new Contestant(peer[..equals], peer[(equals + 1)..]));
    }

    if (parsed.GetValue(variants))
    {
        contestants.Add(new Contestant("8 lanes", parsed.GetValue(icd)!, ("SHADERJIT_LANES", "8")));
        contestants.Add(new Contestant("1 thread", parsed.GetValue(icd)!, ("SHADERJIT_THREADS", "1")));
        contestants.Add(new Contestant("in process", null));
    }

    var figures = Rounds.Measure(contestants, Names(parsed.GetValue(kernels), parsed.GetValue(workloads)), parsed.GetValue(optimized),
        new Effort(parsed.GetValue(rounds), parsed.GetValue(budget)), parsed.GetValue(limit), parsed.GetValue(cold), parsed.GetValue(shader)!);
    Console.WriteLine(Report.Markdown(figures));
    if (parsed.GetValue(json) is { } jsonFile)
        File.WriteAllText(jsonFile, Report.Json(figures));
    if (parsed.GetValue(svg) is { } svgFile)
        File.WriteAllText(svgFile, Draw(figures));
    bool isRight = figures[0].Kernels.Values.All(kernel => kernel.Status == "right");
    return isRight ? 0 : 1;
});

var source = new Argument<string>("figures") { Description = "What run --json wrote." };
var show = new Command("show", "Prints figures that were measured before, and draws the chart.") { source, svg };
show.SetAction(parsed =>
{
    var figures = Report.Read(File.ReadAllText(parsed.GetValue(source)!));
    Console.WriteLine(Report.Markdown(figures));
    if (parsed.GetValue(svg) is { } svgFile)
        File.WriteAllText(svgFile, Draw(figures));
});

var serve = new Command("serve", "What run starts, once per driver: takes orders from its input.") { driver, optimized };
serve.Hidden = true;
serve.SetAction(parsed => Child.Serve(parsed.GetValue(driver)!, parsed.GetValue(optimized)));

var phases = new Command("phases", "Times the compiler's phases with BenchmarkDotNet, just-in-time compiled.");
phases.SetAction(_ => PhaseBenchmark.RunAll());

var root = new RootCommand("The kernels of tests/Kernels on any Vulkan driver.") { check, time, run, show, phases, serve };
#if SHADERJIT_COST
var cost = new Command("cost", "What robust access, confinement and verification cost; 0 rounds only check the results.")
{
    kernels, optimized, rounds, budget,
};
cost.SetAction(parsed => SandboxCosts.Measure(Names(parsed.GetValue(kernels)), parsed.GetValue(optimized), parsed.GetValue(rounds),
    parsed.GetValue(budget)));
root.Add(cost);
#endif
return root.Parse(args).Invoke();

static List<string> Names(string[]? chosen, bool workloads = false) =>
    chosen is { Length: > 0 } ? [.. chosen] : workloads ? [.. KernelCases.WorkloadNames] : [.. KernelCases.Names];

static string Draw(List<DriverFigures> figures) =>
    Chart.Draw(figures, [.. figures.Select(f => f.Name).Where(name => name is not ("1 thread" or "in process"))]);
