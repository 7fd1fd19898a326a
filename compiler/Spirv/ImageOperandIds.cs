namespace ShaderJit.Compiler.Spirv;

/// <summary>The optional operands of an image instruction, ids each; 0 where one is not there.</summary>
public readonly record struct ImageOperandIds
{
    /// <param name="words">The mask and what follows it; none for no operands. The grammar has been checked.</param>
    public ImageOperandIds(ReadOnlySpan<uint> words)
    {
        if (words.Length == 0)
            return;
        Mask = (ImageOperands)words[0];
        int at = 1;
        for (uint rest = words[0]; rest != 0; rest &= rest - 1)
        {
            var bit = (ImageOperands)(rest & (0 - rest));
            switch (bit)
            {
                case ImageOperands.Bias: Bias = words[at++]; break;
                case ImageOperands.Lod: Lod = words[at++]; break;
                case ImageOperands.Grad:
                    GradX = words[at++];
                    GradY = words[at++];
                    break;
                case ImageOperands.ConstOffset or ImageOperands.Offset: Offset = words[at++]; break;
                case ImageOperands.ConstOffsets: Offsets = words[at++]; break;
                case ImageOperands.Sample: Sample = words[at++]; break;
                case ImageOperands.MinLod: MinLod = words[at++]; break;
                case ImageOperands.MakeTexelAvailable or ImageOperands.MakeTexelVisible or ImageOperands.Offsets: at++; break;
            }
        }
    }

    public ImageOperands Mask { get; }

    public uint Bias { get; }

    public uint Lod { get; }

    public uint GradX { get; }

    public uint GradY { get; }

    /// <summary>ConstOffset or Offset.</summary>
    public uint Offset { get; }

    /// <summary>ConstOffsets: an array of four vectors.</summary>
    public uint Offsets { get; }

    public uint Sample { get; }

    public uint MinLod { get; }
}
