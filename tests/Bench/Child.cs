using System.Globalization;
using System.Text.Json;
using ShaderJit.Kernels;
using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Bench;

/// <summary>
/// The process that one driver has for itself: it takes an order per line of its input and answers each with a line of
/// JSON. While it waits for an order it costs nothing, so that the drivers can take turns.
/// </summary>
/// <remarks>Orders: <c>open KERNEL</c>, <c>run BUDGET_MS</c>, <c>ready</c>, <c>close</c>, <c>latency ROUNDS</c>,
/// <c>quit</c>.</remarks>
internal sealed class Child(VulkanDevice device, bool optimized) : IDisposable
{
    private const int MostRuns = 100;

    private CaseRun? _run;

    /// <summary>Serves until <c>quit</c> or the end of the input.</summary>
    /// <param name="driver">shaderjit (in process) or loader.</param>
    public static unsafe int Serve(string driver, bool optimized)
    {
        using var child = new Child(new VulkanDevice(driver == "loader" ? Vk.FromLoader() : Driver.CreateVk()), optimized);
        Answer(new() { ["device"] = child.Name });
        while (Console.In.ReadLine() is { } line && line != "quit")
        {
            string[] words = line.Split(' ');
            try
            {
                Answer(child.Obey(words[0], words.Length > 1 ? words[1] : ""));
            }
            catch (Exception e) when (e is VulkanFailure or InvalidOperationException or ArgumentException)
            {
                Answer(new() { ["error"] = e.Message });
            }
        }

        return 0;
    }

    public void Dispose()
    {
        _run?.Dispose();
        device.Dispose();
    }

    private string Name => device.Name;

    private Dictionary<string, object> Obey(string order, string argument)
    {
        switch (order)
        {
            case "open":
                _run?.Dispose();
                _run = null;
                _run = new CaseRun(device, KernelCases.Make(argument), optimized);
                _run.Run();
                var check = _run.Check();
                return new() { ["right"] = check.IsRight, ["note"] = check.Note };
            case "run":
                return new() { ["ms"] = Time(double.Parse(argument, CultureInfo.InvariantCulture)) };
            case "ready":
                Opened.Recreate();
                double compile = Opened.CompileTime.TotalMilliseconds, first = Opened.Run().TotalMilliseconds;
                return new() { ["compile"] = compile, ["first"] = first };
            case "close":
                _run?.Dispose();
                _run = null;
                return new() { ["peakMb"] = PeakMegabytes() };
            case "latency":
                return new() { ["latency"] = Latency.Measure(device, int.Parse(argument, CultureInfo.InvariantCulture)) };
            default:
                throw new ArgumentException($"unknown order {order}", nameof(order));
        }
    }

    private CaseRun Opened => _run ?? throw new InvalidOperationException("no kernel is open");

    private double Time(double budget)
    {
        Opened.Run();
        var times = new List<double>();
        double total = 0;
        // At least three, unless one alone is far beyond the budget.
        while (times.Count == 0 || (times.Count < 3 && total < 10 * budget) || (times.Count < MostRuns && total < budget))
        {
            double ms = Opened.Run().TotalMilliseconds;
            times.Add(ms);
            total += ms;
        }

        return Statistics.Median(times);
    }

    /// <summary>VmHWM of this process.</summary>
    private static double PeakMegabytes()
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                return double.Parse(line.AsSpan(6, line.Length - 8), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
        }

        return double.NaN;
    }

    private static void Answer(Dictionary<string, object> answer)
    {
        Console.Out.WriteLine(JsonSerializer.Serialize(answer));
        Console.Out.Flush();
    }
}
