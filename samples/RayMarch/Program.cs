// Renders a scene of signed distance fields tile by tile, several passes over, and averages them.
//   dotnet run -c Release --project samples/RayMarch -- --out raymarch.png [--driver shaderjit|loader]
using System.Diagnostics;
using System.Numerics;
using ShaderJit.Samples;
using Spectre.Console;

try
{
    return Run(new SampleArguments(args, "out", "width", "height", "passes", "time"));
}
catch (Exception e) when (e is ArgumentException or VulkanError or InvalidOperationException or DllNotFoundException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static int Run(SampleArguments arguments)
{
    const uint Tile = 128, LocalSize = 8; // pixels; local_size_x and local_size_y of the shader
    uint width = arguments.Number("width", 1280, 16, 8192), height = arguments.Number("height", 720, 16, 8192);
    uint passes = arguments.Number("passes", 16, 1, 1024);
    string file = arguments.Text("out", "raymarch.png");

    using var instance = new ComputeInstance(arguments.CreateVk());
    using var device = new ComputeDevice(instance);
    using var image = new ComputeBuffer(device, (ulong)width * height * 16, "image");
    using var kernel = new ComputeKernel(device, "raymarch.spv", 7 * sizeof(uint), image);
    Console.WriteLine($"device   {instance.DeviceName}");
    Console.WriteLine($"lanes    {instance.Lanes}");
    Console.WriteLine($"compile  {kernel.CompileTime.TotalMilliseconds:0.00} ms");

    var view = new View { Width = width, Height = height, Time = arguments.Real("time", 1.2f) };
    long start = Stopwatch.GetTimestamp();
    AnsiConsole.Progress().AutoClear(true).Start(progress =>
    {
        long tiles = ((width + Tile - 1) / Tile) * ((height + Tile - 1) / Tile);
        var task = progress.AddTask("rendering", maxValue: passes * tiles);
        for (uint pass = 0; pass < passes; pass++)
        {
            // The R2 sequence covers the pixel evenly after any number of passes.
            view.OffsetX = (0.5f + (pass * 0.754877666f)) % 1;
            view.OffsetY = (0.5f + (pass * 0.569840291f)) % 1;
            for (view.TileY = 0; view.TileY < height; view.TileY += Tile)
            {
                for (view.TileX = 0; view.TileX < width; view.TileX += Tile)
                {
                    device.Run(kernel, in view, Tile / LocalSize, Tile / LocalSize);
                    task.Increment(1);
                }
            }
        }
    });
    var time = Stopwatch.GetElapsedTime(start);
    Console.WriteLine($"run      {time.TotalMilliseconds:0.00} ms, {passes * (double)width * height / time.TotalSeconds / 1e6:0.0} million samples a second");

    PngFile.Write(file, (int)width, (int)height, Develop(image.As<Vector4>()));
    Console.WriteLine($"picture  {file}, {width} x {height}");
    return 0;
}

// Sums of linear light to 8 bits a channel; w counts the samples.
static uint[] Develop(ReadOnlySpan<Vector4> sums)
{
    var pixels = new uint[sums.Length];
    for (int i = 0; i < pixels.Length; i++)
    {
        var light = Vector4.Clamp(sums[i] / sums[i].W, Vector4.Zero, Vector4.One);
        var bytes = (Vector4.SquareRoot(light) * 255) + new Vector4(0.5f);
        pixels[i] = (uint)bytes.X | ((uint)bytes.Y << 8) | ((uint)bytes.Z << 16) | 0xFF000000;
    }

    return pixels;
}

/// <summary>The shader's push constants.</summary>
internal struct View
{
    public uint Width, Height, TileX, TileY;
    public float OffsetX, OffsetY, Time;
}
