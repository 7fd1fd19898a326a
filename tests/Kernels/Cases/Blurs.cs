using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>A Gaussian of 3 x 3 texels, read from a storage image or by bilinear taps of a texture.</summary>
internal static class Blurs
{
    private const int Width = 2048, Height = 1024;

    /// <summary>Nine loads per texel.</summary>
    public static KernelCase OfStorageImage() => Make("blur_img", isSampled: false, tolerance: 1);

    /// <summary>Four linear samples per texel; the weights of a filter have 8 bits at least, so it is less exact.</summary>
    public static KernelCase OfTexture() => Make("blur_tex", isSampled: true, tolerance: 3);

    /// <param name="tolerance">Steps of 1/255 beyond rounding.</param>
    private static KernelCase Make(string name, bool isSampled, int tolerance)
    {
        byte[] source = new byte[Width * Height * 4];
        for (int i = 0; i < source.Length; i++)
            source[i] = (byte)(Hash((uint)i) >> 11);
        return new KernelCase(name, [],
            [new CaseStep(name, Width / 16, Height / 16, [], []) { Images = [new CaseImageUse(0, isSampled), new CaseImageUse(1, false)] }],
            data => Check(source, data[1], tolerance))
        {
            Images = [new CaseImage(Width, Height, source), new CaseImage(Width, Height, null)],
        };
    }

    private static CheckResult Check(byte[] source, byte[] result, int tolerance)
    {
        int worst = 0;
        for (int y = 0; y < Height; y += 3)
        {
            for (int at = 0; at < Width * 4; at++)
            {
                int sum = 0;
                for (int j = -1; j <= 1; j++)
                {
                    int row = Math.Clamp(y + j, 0, Height - 1) * Width;
                    for (int i = -1; i <= 1; i++)
                    {
                        int weight = (2 - Math.Abs(i)) * (2 - Math.Abs(j));
                        sum += weight * source[((row + Math.Clamp((at / 4) + i, 0, Width - 1)) * 4) + (at % 4)];
                    }
                }

                double distance = Math.Abs(result[(y * Width * 4) + at] - (sum / 16.0));
                worst = Math.Max(worst, (int)Math.Ceiling(distance - 0.5 - 1e-3));
            }
        }

        return new CheckResult(worst <= tolerance, worst / 255.0, $"{worst} of 255 beyond rounding, tolerance {tolerance}");
    }
}
