using System.Text.Json;
using ShaderJit.Conformance.Running;

namespace ShaderJit.Conformance.Reports;

/// <summary>Results as JSON.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    public static void Write(string path, RunResult run) => File.WriteAllText(path, JsonSerializer.Serialize(run, Options) + "\n");

    /// <exception cref="InvalidDataException">It is no result file.</exception>
    public static RunResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunResult>(File.ReadAllText(path), Options) ?? throw new InvalidDataException($"{path} is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is no result file: {e.Message}");
        }
    }

    /// <summary>One result of several shards.</summary>
    /// <exception cref="InvalidDataException">They are of different drivers, or have cases in common.</exception>
    public static RunResult Merge(IReadOnlyList<RunResult> parts)
    {
        var merged = new RunResult { Driver = parts[0].Driver, Device = parts[0].Device, Cases = [] };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            if (part.Driver != merged.Driver)
                throw new InvalidDataException($"results of {merged.Driver} and of {part.Driver}");
            foreach (var result in part.Cases)
            {
                if (!seen.Add(result.Case))
                    throw new InvalidDataException($"{result.Case} is in two of the results");
                merged.Cases.Add(result);
            }

            merged.Shards.AddRange(part.Shards);
            merged.Seconds = Math.Max(merged.Seconds, part.Seconds);
            if (merged.Device.Length == 0)
                merged.Device = part.Device;
        }

        merged.Cases.Sort((a, b) => string.CompareOrdinal(a.Case, b.Case));
        return merged;
    }
}
