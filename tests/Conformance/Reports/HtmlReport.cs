using System.Globalization;
using System.Net;
using System.Text;
using ShaderJit.Conformance.Running;

namespace ShaderJit.Conformance.Reports;

/// <summary>One page without references to anything else: counts, and each case with its reason, log and script.</summary>
internal static class HtmlReport
{
    private const string Style = """
        body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; color: #222; background: #fff }
        h1 { font-size: 1.4em } .counts { display: flex; gap: 1em; flex-wrap: wrap; margin: 1em 0 }
        .counts button { border: 1px solid #ccc; background: #f7f7f7; padding: .5em 1em; border-radius: 6px; font: inherit; cursor: pointer }
        .counts button.on { outline: 2px solid #36c } input { font: inherit; padding: .4em; width: 24em }
        details { border-top: 1px solid #e5e5e5; padding: .3em 0 } summary { cursor: pointer; display: flex; gap: 1em }
        .s { width: 7em; font-weight: 600; flex: none } .t { margin-left: auto; color: #777; flex: none }
        .Pass .s { color: #187a2f } .Fail .s, .Crash .s, .Timeout .s { color: #b3261e } .Unsupported .s { color: #777 }
        .r { color: #555 } pre { background: #f6f6f6; padding: .8em; overflow: auto; border-radius: 6px; max-height: 30em }
        @media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } pre, .counts button { background: #262626; color: #ddd }
          details { border-color: #333 } .r { color: #aaa } }
        """;

    private const string Code = """
        let status = '';
        const box = document.querySelector('input');
        function show() {
          const text = box.value.toLowerCase();
          for (const d of document.querySelectorAll('details'))
            d.hidden = (status && d.className != status) || !d.querySelector('summary').textContent.toLowerCase().includes(text);
        }
        box.oninput = show;
        for (const b of document.querySelectorAll('.counts button'))
          b.onclick = () => {
            status = status == b.dataset.s ? '' : b.dataset.s;
            for (const o of document.querySelectorAll('.counts button')) o.classList.toggle('on', o.dataset.s == status && status != '');
            show();
          };
        """;

    /// <param name="roots">Where the scripts are; empty shows none.</param>
    public static void Write(string path, RunResult run, IReadOnlyList<string> roots)
    {
        var page = new StringBuilder();
        string title = run.Device.Length > 0 ? run.Device : run.Driver;
        page.Append("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Conformance: ").Append(Escape(title))
            .Append("</title>\n<style>\n").Append(Style).Append("\n</style>\n<h1>").Append(Escape(title)).Append("</h1>\n<p>")
            .Append(Escape(run.Driver)).Append(CultureInfo.InvariantCulture, $", {run.Cases.Count} cases, {run.Seconds:0.0} s</p>\n<div class=\"counts\">");
        foreach (var status in Enum.GetValues<CaseStatus>())
            page.Append(CultureInfo.InvariantCulture, $"<button data-s=\"{status}\">{run.Count(status)} {status}</button>");
        page.Append("</div>\n<p><input placeholder=\"filter\"></p>\n");
        foreach (var result in run.Cases)
            Append(page, result, roots);
        page.Append("<script>\n").Append(Code).Append("\n</script>\n</html>\n");
        File.WriteAllText(path, page.ToString());
    }

    private static void Append(StringBuilder page, CaseResult result, IReadOnlyList<string> roots)
    {
        page.Append(CultureInfo.InvariantCulture, $"<details class=\"{result.Status}\"><summary><span class=\"s\">{result.Status}</span><span>")
            .Append(Escape(result.Case)).Append("</span><span class=\"r\">").Append(Escape(FirstLine(result.Reason)))
            .Append(CultureInfo.InvariantCulture, $"</span><span class=\"t\">{result.Milliseconds:0} ms</span></summary>");
        if (result.Reason is not null)
            page.Append("<pre>").Append(Escape(result.Reason)).Append("</pre>");
        if (result.Log is not null)
            page.Append("<pre>").Append(Escape(result.Log)).Append("</pre>");
        if (result.Status is CaseStatus.Fail or CaseStatus.Crash or CaseStatus.Timeout && PathOf(result.Case, roots) is { } path)
        {
            foreach (string glsl in ShaderListing.Glsl(path))
                page.Append("<pre>").Append(Escape(glsl)).Append("</pre>");
            page.Append("<pre>").Append(Escape(File.ReadAllText(path))).Append("</pre>");
        }

        page.Append("</details>\n");
    }

    private static string? PathOf(string name, IReadOnlyList<string> roots)
    {
        foreach (string root in roots)
        {
            string path = File.Exists(root) && Path.GetFileName(root) == name ? root : Path.Combine(root, name);
            if (File.Exists(path))
                return path;
        }

        return null;
    }

    private static string FirstLine(string? text) => text?.Split('\n')[0] ?? "";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
