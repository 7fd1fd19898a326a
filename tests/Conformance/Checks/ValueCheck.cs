using System.Globalization;
using ShaderJit.Conformance.Data;
using ShaderJit.Conformance.Script;

namespace ShaderJit.Conformance.Checks;

/// <summary>Numbers of a buffer against those that the script expects. Each check returns null, or what is wrong.</summary>
internal static class ValueCheck
{
    /// <summary>Where equality of real numbers has no tolerance of its own, in percent: rounding of the text.</summary>
    private const double EqualPercent = 1e-6;

    public static string? Run(ReadOnlySpan<byte> bytes, ElementLayout layout, ExpectValues expect)
    {
        int perElement = layout.Components.Length;
        for (int i = 0; i < expect.Values.Count; i++)
        {
            var component = layout.Components[i % perElement];
            int element = expect.Offset + i / perElement * layout.Stride;
            if (element + (component.BitOffset + component.Bits + 7) / 8 > bytes.Length)
                return $"line {expect.Line}: {expect.Resource} has {bytes.Length} bytes, value {i} is beyond";
            ulong actual = component.Read(bytes[element..]);
            if (!Holds(component, actual, expect.Values[i], expect.Comparison, expect.Tolerances))
            {
                int at = element + component.BitOffset / 8;
                return string.Create(CultureInfo.InvariantCulture,
                    $"line {expect.Line}: {expect.Resource} at byte {at} (value {i}) is {Show(component, actual)}, expected {Sign(expect.Comparison)} {expect.Values[i]}");
            }
        }

        return null;
    }

    internal static bool Holds(Component component, ulong actual, Literal expected, Comparison comparison, IReadOnlyList<Tolerance> tolerances)
    {
        if (comparison == Comparison.Near || (component.IsFloat && comparison is Comparison.Equal or Comparison.NotEqual))
        {
            var tolerance = ToleranceOf(component, comparison == Comparison.Near ? tolerances : []);
            double want = component.Decode(component.Encode(expected));
            bool near = IsNear(component.Decode(actual), want, tolerance);
            return comparison == Comparison.NotEqual ? !near : near;
        }

        int order;
        if (component.IsFloat)
        {
            double left = component.Decode(actual);
            double right = component.Decode(component.Encode(expected));
            if (double.IsNaN(left) || double.IsNaN(right))
                return false;
            order = left.CompareTo(right);
        }
        else if (component.IsSigned)
        {
            order = component.SignExtend(actual).CompareTo(component.SignExtend(component.Encode(expected)));
        }
        else
        {
            order = actual.CompareTo(component.Encode(expected));
        }

        return comparison switch
        {
            Comparison.Equal => order == 0,
            Comparison.NotEqual => order != 0,
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>NaN is near NaN only, and an infinity only itself.</summary>
    internal static bool IsNear(double actual, double expected, Tolerance tolerance)
    {
        if (double.IsNaN(expected))
            return double.IsNaN(actual);
        if (double.IsInfinity(expected) || double.IsInfinity(actual))
            return actual == expected;
        double limit = tolerance.IsPercent ? tolerance.Value / 100 * Math.Abs(expected) : tolerance.Value;
        return Math.Abs(actual - expected) <= limit;
    }

    private static Tolerance ToleranceOf(Component component, IReadOnlyList<Tolerance> tolerances) =>
        tolerances.Count == 1 ? tolerances[0]
        : component.Row < tolerances.Count ? tolerances[component.Row]
        : new Tolerance(EqualPercent, true);

    private static string Show(Component component, ulong bits) =>
        component.IsFloat ? component.Decode(bits).ToString("R", CultureInfo.InvariantCulture)
        : component.IsSigned ? component.SignExtend(bits).ToString(CultureInfo.InvariantCulture)
        : bits.ToString(CultureInfo.InvariantCulture);

    private static string Sign(Comparison comparison) => comparison switch
    {
        Comparison.Equal => "==",
        Comparison.NotEqual => "!=",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        _ => "~=",
    };
}
