using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz;

/// <summary>Compares what two runs of the same dispatch have left.</summary>
internal static class Outcomes
{
    /// <summary>What differs, or null: the same end, and bit by bit the same buffers.</summary>
    /// <param name="floats">Bindings that hold floats: there, any NaN equals any other.</param>
    /// <param name="tolerance">Of finite floats, relative to the larger one or to 1; 0 wants equal bits.</param>
    public static string? Difference(RunResult expected, RunResult actual, Predicate<int> floats, double tolerance = 0)
    {
        if (expected.Code != actual.Code)
            return $"ends with {actual.Code} {actual.TrapNode}, not {expected.Code} {expected.TrapNode}";
        // A run that was cut short leaves what it happened to have done.
        if (expected.Code != TrapCode.Finished)
            return null;
        for (int b = 0; b < expected.Buffers.Count; b++)
        {
            byte[] x = expected.Buffers[b].Bytes, y = actual.Buffers[b].Bytes;
            bool isFloat = floats(expected.Buffers[b].Binding);
            for (int at = 0; at + 4 <= x.Length; at += 4)
            {
                int p = BitConverter.ToInt32(x, at), q = BitConverter.ToInt32(y, at);
                if (p != q && !(isFloat && Near(BitConverter.Int32BitsToSingle(p), BitConverter.Int32BitsToSingle(q), tolerance)))
                    return $"binding {expected.Buffers[b].Binding}, byte {at}: {q:x8}, not {p:x8}";
            }
        }

        return null;
    }

    private static bool Near(float x, float y, double tolerance)
    {
        if (float.IsNaN(x) || float.IsNaN(y))
            return float.IsNaN(x) && float.IsNaN(y);
        return tolerance > 0 && Math.Abs((double)x - y) <= tolerance * Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y)));
    }
}
