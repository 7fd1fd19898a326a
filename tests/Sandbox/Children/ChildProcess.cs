using System.Diagnostics;

namespace ShaderJit.Sandbox.Tests.Children;

/// <summary>How a child process ended, and what it wrote.</summary>
internal sealed record ChildResult(int ExitCode, string Output, string Errors);

/// <summary>Starts this test assembly again as a program.</summary>
internal static class ChildProcess
{
    /// <summary>Runs <c>Program</c> with these arguments.</summary>
    public static ChildResult Run(TimeSpan limit, params string[] arguments)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath! : "dotnet";
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // A child that is meant to die leaves no core file behind.
            Environment = { ["DOTNET_DbgEnableMiniDump"] = "0" },
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process child = Process.Start(start)!;
        var output = new System.Text.StringBuilder();
        var errors = new System.Text.StringBuilder();
        child.OutputDataReceived += (_, line) => output.AppendLine(line.Data);
        child.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        if (!child.WaitForExit(limit))
        {
            child.Kill();
            child.WaitForExit();
            Assert.Fail($"{string.Join(' ', arguments)} took more than {limit}: {output}{errors}");
        }

        child.WaitForExit();
        return new ChildResult(child.ExitCode, output.ToString(), errors.ToString());
    }
}
