using System.Numerics;
using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>The ray marcher, with its scene written a second time here.</summary>
internal static class RayMarch
{
    private const int Width = 768, Height = 512;
    private const float Time = 0.7f;

    public static KernelCase Make() => new("raymarch", [Zeros(Width * Height * 16)],
        [new CaseStep("raymarch", Width / 8, Height / 8, [Width, Height, Bits(Time)], [0])], Check);

    private static CheckResult Check(byte[][] data)
    {
        var image = AsFloats(data[0]);
        int wrong = 0, count = 0;
        double sumGot = 0, sumWant = 0;
        for (int y = 0; y < Height; y += 5)
        {
            for (int x = 0; x < Width; x += 5, count++)
            {
                var want = Shade(x, y);
                bool differs = false;
                for (int k = 0; k < 3; k++)
                {
                    double got = image[(((y * Width) + x) * 4) + k];
                    sumGot += got;
                    sumWant += want[k];
                    differs |= !(Math.Abs(got - want[k]) <= 0.02 * Math.Max(1, Math.Abs(want[k])));
                }

                wrong += differs ? 1 : 0;
            }
        }

        double fraction = (double)wrong / count, mean = Math.Abs(sumGot - sumWant) / Math.Max(sumWant, 1e-9);
        return new CheckResult(fraction <= 0.02 && mean < 0.01, fraction,
            $"{fraction:p3} of the pixels differ, the mean by {mean:g2}");
    }

    private static float Mod(float a, float b) => a - (b * MathF.Floor(a / b));

    private static float Scene(Vector3 p)
    {
        float plane = p.Y + 1;
        float sphere = (p - new Vector3(0.8f * MathF.Sin(Time), 0.1f, 0.4f * MathF.Cos(Time))).Length() - 0.7f;
        float ring = MathF.Sqrt((p.X * p.X) + (p.Z * p.Z)) - 1.2f, height = p.Y + 0.2f;
        float torus = MathF.Sqrt((ring * ring) + (height * height)) - 0.25f;
        float blend = Math.Clamp(0.5f + (0.5f * (torus - sphere) / 0.3f), 0, 1);
        float smooth = (torus * (1 - blend)) + (sphere * blend) - (0.3f * blend * (1 - blend));
        var b = new Vector3(
            MathF.Abs(Mod(p.X + 2, 4) - 2 - 1.5f) - 0.25f, MathF.Abs(p.Y + 0.5f) - 0.5f,
            MathF.Abs(Mod(p.Z + 2, 4) - 2 - 1.5f) - 0.25f);
        float box = Vector3.Max(b, Vector3.Zero).Length() + MathF.Min(MathF.Max(b.X, MathF.Max(b.Y, b.Z)), 0);
        return MathF.Min(MathF.Min(plane, smooth), box);
    }

    private static Vector3 Shade(int x, int y)
    {
        float u = ((2 * (x + 0.5f)) - Width) / Height, v = ((2 * (y + 0.5f)) - Height) / Height;
        var origin = new Vector3(0, 1.2f, -4);
        var ray = Vector3.Normalize(new Vector3(u, -v - 0.25f, 1.6f));
        var colour = new Vector3(0.5f, 0.7f, 0.9f) - new Vector3(0.4f * ray.Y);
        float t = 0.02f, hit = -1;
        for (int i = 0; i < 96; i++)
        {
            float s = Scene(origin + (ray * t));
            if (s < 0.001f * t)
            {
                hit = t;
                break;
            }

            t += s;
            if (t > 20)
                break;
        }

        if (hit > 0)
            colour = Surface(origin, ray, hit, colour);
        return Vector3.SquareRoot(Vector3.Max(colour, Vector3.Zero));
    }

    private static Vector3 Surface(Vector3 origin, Vector3 ray, float hit, Vector3 sky)
    {
        const float e = 0.002f;
        var p = origin + (ray * hit);
        Vector3 dx = new(e, 0, 0), dy = new(0, e, 0), dz = new(0, 0, e);
        var n = Vector3.Normalize(new Vector3(Scene(p + dx) - Scene(p - dx), Scene(p + dy) - Scene(p - dy),
            Scene(p + dz) - Scene(p - dz)));
        var light = Vector3.Normalize(new Vector3(0.6f, 0.9f, -0.5f));
        float diffuse = MathF.Max(Vector3.Dot(n, light), 0);
        if (diffuse > 0)
            diffuse *= Shadow(p + (n * 0.01f), light);
        float specular = MathF.Pow(MathF.Max(Vector3.Dot(n, Vector3.Normalize(light - ray)), 0), 32) * diffuse;
        float check = 0.5f + (0.25f * MathF.Sin(4 * p.X) * MathF.Sin(4 * p.Z));
        float fog = 1 - MathF.Exp(-0.02f * hit * hit), bright = (check * (0.15f + diffuse)) + specular;
        return (new Vector3(bright) * (1 - fog)) + (sky * fog);
    }

    private static float Shadow(Vector3 origin, Vector3 light)
    {
        float result = 1, t = 0.05f;
        for (int i = 0; i < 32; i++)
        {
            float s = Scene(origin + (light * t));
            result = MathF.Min(result, 8 * s / t);
            t += Math.Clamp(s, 0.05f, 0.5f);
            if (result < 0.005f || t > 6)
                break;
        }

        return Math.Clamp(result, 0, 1);
    }
}
