namespace ShaderJit.Kernels;

/// <summary>A storage buffer of a case.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Initial">Its first contents; null for zeros.</param>
public sealed record CaseBuffer(int Bytes, byte[]? Initial);

/// <summary>A two-dimensional R8G8B8A8_UNORM image of a case.</summary>
/// <param name="Width">Texels.</param>
/// <param name="Height">Texels.</param>
/// <param name="Initial">Its first contents, rows without gaps; null for zeros.</param>
public sealed record CaseImage(int Width, int Height, byte[]? Initial)
{
    public int Bytes => Width * Height * 4;
}

/// <summary>An image that a step binds.</summary>
/// <param name="Image">Index of the case's image.</param>
/// <param name="IsSampled">A combined image sampler (linear, clamped to the edge); else a storage image.</param>
public readonly record struct CaseImageUse(int Image, bool IsSampled);

/// <summary>One step: a dispatch, or a fill of a buffer with zeros.</summary>
/// <param name="Shader">Name of the kernel's .spv without extension; null fills <c>Buffers[0]</c> with zeros.</param>
/// <param name="GroupsX">Workgroups.</param>
/// <param name="GroupsY">Workgroups.</param>
/// <param name="Push">Push constants.</param>
/// <param name="Buffers">For each binding from 0 on, the index of the case's buffer.</param>
public sealed record CaseStep(string? Shader, uint GroupsX, uint GroupsY, uint[] Push, int[] Buffers)
{
    /// <summary>Images at the bindings behind the buffers'.</summary>
    public CaseImageUse[] Images { get; init; } = [];

    /// <summary>Workgroups.</summary>
    public uint GroupsZ { get; init; } = 1;
}

/// <summary>What a check found.</summary>
/// <param name="Error">Worst error, in the check's own measure.</param>
public readonly record struct CheckResult(bool IsRight, double Error, string Note);

/// <summary>A piece of real work: inputs, dispatches, and a check of the results against a reference computed here.</summary>
public sealed record KernelCase(string Name, CaseBuffer[] Buffers, CaseStep[] Steps, Func<byte[][], CheckResult> Check)
{
    /// <summary>Its images. What is left in them comes behind the buffers' bytes when it is checked.</summary>
    public CaseImage[] Images { get; init; } = [];

    /// <summary>True where the steps change their own inputs, so that they must be loaded again before each run.</summary>
    public bool ChangesInputs { get; init; }

    /// <summary>Names of the shaders that the steps use, each once, in order of first use.</summary>
    public IReadOnlyList<string> Shaders
    {
        get
        {
            var names = new List<string>();
            foreach (var step in Steps)
            {
                if (step.Shader is { } name && !names.Contains(name))
                    names.Add(name);
            }

            return names;
        }
    }
}
