using ShaderJit.Conformance.Running;

namespace ShaderJit.Conformance.Reports;

/// <summary>Two runs against each other.</summary>
internal static class Comparer
{
    /// <summary>A case whose status differs; null where it is in one of the runs only.</summary>
    internal sealed record Change(string Case, CaseStatus? Before, CaseStatus? After, string? Reason)
    {
        /// <summary>It passed, and does no longer.</summary>
        public bool IsWorse => Before == CaseStatus.Pass && After is not null && After != CaseStatus.Pass;
    }

    public static List<Change> Compare(RunResult before, RunResult after)
    {
        var old = new Dictionary<string, CaseResult>(StringComparer.Ordinal);
        foreach (var result in before.Cases)
            old[result.Case] = result;
        var changes = new List<Change>();
        foreach (var result in after.Cases)
        {
            if (!old.Remove(result.Case, out var was))
                changes.Add(new Change(result.Case, null, result.Status, result.Reason));
            else if (was.Status != result.Status)
                changes.Add(new Change(result.Case, was.Status, result.Status, result.Reason));
        }

        foreach (var gone in old.Values)
            changes.Add(new Change(gone.Case, gone.Status, null, null));
        changes.Sort((a, b) => string.CompareOrdinal(a.Case, b.Case));
        return changes;
    }
}
