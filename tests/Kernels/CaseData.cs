using System.Runtime.InteropServices;

namespace ShaderJit.Kernels;

/// <summary>Inputs that are the same everywhere, and the measures that checks share.</summary>
internal static class CaseData
{
    /// <summary>A 32-bit mixing function.</summary>
    public static uint Hash(uint x)
    {
        x ^= x >> 16;
        x *= 0x7feb352d;
        x ^= x >> 15;
        x *= 0x846ca68b;
        return x ^ (x >> 16);
    }

    /// <summary>A float in [0, 1) from an index.</summary>
    public static float Random(uint i) => (Hash((i * 2654435761u) + 12345u) >> 8) * (1.0f / 16777216.0f);

    /// <summary>Another such sequence.</summary>
    public static float Second(uint i) => Random(i + 99999999u);

    public static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    public static CaseBuffer Zeros(int bytes) => new(bytes, null);

    public static CaseBuffer Floats(int count, Func<uint, float> value)
    {
        var bytes = new byte[count * 4];
        var floats = MemoryMarshal.Cast<byte, float>(bytes);
        for (int i = 0; i < count; i++)
            floats[i] = value((uint)i);
        return new CaseBuffer(bytes.Length, bytes);
    }

    public static CaseBuffer Words(int count, Func<uint, uint> value)
    {
        var bytes = new byte[count * 4];
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        for (int i = 0; i < count; i++)
            words[i] = value((uint)i);
        return new CaseBuffer(bytes.Length, bytes);
    }

    public static CaseBuffer Halves(int count, Func<uint, float> value)
    {
        var bytes = new byte[count * 2];
        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        for (int i = 0; i < count; i++)
            halves[i] = (Half)value((uint)i);
        return new CaseBuffer(bytes.Length, bytes);
    }

    public static CaseBuffer Bytes(int count, Func<int, byte> value)
    {
        var bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = value(i);
        return new CaseBuffer(bytes.Length, bytes);
    }

    public static uint[] Values(int count, Func<uint, uint> value) => AsWords(Words(count, value).Initial!).ToArray();

    /// <summary>How many of the numbers below a limit a test holds for.</summary>
    public static int Count(int limit, Predicate<int> test)
    {
        int count = 0;
        for (int i = 0; i < limit; i++)
            count += test(i) ? 1 : 0;
        return count;
    }

    public static ReadOnlySpan<float> AsFloats(byte[] data) => MemoryMarshal.Cast<byte, float>(data);

    public static ReadOnlySpan<uint> AsWords(byte[] data) => MemoryMarshal.Cast<byte, uint>(data);

    public static CheckResult Exact(int wrong, int count) => new(wrong == 0, wrong, $"{wrong} of {count} differ");
}

/// <summary>The largest relative error seen, with a floor under the denominator.</summary>
internal struct RelativeError(double floor)
{
    private double _worst;

    public void Add(double got, double want)
    {
        double error = Math.Abs(got - want) / Math.Max(Math.Abs(want), floor);
        if (!(error <= _worst))
            _worst = double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    public readonly CheckResult Within(double tolerance) =>
        new(_worst <= tolerance, _worst, $"relative error {_worst:g3}, tolerance {tolerance:g3}");
}
