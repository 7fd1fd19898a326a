using System.Diagnostics;

namespace ShaderJit.Conformance.Shaders;

/// <summary>A program found on the path.</summary>
internal sealed class ExternalTool
{
    private static readonly Dictionary<string, ExternalTool?> Known = new(StringComparer.Ordinal);

    private ExternalTool(string path) => Path = path;

    public string Path { get; }

    /// <summary>Changes when the program is replaced; part of cache keys.</summary>
    public string Stamp => $"{Path} {File.GetLastWriteTimeUtc(Path).Ticks}";

    /// <summary>The program, or null where it is not installed.</summary>
    public static ExternalTool? Find(string name)
    {
        lock (Known)
        {
            if (Known.TryGetValue(name, out var known))
                return known;
            foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator))
            {
                string path = System.IO.Path.Combine(folder, name);
                if (folder.Length > 0 && File.Exists(path))
                {
                    known = new ExternalTool(path);
                    break;
                }
            }

            Known.Add(name, known);
            return known;
        }
    }

    /// <summary>Runs it with text as its input; returns the exit code and what it printed.</summary>
    public (int ExitCode, string Output) Run(IEnumerable<string> arguments, string? input, string workingDirectory)
    {
        var start = new ProcessStartInfo(Path)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory,
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            if (input is not null)
                process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all: its output says why.
        }

        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
