using System.Diagnostics;
using System.Text;
using Xunit;

namespace ShaderJit.Icd.Tests;

/// <summary>A program that a test runs to its end.</summary>
internal static class ChildProgram
{
    /// <param name="limit">After this long the program is killed and the test fails.</param>
    /// <returns>What the program printed on both streams, and its exit code.</returns>
    public static (int ExitCode, string Output) Run(string file, IEnumerable<string> arguments, TimeSpan limit,
        params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var text = new StringBuilder();
        void Append(object sender, DataReceivedEventArgs line)
        {
            lock (text)
                text.AppendLine(line.Data);
        }

        process.OutputDataReceived += Append;
        process.ErrorDataReceived += Append;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{file} did not end within {limit}:\n{text}");
        }

        process.WaitForExit();
        lock (text)
            return (process.ExitCode, text.ToString());
    }
}
