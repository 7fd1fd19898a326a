using System.Text.RegularExpressions;

namespace ShaderJit.Conformance.Running;

/// <summary>A case: its name in results, and its file.</summary>
internal sealed record Case(string Name, string Path);

/// <summary>Which cases a run takes.</summary>
internal static class CaseList
{
    /// <summary>All scripts under files and folders, by name.</summary>
    /// <param name="roots">A file's name is its file name, that of one in a folder its path below that.</param>
    /// <param name="filters">Parts of names, with * and ?; empty takes all.</param>
    /// <param name="excluded">The same, left out.</param>
    public static List<Case> Find(IReadOnlyList<string> roots, IReadOnlyList<string> filters, IReadOnlyList<string> excluded)
    {
        var cases = new List<Case>();
        foreach (string root in roots)
        {
            if (File.Exists(root))
            {
                cases.Add(new Case(Path.GetFileName(root), Path.GetFullPath(root)));
                continue;
            }

            if (!Directory.Exists(root))
                throw new FileNotFoundException($"there is no file or folder {root}");
            foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            {
                if (Path.GetExtension(path) is ".amber" or ".vkscript")
                    cases.Add(new Case(Path.GetRelativePath(root, path).Replace('\\', '/'), Path.GetFullPath(path)));
            }
        }

        cases.RemoveAll(c => filters.Count > 0 && !Any(filters, c.Name) || Any(excluded, c.Name));
        cases.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return cases;
    }

    /// <summary>The cases of shard i of n, from 1 on: every n-th, so that shards take alike long.</summary>
    public static List<Case> Shard(List<Case> cases, int index, int count)
    {
        var mine = new List<Case>();
        for (int i = index - 1; i < cases.Count; i += count)
            mine.Add(cases[i]);
        return mine;
    }

    private static bool Any(IReadOnlyList<string> patterns, string name)
    {
        foreach (string pattern in patterns)
        {
            string expression = Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal);
            if (Regex.IsMatch(name, expression, RegexOptions.CultureInvariant))
                return true;
        }

        return false;
    }
}
