using System.Runtime.InteropServices;
using ShaderJit.Kernels.Cases;

namespace ShaderJit.Kernels;

/// <summary>All cases, by name, and the shaders' words.</summary>
public static class KernelCases
{
    private static readonly (string Name, Func<KernelCase> Make)[] Table =
    [
        ("saxpy", Streams.Saxpy), ("triad", Streams.Triad), ("sgemm_tiled", Reductions.SgemmTiled),
        ("reduction", Reductions.Reduction), ("scan", Reductions.Scan), ("nbody", Reductions.Nbody),
        ("mandelbrot", Arithmetic.Mandelbrot), ("blackscholes", Arithmetic.BlackScholes), ("conv3x3", Streams.Conv3x3),
        ("histogram", Reductions.Histogram), ("life", Streams.Life), ("blur_img", Blurs.OfStorageImage),
        ("blur_tex", Blurs.OfTexture), ("raymarch", RayMarch.Make),
    ];

    public static IEnumerable<string> Names
    {
        get
        {
            foreach (var (name, _) in Table)
                yield return name;
        }
    }

    /// <exception cref="ArgumentException">There is no case of that name.</exception>
    public static KernelCase Make(string name)
    {
        foreach (var (candidate, make) in Table)
        {
            if (candidate == name)
                return make();
        }

        throw new ArgumentException($"there is no case {name}", nameof(name));
    }

    /// <summary>The SPIR-V of a shader.</summary>
    /// <param name="optimized">As glslc -O made it, instead of glslangValidator.</param>
    public static uint[] Words(string shader, bool optimized)
    {
        string file = shader + (optimized ? ".opt.spv" : ".spv");
        using var stream = typeof(KernelCases).Assembly.GetManifestResourceStream(file)
            ?? throw new ArgumentException($"there is no {file}", nameof(shader));
        var words = new uint[stream.Length / 4];
        stream.ReadExactly(MemoryMarshal.AsBytes(words.AsSpan()));
        return words;
    }
}
