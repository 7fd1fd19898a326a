using System.ComponentModel;
using System.Diagnostics;

namespace ShaderJit.Fuzz.Peer;

/// <summary>How a request ended.</summary>
internal enum PeerEnd { Ran, Refused, Crashed, Hung }

/// <summary>Another driver in a process of its own, which is started again when it has died.</summary>
/// <param name="manifest">The driver's manifest (.json), for the Khronos loader.</param>
internal sealed class PeerProcess(string manifest) : IDisposable
{
    private const int RequestsPerProcess = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private Process? _process;
    private int _requests;

    /// <summary>Runs a dispatch.</summary>
    /// <param name="reply">What it said, where it did not die.</param>
    public PeerEnd Run(PeerRequest request, out PeerReply? reply)
    {
        reply = null;
        if (_requests++ % RequestsPerProcess == 0)
            Stop();
        var process = _process ??= Start();
        bool hung = false;
        using var clock = new Timer(
            _ =>
            {
                hung = true;
                Kill(process);
            },
            null, Limit, Timeout.InfiniteTimeSpan);
        try
        {
            request.Write(new BinaryWriter(process.StandardInput.BaseStream));
            reply = PeerReply.Read(new BinaryReader(process.StandardOutput.BaseStream));
        }
        catch (IOException)
        {
            Stop();
            return hung ? PeerEnd.Hung : PeerEnd.Crashed;
        }

        return reply.Refusal.Length > 0 ? PeerEnd.Refused : PeerEnd.Ran;
    }

    public void Dispose() => Stop();

    private void Stop()
    {
        if (_process is null)
            return;
        Kill(_process);
        _process.Dispose();
        _process = null;
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    private Process Start()
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(typeof(PeerProcess).Assembly.Location);
        start.ArgumentList.Add("peer");
        start.Environment["VK_DRIVER_FILES"] = manifest;
        start.Environment["VK_ICD_FILENAMES"] = manifest;
        // Lavapipe's threads would only wait for each other: the dispatches are small.
        start.Environment.TryAdd("LP_NUM_THREADS", "1");
        var process = Process.Start(start)!;
        // What it says of its troubles is of no use here, but a full pipe would stop it.
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
