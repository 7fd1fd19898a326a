using ShaderJit.Compiler;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>Sampling an image of Y'CbCr by the formulas of the Vulkan specification ("Chroma Reconstruction", "Sampler Y'CbCr
/// Conversion"), in double precision, addresses clamped to the edge.</summary>
/// <param name="luma">The whole number at a texel; <paramref name="cb"/> and <paramref name="cr"/> at a chroma sample.</param>
internal sealed class YcbcrReference(int width, int height, bool halvesWidth, bool halvesHeight, int bits, Func<int, int, int> luma,
    Func<int, int, int> cb, Func<int, int, int> cr)
{
    public required YcbcrConversion Conversion { get; init; }

    /// <summary>The sampler's filter.</summary>
    public required bool Linear { get; init; }

    /// <summary>Whether the component swizzle exchanges R and B.</summary>
    public bool Exchanges { get; init; }

    /// <summary>The coordinate is so near to the border of two texels, one of which counts, that float and double may choose
    /// differently.</summary>
    public bool IsAmbiguous { get; private set; }

    private int ChromaWidth => halvesWidth ? width / 2 : width;

    private int ChromaHeight => halvesHeight ? height / 2 : height;

    private double Most => Math.Pow(2, bits) - 1;

    /// <param name="s">Normalized coordinates.</param>
    public double[] Sample(double s, double t)
    {
        double u = s * width, v = t * height;
        double y = Filter(u, v, Linear, (i, j) => Luma(i, j));
        double b, r;
        if (Conversion.IsExplicit)
        {
            b = Filter(u, v, Linear, (i, j) => Reconstructed(cb, i, j));
            r = Filter(u, v, Linear, (i, j) => Reconstructed(cr, i, j));
        }
        else
        {
            double ur = !halvesWidth ? u : Conversion.IsCositedX ? 0.5 * (u + 0.5) : 0.5 * u;
            double vr = !halvesHeight ? v : Conversion.IsCositedY ? 0.5 * (v + 0.5) : 0.5 * v;
            b = Filter(ur, vr, Conversion.ChromaLinear, (i, j) => Chroma(cb, i, j));
            r = Filter(ur, vr, Conversion.ChromaLinear, (i, j) => Chroma(cr, i, j));
        }

        return Convert(Exchanges ? b : r, y, Exchanges ? r : b);
    }

    // "Texel Filtering".
    private double Filter(double u, double v, bool linear, Func<int, int, double> texel)
    {
        if (!linear)
        {
            IsAmbiguous |= Math.Abs(u - Math.Round(u)) < 1e-3 || Math.Abs(v - Math.Round(v)) < 1e-3;
            return texel((int)Math.Floor(u), (int)Math.Floor(v));
        }

        int i = (int)Math.Floor(u - 0.5), j = (int)Math.Floor(v - 0.5);
        double a = u - 0.5 - i, b = v - 0.5 - j;
        return ((1 - a) * (1 - b) * texel(i, j)) + (a * (1 - b) * texel(i + 1, j)) + ((1 - a) * b * texel(i, j + 1)) + (a * b * texel(i + 1, j + 1));
    }

    private double Luma(int i, int j) => luma(Math.Clamp(i, 0, width - 1), Math.Clamp(j, 0, height - 1)) / Most;

    private double Chroma(Func<int, int, int> plane, int i, int j) =>
        plane(Math.Clamp(i, 0, ChromaWidth - 1), Math.Clamp(j, 0, ChromaHeight - 1)) / Most;

    // "Explicit Reconstruction", of a texel that is in the image once it is clamped.
    private double Reconstructed(Func<int, int, int> plane, int i, int j)
    {
        (i, j) = (Math.Clamp(i, 0, width - 1), Math.Clamp(j, 0, height - 1));
        if (!halvesWidth)
            return Chroma(plane, i, j);
        if (!Conversion.ChromaLinear)
            return Chroma(plane, i / 2, halvesHeight ? j / 2 : j);
        if (!halvesHeight)
        {
            int half = i / 2;
            bool isEven = i % 2 == 0;
            if (Conversion.IsCositedX)
                return isEven ? Chroma(plane, half, j) : (0.5 * Chroma(plane, half, j)) + (0.5 * Chroma(plane, half + 1, j));
            return isEven ? (0.25 * Chroma(plane, half - 1, j)) + (0.75 * Chroma(plane, half, j))
                : (0.75 * Chroma(plane, half, j)) + (0.25 * Chroma(plane, half + 1, j));
        }

        double irb = 0.5 * (Conversion.IsCositedX ? i : i - 0.5), jrb = 0.5 * (Conversion.IsCositedY ? j : j - 0.5);
        int ifloor = (int)Math.Floor(irb), jfloor = (int)Math.Floor(jrb);
        double ifrac = irb - ifloor, jfrac = jrb - jfloor;
        return (Chroma(plane, ifloor, jfloor) * (1 - ifrac) * (1 - jfrac)) + (Chroma(plane, ifloor + 1, jfloor) * ifrac * (1 - jfrac))
            + (Chroma(plane, ifloor, jfloor + 1) * (1 - ifrac) * jfrac) + (Chroma(plane, ifloor + 1, jfloor + 1) * ifrac * jfrac);
    }

    // "Sampler Y'CbCr Range Expansion" and "Sampler Y'CbCr Model Conversion".
    private double[] Convert(double r, double g, double b)
    {
        if (Conversion.Model == YcbcrModel.RgbIdentity)
            return [r, g, b, 1];
        double scale = Math.Pow(2, bits - 8);
        double y = g, pb = b - (Math.Pow(2, bits - 1) / Most), pr = r - (Math.Pow(2, bits - 1) / Most);
        if (Conversion.IsNarrow)
        {
            y = ((g * Most) - (16 * scale)) / (219 * scale);
            pb = ((b * Most) - (128 * scale)) / (224 * scale);
            pr = ((r * Most) - (128 * scale)) / (224 * scale);
        }

        return Conversion.Model switch
        {
            YcbcrModel.YcbcrIdentity => [pr, y, pb, 1],
            YcbcrModel.Ycbcr709 => [y + (1.5748 * pr), y - (0.13397432 / 0.7152 * pb) - (0.33480248 / 0.7152 * pr), y + (1.8556 * pb), 1],
            YcbcrModel.Ycbcr601 => [y + (1.402 * pr), y - (0.202008 / 0.587 * pb) - (0.419198 / 0.587 * pr), y + (1.772 * pb), 1],
            _ => [y + (1.4746 * pr), y - (0.11156702 / 0.6780 * pb) - (0.38737742 / 0.6780 * pr), y + (1.8814 * pb), 1],
        };
    }
}
