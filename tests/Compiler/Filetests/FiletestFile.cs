using System.Text;

namespace ShaderJit.Compiler.Tests.Filetests;

/// <summary>Reads, checks and (with SHADERJIT_BLESS=1) rewrites a file of <see cref="FiletestCase"/>s.</summary>
public static class FiletestFile
{
    public static bool Bless => Environment.GetEnvironmentVariable("SHADERJIT_BLESS") == "1";

    /// <summary>The directory tests/Filetests of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Paths below <see cref="Root"/> that end in <paramref name="extension"/>, for theories.</summary>
    public static IEnumerable<object[]> Paths(string folder, string extension)
    {
        string directory = Path.Combine(Root, folder);
        if (!Directory.Exists(directory))
            yield break;
        string[] files = Directory.GetFiles(directory, "*" + extension, SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
            yield return [Path.GetRelativePath(Root, file)];
    }

    /// <summary>Runs every case of a file; fails with the first difference, or rewrites the file when blessing.</summary>
    /// <param name="run">From a case to its output.</param>
    public static void Check(string path, Func<FiletestCase, string> run)
    {
        string full = Path.Combine(Root, path);
        string mark = path.EndsWith(".comp", StringComparison.Ordinal) ? "//" : ";";
        string[] lines = File.ReadAllText(full).ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var output = new StringBuilder();
        var failures = new StringBuilder();
        int at = 0, cases = 0;
        while (at < lines.Length)
        {
            if (!IsDirective(lines[at], mark, "test:", out _))
            {
                output.Append(lines[at++]).Append('\n');
                continue;
            }

            int start = at;
            var test = Read(lines, mark, ref at, out int inputEnd);
            string actual = Normalize(run(test));
            cases++;
            while (lines[inputEnd - 1].Trim().Length == 0)
                inputEnd--;
            for (int i = start; i < inputEnd; i++)
                output.Append(lines[i]).Append('\n');
            output.Append(mark).Append(" expect:\n");
            foreach (string line in actual.Split('\n'))
                output.Append(line.Length == 0 ? mark : mark + " " + line).Append('\n');
            output.Append(mark).Append(" end\n");
            if (at < lines.Length && lines[at].Length > 0)
                output.Append('\n');
            if (actual != test.Expected)
                failures.Append($"{path}:{test.Line}: expected\n{test.Expected}\ngot\n{actual}\n");
        }

        Assert.True(cases > 0, $"{path} has no case");
        if (Bless)
            File.WriteAllText(full, output.ToString());
        else
            Assert.True(failures.Length == 0, failures.ToString());
    }

    private static FiletestCase Read(string[] lines, string mark, ref int at, out int inputEnd)
    {
        int line = at + 1;
        IsDirective(lines[at++], mark, "test:", out string command);
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var directives = new List<string>();
        while (at < lines.Length && lines[at].StartsWith(mark, StringComparison.Ordinal) && !IsDirective(lines[at], mark, "expect:", out _))
            directives.Add(lines[at++][mark.Length..].Trim());
        var input = new StringBuilder();
        while (at < lines.Length && !IsDirective(lines[at], mark, "expect:", out _) && !IsDirective(lines[at], mark, "test:", out _))
            input.Append(lines[at++]).Append('\n');
        inputEnd = at;
        var expected = new StringBuilder();
        if (at < lines.Length && IsDirective(lines[at], mark, "expect:", out _))
        {
            at++;
            while (at < lines.Length && !IsDirective(lines[at], mark, "end", out _))
            {
                string text = lines[at++][mark.Length..];
                expected.Append(text.StartsWith(' ') ? text[1..] : text).Append('\n');
            }

            at++;
        }

        return new FiletestCase
        {
            Command = words[0], Arguments = words[1..], Directives = directives, Input = input.ToString(),
            Expected = Normalize(expected.ToString()), Line = line,
        };
    }

    private static bool IsDirective(string line, string mark, string word, out string rest)
    {
        rest = "";
        if (!line.StartsWith(mark, StringComparison.Ordinal))
            return false;
        string text = line[mark.Length..].Trim();
        if (!text.StartsWith(word, StringComparison.Ordinal))
            return false;
        rest = text[word.Length..].Trim();
        return word.EndsWith(':') || rest.Length == 0;
    }

    private static string Normalize(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
            lines[i] = lines[i].TrimEnd();
        return string.Join('\n', lines).Trim('\n');
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "ShaderJit.sln")))
                return Path.Combine(directory.FullName, "tests", "Filetests");
        }

        throw new InvalidOperationException("the repository's root is not above " + AppContext.BaseDirectory);
    }
}
