namespace ShaderJit.Vulkan.Formats;

/// <summary>The sRGB transfer function (Khronos Data Format, "sRGB EOTF").</summary>
internal static class Srgb
{
    public static float ToLinear(float value) =>
        value <= 0.04045f ? value / 12.92f : (float)Math.Pow((value + 0.055) / 1.055, 2.4);

    public static float FromLinear(float value) =>
        value <= 0.0031308f ? value * 12.92f : (float)((1.055 * Math.Pow(value, 1 / 2.4)) - 0.055);
}
