namespace ShaderJit.Compiler.Spirv;

/// <summary>A decoded OpTypeImage.</summary>
public readonly record struct ImageInfo
{
    /// <param name="operands">Words after the result id.</param>
    public ImageInfo(ReadOnlySpan<uint> operands)
    {
        SampledType = operands[0];
        Dim = (Dim)operands[1];
        IsArrayed = operands[3] == 1;
        IsMultisampled = operands[4] == 1;
        Sampled = operands[5];
        Format = (ImageFormat)operands[6];
    }

    /// <summary>Type id of a component of a texel that is read.</summary>
    public uint SampledType { get; }

    public Dim Dim { get; }

    public bool IsArrayed { get; }

    public bool IsMultisampled { get; }

    /// <summary>1: used with a sampler, or fetched from. 2: read and written.</summary>
    public uint Sampled { get; }

    /// <summary>Unknown where the descriptor says it.</summary>
    public ImageFormat Format { get; }

    public bool IsStorage => Sampled == 2;

    /// <summary>Coordinates within a layer: 3 for a cube, whose are a direction.</summary>
    public int Dimensions => Dim switch { Dim.Dim2D or Dim.Rect or Dim.SubpassData => 2, Dim.Dim3D or Dim.Cube => 3, _ => 1 };

    /// <summary>Coordinates of a sampled texel: with the layer.</summary>
    public int SampleCoordinates => Dimensions + (IsArrayed ? 1 : 0);

    /// <summary>Coordinates of a texel by number: a cube's faces are layers.</summary>
    public int TexelCoordinates => Dim == Dim.Cube ? 3 : SampleCoordinates;

    /// <summary>Components of its size: width, height, depth, layers, as far as it has them.</summary>
    public int SizeComponents => (Dim == Dim.Cube ? 2 : Dimensions) + (IsArrayed ? 1 : 0);
}
