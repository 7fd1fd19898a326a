// Draws the Mandelbrot set with a compute shader.
//   dotnet run -c Release --project samples/Mandelbrot -- --out mandelbrot.png [--driver shaderjit|loader]
using System.Diagnostics;
using ShaderJit.Samples;

try
{
    return Run(new SampleArguments(args, "out", "size", "iterations", "samples", "x", "y", "width"));
}
catch (Exception e) when (e is ArgumentException or VulkanError or InvalidOperationException or DllNotFoundException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Run(SampleArguments arguments)
{
    const uint LocalSize = 16; // local_size_x and local_size_y of the shader
    uint size = arguments.Number("size", 1024, 16, 8192);
    float width = arguments.Real("width", 0.0125f);
    float step = width / size;
    var view = new View
    {
        Width = size,
        Height = size,
        Iterations = arguments.Number("iterations", 1000, 1, 1_000_000),
        Samples = arguments.Number("samples", 2, 1, 16),
        Left = arguments.Real("x", -0.7435f) - (width / 2),
        Top = arguments.Real("y", 0.1314f) + (width / 2),
        Step = step,
    };
    string file = arguments.Text("out", "mandelbrot.png");

    using var instance = new ComputeInstance(arguments.CreateVk());
    using var device = new ComputeDevice(instance);
    using var image = new ComputeBuffer(device, (ulong)size * size * sizeof(uint), "image");
    using var kernel = new ComputeKernel(device, "mandelbrot.spv", 7 * sizeof(uint), image);
    Console.WriteLine($"device   {instance.DeviceName}");
    Console.WriteLine($"lanes    {instance.Lanes}");
    Console.WriteLine($"compile  {kernel.CompileTime.TotalMilliseconds:0.00} ms");

    uint groups = (size + LocalSize - 1) / LocalSize;
    long start = Stopwatch.GetTimestamp();
    device.Run(kernel, in view, groups, groups);
    Console.WriteLine($"run      {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.00} ms");

    PngFile.Write(file, (int)size, (int)size, image.As<uint>());
    Console.WriteLine($"picture  {file}, {size} x {size}");
    return 0;
}

/// <summary>The shader's push constants.</summary>
internal struct View
{
    public uint Width, Height, Iterations, Samples;
    public float Left, Top, Step;
}
