using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz;

/// <summary>Compares what two runs of the same dispatch have left.</summary>
internal static class Outcomes
{
    /// <summary>What differs, or null: the same end, and bit by bit the same buffers.</summary>
    /// <param name="floats">Bindings that hold floats: there, any NaN equals any other.</param>
    /// <param name="tolerance">Of finite floats, relative to the larger one or to 1; 0 wants equal bits.</param>
    public static string? Difference(RunResult expected, RunResult actual, Predicate<int> floats, double tolerance = 0) =>
        Difference(expected, actual, binding => floats(binding) ? 32 : 0, tolerance);

    /// <inheritdoc cref="Difference(RunResult, RunResult, Predicate{int}, double)"/>
    /// <param name="floatBits">Of a binding's floats; 0 where it holds none.</param>
    public static string? Difference(RunResult expected, RunResult actual, Func<int, int> floatBits, double tolerance = 0)
    {
        if (expected.Code != actual.Code)
            return $"ends with {actual.Code} {actual.TrapNode}, not {expected.Code} {expected.TrapNode}";
        // A run that was cut short leaves what it happened to have done.
        if (expected.Code != TrapCode.Finished)
            return null;
        for (int b = 0; b < expected.Buffers.Count; b++)
        {
            byte[] x = expected.Buffers[b].Bytes, y = actual.Buffers[b].Bytes;
            int bits = floatBits(expected.Buffers[b].Binding), step = bits == 0 ? 4 : bits / 8;
            for (int at = 0; at + step <= x.Length; at += step)
            {
                if (!x.AsSpan(at, step).SequenceEqual(y.AsSpan(at, step)) && !(bits > 0 && Near(Float(x, at, bits), Float(y, at, bits), tolerance)))
                    return $"binding {expected.Buffers[b].Binding}, byte {at}: {Hex(y, at, step)}, not {Hex(x, at, step)}";
            }
        }

        return null;
    }

    /// <param name="bits">16, 32 or 64; 8 for a normalized number.</param>
    public static double Float(byte[] bytes, int at, int bits) => bits switch
    {
        8 => bytes[at] / 255.0,
        16 => (double)BitConverter.ToHalf(bytes, at),
        32 => BitConverter.ToSingle(bytes, at),
        _ => BitConverter.ToDouble(bytes, at),
    };

    /// <summary>The number's digits, the highest first.</summary>
    public static string Hex(byte[] bytes, int at, int count)
    {
        byte[] number = bytes[at..(at + count)];
        Array.Reverse(number);
        return Convert.ToHexStringLower(number);
    }

    private static bool Near(double x, double y, double tolerance)
    {
        if (double.IsNaN(x) || double.IsNaN(y))
            return double.IsNaN(x) && double.IsNaN(y);
        return tolerance > 0 && Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y)));
    }
}
