using System.Numerics;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>The raymarch kernel in C#, in floats. Sphere tracing amplifies rounding, so a few pixels at edges may differ.</summary>
internal static class RayMarchReference
{
    private const int Width = 24, Height = 16;
    private const float Time = 0.7f;

    public static KernelRuns.Case Make() => new((3, 2, 1), KernelRuns.Push(Width, Height, Time), [new byte[Width * Height * 16]],
        buffers =>
        {
            var result = KernelRuns.Read<Vector4>(buffers[0]);
            int different = 0;
            for (int p = 0; p < Width * Height; p++)
            {
                var expected = Pixel(p % Width, p / Width);
                Assert.Equal(1, result[p].W);
                if (!((expected - new Vector3(result[p].X, result[p].Y, result[p].Z)).Length() < 5e-3f))
                    different++;
            }

            Assert.True(different <= 4, $"{different} of {Width * Height} pixels differ");
        });

    private static Vector3 Pixel(int x, int y)
    {
        var uv = (2 * new Vector2(x + 0.5f, y + 0.5f) - new Vector2(Width, Height)) / Height;
        var origin = new Vector3(0, 1.2f, -4);
        var ray = Vector3.Normalize(new Vector3(uv.X, -uv.Y - 0.25f, 1.6f));
        var colour = new Vector3(0.5f, 0.7f, 0.9f) - new Vector3(0.4f * ray.Y);
        float t = March(origin, ray);
        if (t > 0)
        {
            var p = origin + ray * t;
            var n = Normal(p);
            var light = Vector3.Normalize(new Vector3(0.6f, 0.9f, -0.5f));
            float diffuse = MathF.Max(Vector3.Dot(n, light), 0);
            if (diffuse > 0)
                diffuse *= Shadow(p + n * 0.01f, light);
            var half = Vector3.Normalize(light - ray);
            float specular = MathF.Pow(MathF.Max(Vector3.Dot(n, half), 0), 32) * diffuse;
            float check = 0.5f + 0.25f * MathF.Sin(4 * p.X) * MathF.Sin(4 * p.Z);
            float fog = 1 - MathF.Exp(-0.02f * t * t);
            var surface = new Vector3(check * (0.15f + diffuse) + specular);
            colour = surface * (1 - fog) + colour * fog;
        }

        colour = Vector3.Max(colour, Vector3.Zero);
        return new Vector3(MathF.Sqrt(colour.X), MathF.Sqrt(colour.Y), MathF.Sqrt(colour.Z));
    }

    private static float Scene(Vector3 p)
    {
        float d = p.Y + 1;
        float s = (p - new Vector3(0.8f * MathF.Sin(Time), 0.1f, 0.4f * MathF.Cos(Time))).Length() - 0.7f;
        var o = p - new Vector3(0, -0.2f, 0);
        float q = MathF.Sqrt(o.X * o.X + o.Z * o.Z) - 1.2f;
        float torus = MathF.Sqrt(q * q + o.Y * o.Y) - 0.25f;
        float h = Math.Clamp(0.5f + 0.5f * (torus - s) / 0.3f, 0, 1);
        float m = torus + (s - torus) * h - 0.3f * h * (1 - h);
        var b = Vector3.Abs(new Vector3(Mod(p.X + 2), p.Y + 0.5f, Mod(p.Z + 2)) - new Vector3(1.5f, 0, 1.5f))
            - new Vector3(0.25f, 0.5f, 0.25f);
        float box = Vector3.Max(b, Vector3.Zero).Length() + MathF.Min(MathF.Max(b.X, MathF.Max(b.Y, b.Z)), 0);
        return MathF.Min(MathF.Min(d, m), box);
    }

    private static float Mod(float x) => x - 4 * MathF.Floor(x / 4) - 2;

    private static Vector3 Normal(Vector3 p)
    {
        const float e = 0.002f;
        return Vector3.Normalize(new Vector3(
            Scene(p + new Vector3(e, 0, 0)) - Scene(p - new Vector3(e, 0, 0)),
            Scene(p + new Vector3(0, e, 0)) - Scene(p - new Vector3(0, e, 0)),
            Scene(p + new Vector3(0, 0, e)) - Scene(p - new Vector3(0, 0, e))));
    }

    private static float March(Vector3 o, Vector3 d)
    {
        float t = 0.02f;
        for (int i = 0; i < 96; i++)
        {
            float s = Scene(o + d * t);
            if (s < 0.001f * t)
                return t;
            t += s;
            if (t > 20)
                break;
        }

        return -1;
    }

    private static float Shadow(Vector3 o, Vector3 d)
    {
        float result = 1, t = 0.05f;
        for (int i = 0; i < 32; i++)
        {
            float s = Scene(o + d * t);
            result = MathF.Min(result, 8 * s / t);
            t += Math.Clamp(s, 0.05f, 0.5f);
            if (result < 0.005f || t > 6)
                break;
        }

        return Math.Clamp(result, 0, 1);
    }
}
