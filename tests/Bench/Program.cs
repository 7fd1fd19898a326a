using System.CommandLine;
using System.Globalization;
using ShaderJit.Bench;
using ShaderJit.Kernels;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

var kernels = new Option<string[]>("--kernel") { Description = "Only these kernels.", AllowMultipleArgumentsPerToken = true };
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

var check = new Command("check", "Runs each kernel once and compares it with its reference.") { kernels, optimized, driver, devices };
check.SetAction(parsed => Comparison.Check(Names(parsed.GetValue(kernels)), parsed.GetValue(driver)!,
    parsed.GetValue(devices) ?? [], parsed.GetValue(optimized)));

var time = new Command("time", "Times each kernel on each device, in interleaved rounds.") { kernels, optimized, rounds, driver, devices };
time.SetAction(parsed => Comparison.Time(Names(parsed.GetValue(kernels)), parsed.GetValue(driver)!,
    parsed.GetValue(devices) ?? [], parsed.GetValue(optimized), parsed.GetValue(rounds)));

return new RootCommand("The kernels of tests/Kernels on any Vulkan driver.") { check, time }.Parse(args).Invoke();

static List<string> Names(string[]? chosen) => chosen is { Length: > 0 } ? [.. chosen] : [.. KernelCases.Names];
