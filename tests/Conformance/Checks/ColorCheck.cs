using System.Globalization;
using ShaderJit.Conformance.Data;
using ShaderJit.Conformance.Script;

namespace ShaderJit.Conformance.Checks;

/// <summary>A rectangle of an image against one colour.</summary>
internal static class ColorCheck
{
    /// <summary>About half a step of an 8-bit channel.</summary>
    private static readonly Tolerance Default = new(0.002, false);

    /// <param name="bytes">Rows without padding.</param>
    /// <param name="width">Texels in a row.</param>
    public static string? Run(ReadOnlySpan<byte> bytes, TexelType texel, uint width, uint height, ExpectColor expect)
    {
        if (expect.X + expect.Width > width || expect.Y + expect.Height > height)
            return $"line {expect.Line}: the rectangle leaves {expect.Resource}, which is {width} by {height}";
        for (uint y = expect.Y; y < expect.Y + expect.Height; y++)
        {
            for (uint x = expect.X; x < expect.X + expect.Width; x++)
            {
                var at = bytes[(int)((y * width + x) * (uint)texel.Bytes)..];
                for (int i = 0; i < expect.Color.Length; i++)
                {
                    if (!TryChannel(texel, at, "RGBA"[i], out double actual))
                        continue;
                    var tolerance = expect.Tolerances.Count switch
                    {
                        0 => Default,
                        4 => expect.Tolerances[i],
                        _ => expect.Tolerances[0],
                    };
                    if (!ValueCheck.IsNear(actual, expect.Color[i] / 255, tolerance))
                    {
                        return string.Create(CultureInfo.InvariantCulture,
                            $"line {expect.Line}: {expect.Resource} at ({x}, {y}): {"RGBA"[i]} is {actual * 255:0.##}, expected {expect.Color[i]}");
                    }
                }
            }
        }

        return null;
    }

    private static bool TryChannel(TexelType texel, ReadOnlySpan<byte> bytes, char channel, out double value)
    {
        foreach (var component in texel.Components)
        {
            if (component.Channel == channel)
            {
                value = component.DecodeNormalized(component.Read(bytes));
                return true;
            }
        }

        value = 0;
        return false;
    }
}
