using System.Text.Json;

namespace ShaderJit.Conformance.Running;

/// <summary>The process that runs cases: a line "name TAB path" in, a line with the result out.</summary>
internal static class Worker
{
    /// <summary>Starts a line that is a result and not something that a driver printed.</summary>
    public const string Marker = "\u0001result ";

    public static int Run(CaseRunner runner)
    {
        while (Console.In.ReadLine() is { } line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            var result = runner.Run(line[..tab], line[(tab + 1)..]);
            Console.Out.Write(Marker + JsonSerializer.Serialize(new WorkerLine(runner.Device, result)) + "\n");
            Console.Out.Flush();
        }

        return 0;
    }
}

/// <summary>What a worker says.</summary>
internal sealed record WorkerLine(string Device, CaseResult Result);
