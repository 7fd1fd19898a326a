// Runs shaders that do what no shader should, and shows what becomes of each: a report, a lost device, and a process
// that goes on.
//   dotnet run -c Release --project samples/Faults -- [--driver shaderjit|loader] [--limit MILLISECONDS]
// Through the loader the environment decides: SHADERJIT_OOB=trap SHADERJIT_TIMEOUT_MS=500.
using System.Diagnostics;
using ShaderJit.Samples;
using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;

const int Count = 256;
const uint LocalSize = 64;

try
{
    return Run(new SampleArguments(args, "limit"));
}
catch (Exception e) when (e is ArgumentException or VulkanError or InvalidOperationException or DllNotFoundException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Run(SampleArguments arguments)
{
    long start = Stopwatch.GetTimestamp();
    using var instance = new ComputeInstance(arguments.CreateVk());
    Console.WriteLine($"device   {instance.DeviceName}");
    Console.WriteLine($"lanes    {instance.Lanes}");
    if (!instance.HasExtension(ExtensionNames.ExtDeviceFault) || !instance.HasExtension(ExtensionNames.KhrBufferDeviceAddress))
        throw new InvalidOperationException("this device reports no faults: the program would crash or hang on it");

    // In this process each device can be told what to do; a device behind the loader goes by the environment.
    DeviceSettings? settings = arguments.InProcess
        ? new DeviceSettings { DispatchLimitMilliseconds = arguments.Number("limit", 500, 1, 600_000), TrapOutOfBounds = 1 }
        : null;

    // This one sees none of what happens to the others.
    using var bystander = new ComputeDevice(instance);
    var faults = new (string Title, string Shader, ulong[] Constants)[]
    {
        ("a store behind the end of a buffer", "out_of_bounds.spv", []),
        ("a store through a made-up address", "wild_address.spv", [0xDEAD_BEEF_F000]),
        ("a loop without an end", "endless_loop.spv", []),
        ("a division by zero", "division_by_zero.spv", []),
    };
    bool healthy = true;
    foreach (var (title, shader, constants) in faults)
    {
        Console.WriteLine();
        Console.WriteLine($"{title} ({shader})");
        using (var device = new ComputeDevice(instance, faults: true, settings))
            Provoke(device, shader, constants.Length > 0 ? constants[0] : 0, constants.Length * sizeof(ulong));
        bool unharmed = IsHealthy(bystander);
        healthy &= unharmed;
        Console.WriteLine(unharmed ? "  another device still computes right results" : "  ANOTHER DEVICE COMPUTES WRONG RESULTS");
    }

    Console.WriteLine();
    using (var device = new ComputeDevice(instance))
        healthy &= IsHealthy(device);
    Console.WriteLine(healthy ? "a new device computes right results" : "SOMETHING WAS HARMED");
    Console.WriteLine($"time     {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms");
    return healthy ? 0 : 1;
}

static void Provoke(ComputeDevice device, string shader, ulong constant, int constantBytes)
{
    using var buffer = new ComputeBuffer(device, Count * sizeof(uint), "data");
    using var kernel = new ComputeKernel(device, shader, constantBytes, buffer);
    for (int i = 1; i < Count; i++)
        buffer.As<uint>()[i] = i == 77 ? 0u : 1;
    try
    {
        device.Run(kernel, in constant, Count / LocalSize);
        Console.WriteLine("  ran to its end: what it must not do was dropped or has a defined result");
    }
    catch (VulkanError e) when (e.Result == Result.ErrorDeviceLost)
    {
        Console.WriteLine($"  {e.Message}");
        Console.WriteLine($"  {device.DescribeFault()}");
    }
}

static bool IsHealthy(ComputeDevice device)
{
    using var buffer = new ComputeBuffer(device, Count * sizeof(uint));
    using var kernel = new ComputeKernel(device, "healthy.spv", 0, buffer);
    device.Run(kernel, 0, Count / LocalSize);
    for (int i = 0; i < Count; i++)
    {
        if (buffer.As<uint>()[i] != i * i)
            return false;
    }

    return true;
}
