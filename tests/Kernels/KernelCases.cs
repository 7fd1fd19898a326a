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

    /// <summary>More pieces of real work, each of the size to time it or, where true, of a small one to check it.</summary>
    private static readonly (string Name, Func<bool, KernelCase> Make)[] Workloads =
    [
        ("transpose", Matrices.Transpose), ("matvec", Matrices.MatVec), ("softmax", Rows.Softmax), ("layernorm", Rows.LayerNorm),
        ("scan_subgroup", Rows.ScanSubgroup), ("reduce1024", Rows.Reduce1024), ("bitonic", Sorts.Bitonic), ("radix_sort", Sorts.Radix),
        ("local_sort", Sorts.Local), ("search", Sorts.Search), ("append", Sorts.Append), ("compact", Sorts.Compact), ("cells", Sorts.Cells),
        ("fft256", Signals.Fft), ("gauss", Signals.Gauss), ("median", Signals.Median), ("bilateral", Signals.Bilateral),
        ("yuv2rgb", Signals.Yuv), ("grey8", Signals.Grey), ("noise", Signals.Noise), ("jacobi3d", Grids.Jacobi), ("heat", Grids.Heat),
        ("floyd", Grids.Floyd), ("divide", Grids.Divide), ("index64", Grids.Index64), ("spmv", Matrices.Spmv),
        ("gemm_i8", Matrices.GemmI8), ("gemm_f16", Matrices.GemmF16), ("q4_matvec", Matrices.Q4MatVec),
        ("kmeans", Records.KMeans), ("particles", Records.Particles), ("cross3", Records.Cross), ("transform4", Records.Transform),
        ("lj_forces", Records.LennardJones), ("spheres", Paths.Spheres), ("montecarlo", Paths.MonteCarlo),
        ("sha256", Paths.Sha256), ("crc32", Paths.Crc32), ("collatz", Paths.Collatz), ("interpret", Paths.Interpret),
        ("groups1", small => Paths.Groups(small, 1)), ("groups4", small => Paths.Groups(small, 4)),
        ("groups8", small => Paths.Groups(small, 8)),
    ];

    public static IEnumerable<string> WorkloadNames
    {
        get
        {
            foreach (var (name, _) in Workloads)
                yield return name;
        }
    }

    public static IEnumerable<string> Names
    {
        get
        {
            foreach (var (name, _) in Table)
                yield return name;
        }
    }

    /// <param name="small">A workload of the size that tests check; the public kernels have one size.</param>
    /// <exception cref="ArgumentException">There is no case of that name.</exception>
    public static KernelCase Make(string name, bool small = false)
    {
        foreach (var (candidate, make) in Workloads)
        {
            if (candidate == name)
                return make(small);
        }

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
