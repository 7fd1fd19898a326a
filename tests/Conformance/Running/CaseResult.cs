using System.Text.Json.Serialization;

namespace ShaderJit.Conformance.Running;

[JsonConverter(typeof(JsonStringEnumConverter<CaseStatus>))]
internal enum CaseStatus
{
    /// <summary>All that the case expects holds; or does not, where it must not.</summary>
    Pass,

    /// <summary>An expectation does not hold, or the driver returned an error.</summary>
    Fail,

    /// <summary>The device or this machine lacks what the case needs.</summary>
    Unsupported,

    /// <summary>The process that ran the case died.</summary>
    Crash,

    /// <summary>The case did not end in its time.</summary>
    Timeout,
}

/// <summary>What came of a case.</summary>
/// <param name="Case">Path below the folder that was given, with slashes.</param>
/// <param name="Reason">Why it did not pass.</param>
/// <param name="Milliseconds">Wall time of the case.</param>
/// <param name="Log">The end of what the process printed, where it died or failed.</param>
internal sealed record CaseResult(string Case, CaseStatus Status, string? Reason, double Milliseconds, string? Log = null)
{
    public bool IsGood => Status == CaseStatus.Pass;
}

/// <summary>The result of a run, as it is kept in a file.</summary>
internal sealed record RunResult
{
    /// <summary>The ICD's manifest, or "in process".</summary>
    public required string Driver { get; init; }

    /// <summary>Name of the device; empty when no case came so far.</summary>
    public required string Device { get; set; }

    /// <summary>The shards that are in it, such as 1/4; empty for a whole run.</summary>
    public List<string> Shards { get; init; } = [];

    public double Seconds { get; set; }

    /// <summary>In the order of the cases' names.</summary>
    public required List<CaseResult> Cases { get; init; }

    public int Count(CaseStatus status)
    {
        int count = 0;
        foreach (var result in Cases)
            count += result.Status == status ? 1 : 0;
        return count;
    }
}
