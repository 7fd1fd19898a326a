using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Images;

/// <summary>A 3x3 Gaussian by reading texels, and by sampling between them.</summary>
public sealed class BlurTests
{
    [Theory]
    [InlineData("blur_img", 0.51, false)]
    [InlineData("blur_tex", 0.6, false)]
    [InlineData("blur_tex", 0.6, true)]
    public void Blurs(string shader, double tolerance, bool known)
    {
        const int w = 37, h = 21;
        var source = new TestImage(TestFormat.Rgba8, w, h, seed: 3);
        var target = new TestImage(TestFormat.Rgba8, w, h, seed: 4);
        var sampler = new SamplerRecord
        {
            MagLinear = true, MinLinear = true, AddressU = TexelAddressing.ClampToEdge, AddressV = TexelAddressing.ClampToEdge,
            AddressW = TexelAddressing.ClampToEdge,
        };
        byte[] result = ImageRun.Run(shader, (3, 2, 1), [], [new BoundBuffer(9, 0, source.Bytes), new BoundBuffer(9, 1, target.Bytes)],
            [source.Bind(0, 0, sampler), target.Bind(1, 1)], known: known)[1];
        for (int y = 0; y < h; y++)
        {
            for (int x = 0; x < w; x++)
            {
                for (int c = 0; c < 4; c++)
                {
                    double sum = 0;
                    for (int k = 0; k < 9; k++)
                    {
                        int dx = k % 3 - 1, dy = k / 3 - 1;
                        sum += source.Read(Math.Clamp(x + dx, 0, w - 1), Math.Clamp(y + dy, 0, h - 1))[c]
                            * (dx == 0 ? 0.5 : 0.25) * (dy == 0 ? 0.5 : 0.25);
                    }

                    double actual = target.Decode(result, target.Place(x, y))[c];
                    Assert.True(Math.Abs(actual - sum) * 255 <= tolerance, $"({x}, {y}).{c}: {actual * 255}, not {sum * 255}");
                }
            }
        }
    }
}
