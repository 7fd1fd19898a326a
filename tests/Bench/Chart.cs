using System.Globalization;
using System.Text;

namespace ShaderJit.Bench;

/// <summary>Run times as an SVG: a row per kernel, a mark per driver, on a logarithmic scale of multiples of the first
/// driver's time (or the hand-written kernels', where they took part).</summary>
internal static class Chart
{
    private const int Left = 130, Right = 30, Top = 64, RowHeight = 24, Width = 820;

    // Told apart by shape and shade, readable on light and dark pages.
    private static readonly string[] Colours = ["#2f81f7", "#d29922", "#cf4b4b", "#8957e5", "#3fb950", "#8b949e"];

    public static string Draw(List<DriverFigures> figures, IReadOnlyList<string> names)
    {
        var shown = new List<DriverFigures>();
        foreach (string name in names)
        {
            if (figures.Find(f => f.Name == name) is { } driver)
                shown.Add(driver);
        }

        var unit = figures.Find(f => f.Name == "hand-written") ?? figures[0];
        double most = 2, least = 1;
        foreach (string kernel in unit.Kernels.Keys)
        {
            foreach (var driver in shown)
            {
                if (Multiple(driver, unit, kernel) is { } multiple)
                    (most, least) = (Math.Max(most, multiple), Math.Min(least, multiple));
            }
        }

        (most, least) = (Math.Pow(10, Math.Ceiling(Math.Log10(most))), Math.Pow(10, Math.Floor(Math.Log10(least) * 2) / 2));
        double At(double multiple) => Left + ((Width - Left - Right) * Math.Log(multiple / least) / Math.Log(most / least));

        int height = Top + (unit.Kernels.Count * RowHeight) + 34;
        var svg = new StringBuilder();
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{height}\" viewBox=\"0 0 {Width} {height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">");
        Line(svg, $"<rect width=\"{Width}\" height=\"{height}\" rx=\"6\" fill=\"#fff\"/>");
        Line(svg, $"<text x=\"16\" y=\"24\" font-size=\"15\" fill=\"#1f2328\">Time per kernel, as multiples of {(unit.Name == "hand-written" ? "hand-written AVX-512" : unit.Name)} (logarithmic; left is faster)</text>");
        int legend = Left;
        for (int i = 0; i < shown.Count; i++)
        {
            Line(svg, $"<circle cx=\"{legend}\" cy=\"43\" r=\"5\" fill=\"{Colours[i % Colours.Length]}\"/><text x=\"{legend + 10}\" y=\"47\" fill=\"#1f2328\">{shown[i].Name}</text>");
            legend += 40 + (shown[i].Name.Length * 8);
        }

        for (double tick = 1; tick <= most * 1.01; tick *= 10)
        {
            double x = At(tick);
            Line(svg, $"<line x1=\"{x:0.0}\" x2=\"{x:0.0}\" y1=\"{Top - 6}\" y2=\"{height - 28}\" stroke=\"#d0d7de\"/><text x=\"{x:0.0}\" y=\"{height - 10}\" text-anchor=\"middle\" fill=\"#57606a\">{tick:0} ×</text>");
        }

        int y = Top + 10;
        foreach (string kernel in unit.Kernels.Keys)
        {
            Line(svg, $"<text x=\"{Left - 14}\" y=\"{y + 4}\" text-anchor=\"end\" fill=\"#1f2328\">{kernel}</text><line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#eaeef2\"/>");
            for (int i = shown.Count - 1; i >= 0; i--)
            {
                if (Multiple(shown[i], unit, kernel) is { } multiple)
                    Line(svg, $"<circle cx=\"{At(multiple):0.0}\" cy=\"{y}\" r=\"5\" fill=\"{Colours[i % Colours.Length]}\"><title>{shown[i].Name}: {shown[i].Kernels[kernel].Run:0.000} ms</title></circle>");
            }

            y += RowHeight;
        }

        return svg.AppendLine("</svg>").ToString();
    }

    private static double? Multiple(DriverFigures driver, DriverFigures unit, string kernel) =>
        driver.Kernels.TryGetValue(kernel, out var own) && own.Status == "right"
            && unit.Kernels.TryGetValue(kernel, out var one) && one.Status == "right" ? own.Run / one.Run : null;

    private static void Line(StringBuilder svg, FormattableString line) => svg.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
