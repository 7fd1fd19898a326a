using ShaderJit.Kernels;
using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Bench;

/// <summary>The same host code and the same kernels on one or several devices.</summary>
internal static unsafe class Comparison
{
    /// <summary>Prints a line per kernel and device; 1 if any result is wrong.</summary>
    public static int Check(List<string> names, string driver, string[] devices, bool optimized)
    {
        int wrong = 0;
        foreach (var device in Open(driver, devices))
        {
            using (device)
            {
                Console.WriteLine(device.Name);
                foreach (string name in names)
                {
                    bool isRight;
                    string note;
                    try
                    {
                        using var run = new CaseRun(device, KernelCases.Make(name), optimized);
                        run.Run();
                        (isRight, _, note) = run.Check();
                    }
                    catch (VulkanFailure e)
                    {
                        (isRight, note) = (false, e.Message);
                    }

                    wrong += isRight ? 0 : 1;
                    Console.WriteLine($"  {name,-14} {(isRight ? "right" : "WRONG")}  {note}");
                }
            }
        }

        return wrong == 0 ? 0 : 1;
    }

    /// <summary>Prints a table of compile and run times, medians of interleaved rounds; a wrong result is not timed.</summary>
    public static int Time(List<string> names, string driver, string[] devices, bool optimized, int rounds)
    {
        var opened = Open(driver, devices);
        foreach (var device in opened)
            Console.WriteLine($"# {device.Name}");
        Console.Write($"| {"kernel",-12} ");
        foreach (var device in opened)
            Console.Write($"| {Short(device),10} compile ms | {"run ms",10} ");
        Console.WriteLine(opened.Count == 2 ? "| run ratio |" : "|");
        Console.Write("|---");
        foreach (var _ in opened)
            Console.Write("|---:|---:");
        Console.WriteLine(opened.Count == 2 ? "|---:|" : "|");

        double logSum = 0;
        int compared = 0;
        foreach (string name in names)
        {
            var results = TimeCase(name, opened, optimized, rounds);
            Console.Write($"| {name,-12} ");
            foreach (var (compile, run) in results)
                Console.Write(run is { } ms ? $"| {compile,21:0.00} | {ms,10:0.000} " : $"| {"",21} | {"WRONG",10} ");
            if (results is [{ Run: { } first }, { Run: { } second }])
            {
                Console.Write($"| {first / second,9:0.000} ");
                logSum += Math.Log(first / second);
                compared++;
            }

            Console.WriteLine("|");
        }

        if (compared > 0)
            Console.WriteLine($"geometric mean of the ratios: {Math.Exp(logSum / compared):0.000} over {compared} kernels");
        foreach (var device in opened)
            device.Dispose();
        return 0;
    }

    private static List<(double Compile, double? Run)> TimeCase(string name, List<VulkanDevice> devices, bool optimized, int rounds)
    {
        var runs = new CaseRun?[devices.Count];
        var times = new List<double>[devices.Count];
        for (int i = 0; i < runs.Length; i++)
        {
            times[i] = [];
            try
            {
                runs[i] = new CaseRun(devices[i], KernelCases.Make(name), optimized);
                runs[i]!.Run();
                if (runs[i]!.Check().IsRight)
                    continue;
            }
            catch (VulkanFailure e)
            {
                Console.Error.WriteLine($"{name} on {devices[i].Name}: {e.Message}");
            }

            runs[i]?.Dispose();
            runs[i] = null;
        }

        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < runs.Length; i++)
            {
                if (runs[i] is { } run)
                    times[i].Add(run.Run().TotalMilliseconds);
            }
        }

        var results = new List<(double, double?)>();
        for (int i = 0; i < runs.Length; i++)
        {
            results.Add((runs[i]?.CompileTime.TotalMilliseconds ?? 0, runs[i] is null ? null : Median(times[i])));
            runs[i]?.Dispose();
        }

        return results;
    }

    private static List<VulkanDevice> Open(string driver, string[] devices)
    {
        var result = new List<VulkanDevice>();
        if (driver == "shaderjit")
            return [new VulkanDevice(Driver.CreateVk())];
        if (devices.Length == 0)
            return [new VulkanDevice(Vk.FromLoader())];
        foreach (string name in devices)
            result.Add(new VulkanDevice(Vk.FromLoader(), name));
        return result;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static string Short(VulkanDevice device) => device.Name.Split(' ')[0];
}
