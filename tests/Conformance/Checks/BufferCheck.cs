using System.Globalization;
using ShaderJit.Conformance.Data;
using ShaderJit.Conformance.Script;

namespace ShaderJit.Conformance.Checks;

/// <summary>Two buffers against each other. Bytes that hold no number are not looked at.</summary>
internal static class BufferCheck
{
    private const int Bins = 256;

    public static string? Run(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, ElementLayout layout, ElementLayout other, ExpectBuffer expect)
    {
        if (!layout.Matches(other))
            return $"line {expect.Line}: {expect.Resource} and {expect.Other} have different types";
        if (left.Length != right.Length)
            return $"line {expect.Line}: {expect.Resource} has {left.Length} bytes, {expect.Other} {right.Length}";
        double measure;
        switch (expect.Comparison)
        {
            case BufferComparison.Equal:
                return FirstDifference(left, right, layout, expect);
            case BufferComparison.RootMeanSquare:
                measure = RootMeanSquare(left, right, layout);
                break;
            default:
                foreach (var component in layout.Components)
                {
                    if (component.Bits != 8)
                        return $"line {expect.Line}: histograms are for components of 8 bits";
                }

                measure = EarthMoversDistance(left, right, layout);
                break;
        }

        return measure <= expect.Tolerance ? null : string.Create(CultureInfo.InvariantCulture,
            $"line {expect.Line}: {expect.Resource} and {expect.Other} differ by {measure:g6}, tolerance {expect.Tolerance:g6}");
    }

    private static string? FirstDifference(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, ElementLayout layout, ExpectBuffer expect)
    {
        int different = 0;
        string first = "";
        for (int at = 0; at + layout.Stride <= left.Length; at += layout.Stride)
        {
            foreach (var component in layout.Components)
            {
                ulong a = component.Read(left[at..]);
                ulong b = component.Read(right[at..]);
                if (a == b)
                    continue;
                if (different++ == 0)
                {
                    first = string.Create(CultureInfo.InvariantCulture,
                        $"first at byte {at + component.BitOffset / 8}: {component.Decode(a):R} and {component.Decode(b):R}");
                }
            }
        }

        return different == 0 ? null : $"line {expect.Line}: {expect.Resource} and {expect.Other} differ in {different} values, {first}";
    }

    internal static double RootMeanSquare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, ElementLayout layout)
    {
        double sum = 0;
        int count = 0;
        for (int at = 0; at + layout.Stride <= left.Length; at += layout.Stride)
        {
            foreach (var component in layout.Components)
            {
                double difference = component.Decode(component.Read(left[at..])) - component.Decode(component.Read(right[at..]));
                sum += difference * difference;
                count++;
            }
        }

        // A NaN must not look like agreement.
        return count == 0 ? 0 : double.IsNaN(sum) ? double.PositiveInfinity : Math.Sqrt(sum / count);
    }

    /// <summary>The work, per channel, to turn one histogram into the other: how much of it must move, times how many bins
    /// far, as part of the whole. The largest of the channels.</summary>
    internal static double EarthMoversDistance(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, ElementLayout layout)
    {
        double worst = 0;
        foreach (var component in layout.Components)
        {
            var surplus = new long[Bins];
            long elements = 0;
            for (int at = 0; at + layout.Stride <= left.Length; at += layout.Stride, elements++)
            {
                surplus[component.Read(left[at..])]++;
                surplus[component.Read(right[at..])]--;
            }

            long carried = 0, work = 0;
            foreach (long here in surplus)
            {
                carried += here;
                work += Math.Abs(carried);
            }

            if (elements > 0)
                worst = Math.Max(worst, (double)work / elements / Bins);
        }

        return worst;
    }
}
