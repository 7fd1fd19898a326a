using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ShaderJit.Bench;

/// <summary>What <see cref="Rounds"/> measured, as Markdown and JSON. The first driver is the one that all are compared
/// with.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static string Json(List<DriverFigures> figures) => JsonSerializer.Serialize(figures, Indented);

    public static List<DriverFigures> Read(string json)
    {
        var result = new List<DriverFigures>();
        foreach (var element in JsonDocument.Parse(json).RootElement.EnumerateArray())
        {
            var driver = new DriverFigures(element.GetProperty("Name").GetString()!) { Device = element.GetProperty("Device").GetString()! };
            foreach (var kernel in element.GetProperty("Kernels").EnumerateObject())
                driver.Kernels[kernel.Name] = kernel.Value.Deserialize<KernelFigures>(Indented)!;
            driver.Latency = element.GetProperty("Latency").Deserialize<LatencyFigures>(Indented);
            driver.ColdStart = element.GetProperty("ColdStart").Deserialize<double?>(Indented);
            driver.ColdPeak = element.GetProperty("ColdPeak").Deserialize<double?>(Indented);
            result.Add(driver);
        }

        return result;
    }

    public static string Markdown(List<DriverFigures> figures)
    {
        var text = new StringBuilder();
        foreach (var driver in figures)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {driver.Name}: {driver.Device}");
        text.AppendLine().AppendLine("Run time, ms from submission to fence:").AppendLine();
        Kernels(text, figures, f => f.Run, "0.000");
        Ratios(text, figures);
        text.AppendLine().AppendLine("Ready time, ms (creation of the pipelines and what the first run takes longer):").AppendLine();
        var drivers = figures.FindAll(f => f.Name != "hand-written");
        Kernels(text, drivers, f => f.Ready, "0.00");
        Medians(text, drivers);
        text.AppendLine().AppendLine("Latency, µs, and start of a process to its first correct result:").AppendLine();
        Smallest(text, drivers);
        return text.ToString();
    }

    private static void Kernels(StringBuilder text, List<DriverFigures> figures, Func<KernelFigures, double> value, string format)
    {
        Row(text, figures, "kernel", f => f.Name);
        text.Append("|---").Insert(text.Length, "|---:", figures.Count).AppendLine("|");
        foreach (string kernel in figures[0].Kernels.Keys)
        {
            Row(text, figures, kernel, f => !f.Kernels.TryGetValue(kernel, out var found) ? "–"
                : found.Status == "right" ? value(found).ToString(format, CultureInfo.InvariantCulture) : found.Status);
        }
    }

    /// <summary>The first driver's run time divided by each other's, geometric mean over the kernels both have.</summary>
    private static void Ratios(StringBuilder text, List<DriverFigures> figures)
    {
        Row(text, figures, $"{figures[0].Name} / this", f =>
        {
            var ratios = new List<double>();
            foreach (var (kernel, own) in figures[0].Kernels)
            {
                if (own.Status == "right" && f.Kernels.TryGetValue(kernel, out var other) && other.Status == "right")
                    ratios.Add(own.Run / other.Run);
            }

            return Statistics.GeometricMean(ratios).ToString("0.000", CultureInfo.InvariantCulture);
        });
    }

    private static void Medians(StringBuilder text, List<DriverFigures> figures)
    {
        Row(text, figures, "median", f =>
        {
            var values = new List<double>();
            foreach (var kernel in f.Kernels.Values)
            {
                if (kernel.Status == "right")
                    values.Add(kernel.Ready);
            }

            return Statistics.Median(values).ToString("0.00", CultureInfo.InvariantCulture);
        });
    }

    private static void Smallest(StringBuilder text, List<DriverFigures> figures)
    {
        Row(text, figures, "", f => f.Name);
        text.Append("|---").Insert(text.Length, "|---:", figures.Count).AppendLine("|");
        Row(text, figures, "empty submission and fence", f => Number(f.Latency?.Submit));
        Row(text, figures, "submission of one workgroup and fence", f => Number(f.Latency?.Dispatch));
        Row(text, figures, "dependent dispatch, 1 workgroup", f => Number(f.Latency?.Dependent1));
        Row(text, figures, "dependent dispatch, 64 workgroups", f => Number(f.Latency?.Dependent64));
        Row(text, figures, "cold start, ms", f => Number(f.ColdStart));
        Row(text, figures, "its peak memory, MiB", f => Number(f.ColdPeak));
    }

    private static string Number(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–";

    private static void Row(StringBuilder text, List<DriverFigures> figures, string title, Func<DriverFigures, string> cell)
    {
        text.Append("| ").Append(title);
        foreach (var driver in figures)
            text.Append(" | ").Append(cell(driver));
        text.AppendLine(" |");
    }
}
