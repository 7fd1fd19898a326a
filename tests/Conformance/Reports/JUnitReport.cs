using System.Globalization;
using System.Xml;
using ShaderJit.Conformance.Running;

namespace ShaderJit.Conformance.Reports;

/// <summary>The XML that build servers show. Unsupported cases are skipped ones, crashes and timeouts are errors.</summary>
internal static class JUnitReport
{
    public static void Write(string path, RunResult run)
    {
        using var xml = XmlWriter.Create(path, new XmlWriterSettings { Indent = true, CheckCharacters = false });
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", run.Device.Length > 0 ? run.Device : run.Driver);
        Attribute("tests", run.Cases.Count);
        Attribute("failures", run.Count(CaseStatus.Fail));
        Attribute("errors", run.Count(CaseStatus.Crash) + run.Count(CaseStatus.Timeout));
        Attribute("skipped", run.Count(CaseStatus.Unsupported));
        xml.WriteAttributeString("time", run.Seconds.ToString("0.000", CultureInfo.InvariantCulture));
        foreach (var result in run.Cases)
        {
            int slash = result.Case.LastIndexOf('/');
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", slash < 0 ? "" : result.Case[..slash].Replace('/', '.'));
            xml.WriteAttributeString("name", result.Case[(slash + 1)..]);
            xml.WriteAttributeString("time", (result.Milliseconds / 1000).ToString("0.000", CultureInfo.InvariantCulture));
            if (result.Status != CaseStatus.Pass)
            {
                xml.WriteStartElement(result.Status switch { CaseStatus.Fail => "failure", CaseStatus.Unsupported => "skipped", _ => "error" });
                xml.WriteAttributeString("message", Printable($"{result.Status}: {result.Reason}"));
                if (result.Log is not null)
                    xml.WriteString(Printable(result.Log));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();

        void Attribute(string name, int value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Without the control characters that XML has no way to write.</summary>
    private static string Printable(string text)
    {
        foreach (char c in text)
        {
            if (!XmlConvert.IsXmlChar(c))
                return string.Concat(text.Select(x => XmlConvert.IsXmlChar(x) ? x : '?'));
        }

        return text;
    }
}
