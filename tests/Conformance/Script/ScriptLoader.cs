using ShaderJit.Conformance.Data;

namespace ShaderJit.Conformance.Script;

/// <summary>Reads a file in either language.</summary>
internal static class ScriptLoader
{
    /// <exception cref="ScriptException">It breaks the format's rules.</exception>
    /// <exception cref="UnsupportedException">It is about something else than compute.</exception>
    public static AmberFile Load(string path) => Parse(File.ReadAllText(path), path);

    public static AmberFile Parse(string text, string path)
    {
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        var file = new AmberFile { Path = path };
        try
        {
            if (text.StartsWith("#!amber", StringComparison.Ordinal))
                new AmberParser(file, text).Parse();
            else
                new VkScriptParser(file, text).Parse();
        }
        catch (FormatException e)
        {
            throw new ScriptException(0, e.Message);
        }

        return file;
    }
}
