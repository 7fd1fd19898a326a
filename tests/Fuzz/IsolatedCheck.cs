using System.Diagnostics;
using System.Globalization;

namespace ShaderJit.Fuzz;

/// <summary>Checks a module in a process of its own, which may die or hang of it.</summary>
/// <param name="program">Gets the file's path as its last argument. It ends with 0 when all is well and with 1 when it has a
/// finding to tell of; any other end is a crash.</param>
/// <param name="limit">How long it may take.</param>
internal sealed class IsolatedCheck(string program, string[] arguments, TimeSpan limit)
{
    private const int Well = 0, Found = 1;

    /// <summary>This program's own check.</summary>
    public static IsolatedCheck OfThisProgram()
    {
        string program = Environment.ProcessPath!;
        string[] first = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(IsolatedCheck).Assembly.Location] : [];
        return new IsolatedCheck(program, [.. first, "check"], TimeSpan.FromMinutes(1));
    }

    /// <summary>A crash or a hang; null for anything else.</summary>
    public Finding? Check(FuzzModule module)
    {
        string path = Path.Combine(Path.GetTempPath(), $"fuzz-{Guid.NewGuid():N}.spvasm");
        File.WriteAllText(path, module.Text());
        try
        {
            return CheckFile(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private Finding? CheckFile(string path)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[.. arguments, path])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(limit))
        {
            process.Kill(true);
            return new Finding(FindingKind.Crash, 0, string.Create(CultureInfo.InvariantCulture, $"nothing for {limit.TotalSeconds:0} s"));
        }

        return process.ExitCode is Well or Found ? null : new Finding(FindingKind.Crash, 0, $"the process ended with code {process.ExitCode}");
    }
}
