namespace ShaderJit.Bench;

internal static class Statistics
{
    /// <summary>NaN of nothing.</summary>
    public static double Median(IEnumerable<double> samples)
    {
        var values = new List<double>(samples);
        if (values.Count == 0)
            return double.NaN;
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>NaN of nothing.</summary>
    public static double GeometricMean(IEnumerable<double> values)
    {
        double sum = 0;
        int count = 0;
        foreach (double value in values)
        {
            sum += Math.Log(value);
            count++;
        }

        return count == 0 ? double.NaN : Math.Exp(sum / count);
    }
}
