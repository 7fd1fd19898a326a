using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace ShaderJit.Bench;

/// <summary>A driver that takes part: how to start a child process with it.</summary>
/// <param name="Manifest">Path of the ICD's JSON file; null for our driver in process.</param>
/// <param name="Settings">Environment variables.</param>
internal sealed record Contestant(string Name, string? Manifest, params (string Name, string Value)[] Settings)
{
    /// <summary>What the environment of its processes is.</summary>
    public void Prepare(IDictionary<string, string?> environment)
    {
        // What the caller has set must not change what is measured, nor may a peer find its own work of yesterday on disk.
        foreach (string name in new[] { "SHADERJIT_LANES", "SHADERJIT_THREADS", "SHADERJIT_OOB", "VK_INSTANCE_LAYERS", "VK_ICD_FILENAMES" })
            environment.Remove(name);
        environment["MESA_SHADER_CACHE_DISABLE"] = "true";
        if (Manifest is not null)
            environment["VK_DRIVER_FILES"] = Manifest;
        foreach (var (name, value) in Settings)
            environment[name] = value;
    }
}

/// <summary>A child process of a contestant. When it dies, the next order starts another.</summary>
/// <remarks>
/// It is stopped while it has no order: drivers have threads that spin for a while, and a runtime may compile behind the back of
/// whoever measures. What is left of one contestant's turn would be measured with the next one's.
/// </remarks>
internal sealed partial class ContestantProcess(Contestant contestant, bool optimized) : IDisposable
{
    private const int SigCont = 18, SigStop = 19;

    private Process? _process;

    public Contestant Contestant { get; } = contestant;

    public string Device { get; private set; } = "";

    /// <summary>Gives an order; null where the process fails, hangs or answers with an error, which is printed.</summary>
    public JsonElement? Ask(string order)
    {
        try
        {
            _process ??= Start();
            _ = Signal(_process.Id, SigCont);
            _process.StandardInput.WriteLine(order);
            _process.StandardInput.Flush();
            if (Read() is { } answer)
            {
                _ = Signal(_process.Id, SigStop);
                if (!answer.TryGetProperty("error", out var error))
                    return answer;
                Console.Error.WriteLine($"{Contestant.Name}: {order}: {error}");
                return null;
            }
        }
        catch (IOException)
        {
            // Died: said below.
        }

        Console.Error.WriteLine($"{Contestant.Name}: {order}: the process died or hangs");
        Kill();
        return null;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _ = Signal(_process.Id, SigCont);
            _process.StandardInput.WriteLine("quit");
            _process.StandardInput.Flush();
            _process.WaitForExit(5000);
        }

        Kill();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    private void Kill()
    {
        if (_process is { HasExited: false })
            _process.Kill();
        _process?.Dispose();
        _process = null;
    }

    private Process Start()
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            info.ArgumentList.Add(typeof(ContestantProcess).Assembly.Location);
        info.ArgumentList.Add("serve");
        info.ArgumentList.Add("--driver");
        info.ArgumentList.Add(Contestant.Manifest is null ? "shaderjit" : "loader");
        if (optimized)
            info.ArgumentList.Add("--optimized");
        Contestant.Prepare(info.Environment);
        _process = Process.Start(info)!;
        if (Read() is { } hello)
            Device = hello.GetProperty("device").GetString()!;
        return _process;
    }

    private JsonElement? Read()
    {
        string? line = null;
        var reader = new Thread(() => line = TryReadLine()) { IsBackground = true };
        reader.Start();
        return reader.Join(TimeSpan.FromMinutes(2)) && line is not null ? JsonDocument.Parse(line).RootElement : null;
    }

    private string? TryReadLine()
    {
        try
        {
            return _process!.StandardOutput.ReadLine();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            return null;
        }
    }
}
