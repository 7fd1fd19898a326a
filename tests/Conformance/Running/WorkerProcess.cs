using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ShaderJit.Conformance.Running;

/// <summary>A worker as its parent sees it. Whatever the case does, only this process comes to harm.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int LogCharacters = 4000;

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    /// <param name="arguments">Of this program, after "worker".</param>
    /// <param name="environment">Added to this process' own.</param>
    public WorkerProcess(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(typeof(WorkerProcess).Assembly.Location);
        start.ArgumentList.Add("worker");
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, e) => Log(e.Data);
        _process.BeginErrorReadLine();
    }

    /// <summary>Cases that it has run.</summary>
    public int Cases { get; private set; }

    /// <summary>Runs one case. After a crash or a timeout the process is gone.</summary>
    /// <returns>The result and the device's name; null for the device when the process died.</returns>
    public async Task<(CaseResult Result, string? Device)> RunAsync(Case @case, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        Cases++;
        lock (_log)
            _log.Clear();
        using var time = new CancellationTokenSource(limit);
        try
        {
            await _process.StandardInput.WriteLineAsync($"{@case.Name}\t{@case.Path}".AsMemory(), time.Token).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(time.Token).ConfigureAwait(false);
            while (await _process.StandardOutput.ReadLineAsync(time.Token).ConfigureAwait(false) is { } line)
            {
                if (!line.StartsWith(Worker.Marker, StringComparison.Ordinal))
                {
                    Log(line);
                    continue;
                }

                var said = JsonSerializer.Deserialize<WorkerLine>(line.AsSpan(Worker.Marker.Length))!;
                return (said.Result with { Log = said.Result.Status == CaseStatus.Fail ? LogText() : null }, said.Device);
            }
        }
        catch (OperationCanceledException)
        {
            Kill();
            return (new CaseResult(@case.Name, CaseStatus.Timeout, string.Create(CultureInfo.InvariantCulture, $"not ready after {limit.TotalSeconds:0.#} s"),
                clock.Elapsed.TotalMilliseconds, LogText()), null);
        }
        catch (IOException)
        {
            // It is gone, and could not take the case.
        }

        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        int code = _process.ExitCode;
        string reason = code > 128 ? $"the process died of signal {code - 128}" : $"the process ended with code {code}";
        return (new CaseResult(@case.Name, CaseStatus.Crash, reason, clock.Elapsed.TotalMilliseconds, LogText()), null);
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(true);
        }
        catch (InvalidOperationException)
        {
            // It is gone already.
        }
    }

    private void Log(string? line)
    {
        if (line is null)
            return;
        lock (_log)
        {
            _log.Append(line).Append('\n');
            if (_log.Length > 2 * LogCharacters)
                _log.Remove(0, _log.Length - LogCharacters);
        }
    }

    private string? LogText()
    {
        lock (_log)
            return _log.Length == 0 ? null : _log.ToString(Math.Max(0, _log.Length - LogCharacters), Math.Min(_log.Length, LogCharacters));
    }
}
