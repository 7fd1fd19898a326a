using System.Text.RegularExpressions;

namespace ShaderJit.Fuzz;

/// <summary>Makes a module smaller for as long as it fails in the same way.</summary>
/// <remarks>
/// It works on the lines of the assembly, an instruction each: takes a side of a branch, drops instructions, puts an operand or
/// a constant in a result's place, joins blocks. What becomes invalid does not fail in the same way, and is taken back.
/// </remarks>
/// <param name="fails">Whether a module, as assembly, still shows the fault; false for what does not assemble.</param>
internal sealed partial class Reducer(Func<string, bool> fails)
{
    private const int MaxRounds = 20;

    private List<string> _lines = [];

    /// <summary>Modules that were tried.</summary>
    public int Tries { get; private set; }

    public string Reduce(string text)
    {
        _lines = [];
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.Trim();
            if (trimmed.Length > 0 && (trimmed[0] != ';' || trimmed.StartsWith("; Version", StringComparison.Ordinal)))
                _lines.Add(trimmed);
        }

        for (int round = 0; round < MaxRounds; round++)
        {
            int before = _lines.Count;
            string start = Join(_lines);
            StraightenBranches();
            DropEffects();
            Substitute();
            DropUnused();
            DropFunctions();
            MergeBlocks();
            if (_lines.Count == before && Join(_lines) == start)
                break;
        }

        return Join(_lines);
    }

    private static string Join(List<string> lines) => string.Join('\n', lines) + "\n";

    private bool Try(List<string> candidate)
    {
        Tries++;
        if (!fails(Join(candidate)))
            return false;
        _lines = candidate;
        return true;
    }

    // ---- Control flow

    private void StraightenBranches()
    {
        for (int i = 0; i < _lines.Count; i++)
        {
            string[] words = _lines[i].Split(' ');
            bool merges = i > 0 && IsMerge(_lines[i - 1]);
            List<string> targets = [];
            if (words[0] == "OpBranchConditional")
                targets.AddRange(words[2..4]);
            else if (words[0] == "OpSwitch")
                targets.AddRange(words[2..].Where(w => w[0] == '%').Distinct());
            if (merges && (_lines[i - 1].StartsWith("OpLoopMerge", StringComparison.Ordinal) || targets.Count > 0))
                targets.Add(_lines[i - 1].Split(' ')[1]);
            foreach (string target in targets.Distinct())
            {
                var candidate = new List<string>(_lines);
                candidate[i] = $"OpBranch {target}";
                if (merges)
                    candidate.RemoveAt(i - 1);
                if (Try(WithoutUnreachable(candidate)))
                {
                    i = Math.Max(-1, i - 2);
                    break;
                }
            }
        }
    }

    private static bool IsMerge(string line) =>
        line.StartsWith("OpSelectionMerge", StringComparison.Ordinal) || line.StartsWith("OpLoopMerge", StringComparison.Ordinal);

    /// <summary>Without blocks that no branch leads to, nor what phis take from them.</summary>
    private static List<string> WithoutUnreachable(List<string> lines)
    {
        var blockOf = new Dictionary<string, (int First, int Last)>(StringComparer.Ordinal);
        var entries = new List<string>();
        string? label = null;
        int first = 0;
        bool entry = false;
        for (int i = 0; i < lines.Count; i++)
        {
            string[] words = lines[i].Split(' ');
            if (words.Length > 2 && words[2] == "OpFunction")
                entry = true;
            if (words.Length > 2 && words[2] == "OpLabel")
            {
                (label, first) = (words[0], i);
                if (entry)
                    entries.Add(label);
                entry = false;
            }

            if (label is not null && IsTerminator(words[0]))
            {
                blockOf[label] = (first, i);
                label = null;
            }
        }

        var predecessors = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        var waiting = new Stack<string>(entries);
        var reached = new HashSet<string>(entries, StringComparer.Ordinal);
        while (waiting.TryPop(out string? block))
        {
            if (!blockOf.TryGetValue(block, out var range))
                continue;

            // A merge and a continue target stay, though nothing may branch there.
            for (int i = range.Last; i >= range.First && i >= range.Last - 1; i--)
            {
                if (i < range.Last && !IsMerge(lines[i]))
                    continue;
                foreach (string word in lines[i].Split(' '))
                {
                    if (!blockOf.ContainsKey(word))
                        continue;
                    if (i == range.Last)
                        (predecessors.TryGetValue(word, out var known) ? known : predecessors[word] = []).Add(block);
                    if (reached.Add(word))
                        waiting.Push(word);
                }
            }
        }

        var result = new List<string>();
        string current = "";
        bool keep = true;
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            if (words.Length > 2 && words[2] == "OpLabel")
                (current, keep) = (words[0], reached.Contains(words[0]));
            if (words[0] == "OpFunctionEnd")
                keep = true;
            if (!keep)
                continue;
            if (words.Length > 3 && words[2] == "OpPhi" && predecessors.TryGetValue(current, out var from))
            {
                var kept = new List<string>(words[..4]);
                for (int i = 4; i + 1 < words.Length; i += 2)
                {
                    if (from.Contains(words[i + 1]))
                        kept.AddRange(words[i..(i + 2)]);
                }

                result.Add(string.Join(' ', kept));
                continue;
            }

            result.Add(line);
        }

        return result;
    }

    private static bool IsTerminator(string opcode) =>
        opcode is "OpBranch" or "OpBranchConditional" or "OpSwitch" or "OpReturn" or "OpReturnValue" or "OpUnreachable" or "OpKill" or "OpTerminateInvocation";

    private void MergeBlocks()
    {
        string label = "";
        for (int i = 0; i + 1 < _lines.Count; i++)
        {
            string[] words = _lines[i].Split(' ');
            if (words.Length > 2 && words[2] == "OpLabel")
                label = words[0];
            if (words[0] != "OpBranch" || (i > 0 && IsMerge(_lines[i - 1])))
                continue;
            int target = _lines.FindIndex(l => l == $"{words[1]} = OpLabel");
            int uses = _lines.Count(l => l.Split(' ').Contains(words[1]) && !l.Contains(" OpPhi ", StringComparison.Ordinal));
            if (target != i + 1 || uses != 2)
                continue;
            var candidate = new List<string>(_lines);
            candidate.RemoveRange(i, 2);
            if (Try(candidate.ConvertAll(l => Rename(l, words[1], label))))
                i--;
        }
    }

    // ---- Instructions

    /// <summary>Lines without a result that are no part of the flow: many at a time, then ever fewer.</summary>
    private void DropEffects()
    {
        for (int chunk = Math.Max(1, _lines.Count / 2); ; chunk /= 2)
        {
            for (int i = 0; i < _lines.Count;)
            {
                var candidate = new List<string>(_lines);
                int removed = 0;
                for (int j = i; j < candidate.Count && removed < chunk;)
                {
                    if (IsEffect(candidate[j]))
                    {
                        candidate.RemoveAt(j);
                        removed++;
                    }
                    else
                    {
                        j++;
                    }
                }

                if (removed == 0)
                    break;
                int next = i;
                if (!Try(candidate))
                {
                    // On from behind those that were tried.
                    for (int seen = 0; next < _lines.Count && seen < removed; next++)
                        seen += IsEffect(_lines[next]) ? 1 : 0;
                }

                i = next;
            }

            if (chunk == 1)
                return;
        }
    }

    private static bool IsEffect(string line) =>
        !line.Contains(" = ", StringComparison.Ordinal) && !IsMerge(line) && !IsTerminator(line.Split(' ')[0])
        && line[0] != ';' && !line.StartsWith("OpFunctionEnd", StringComparison.Ordinal) && !line.StartsWith("OpEntryPoint", StringComparison.Ordinal)
        && !line.StartsWith("OpMemoryModel", StringComparison.Ordinal);

    private void Substitute()
    {
        var nulls = 0;
        for (int i = _lines.Count - 1; i >= 0; i--)
        {
            if (i >= _lines.Count)
                continue;
            string[] words = _lines[i].Split(' ');
            if (words.Length < 4 || words[1] != "=" || !IsValue(words[2]))
                continue;
            string type = words[3];
            var others = new List<string>();
            foreach (string word in words[4..])
            {
                if (word[0] == '%' && word != words[0] && TypeOf(word) == type)
                    others.Add(word);
            }

            others.AddRange(Constants(type).Take(2));
            bool done = false;
            foreach (string other in others.Distinct())
            {
                if (done = Try(Replaced(i, words[0], other)))
                    break;
            }

            if (done || words[2] == "OpLoad" || others.Count > 2)
                continue;
            string fresh = $"%null{nulls++}";
            int function = _lines.FindIndex(l => l.Contains(" = OpFunction ", StringComparison.Ordinal));
            var candidate = Replaced(i, words[0], fresh);
            candidate.Insert(function, $"{fresh} = OpConstantNull {type}");
            Try(candidate);
        }
    }

    private List<string> Replaced(int line, string id, string other)
    {
        var candidate = new List<string>(_lines);
        candidate.RemoveAt(line);
        candidate.RemoveAll(l => l.StartsWith($"OpDecorate {id} ", StringComparison.Ordinal));
        return candidate.ConvertAll(l => Rename(l, id, other));
    }

    private static bool IsValue(string opcode) =>
        !opcode.StartsWith("OpType", StringComparison.Ordinal) && !opcode.StartsWith("OpConstant", StringComparison.Ordinal)
        && !opcode.StartsWith("OpSpecConstant", StringComparison.Ordinal)
        && opcode is not ("OpLabel" or "OpFunction" or "OpFunctionParameter" or "OpVariable" or "OpAccessChain" or "OpExtInstImport" or "OpString" or "OpUndef");

    private string? TypeOf(string id)
    {
        string start = id + " = ";
        foreach (string line in _lines)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
                return line.Split(' ') is { Length: > 3 } words ? words[3] : null;
        }

        return null;
    }

    private IEnumerable<string> Constants(string type)
    {
        foreach (string line in _lines)
        {
            string[] words = line.Split(' ');
            if (words.Length > 3 && words[3] == type && words[2] is "OpConstant" or "OpConstantNull" or "OpConstantTrue" or "OpConstantFalse")
                yield return words[0];
        }
    }

    private void DropUnused()
    {
        for (bool changed = true; changed;)
        {
            changed = false;
            var uses = new Dictionary<string, int>(StringComparer.Ordinal);
            foreach (string line in _lines)
            {
                bool decorates = line.StartsWith("OpDecorate", StringComparison.Ordinal) || line.StartsWith("OpMemberDecorate", StringComparison.Ordinal)
                    || line.StartsWith("OpName", StringComparison.Ordinal) || line.StartsWith("OpMemberName", StringComparison.Ordinal);
                foreach (string word in line.Split(' '))
                {
                    if (word[0] == '%' && !decorates)
                        uses[word] = uses.GetValueOrDefault(word) + 1;
                }
            }

            var unused = new HashSet<string>(StringComparer.Ordinal);
            foreach (string line in _lines)
            {
                string[] words = line.Split(' ');
                if (words.Length > 2 && words[1] == "=" && uses[words[0]] == 1 && words[2] is not ("OpLabel" or "OpFunction" or "OpFunctionParameter"))
                    unused.Add(words[0]);
            }

            if (unused.Count == 0)
                return;
            if (Try(Without(unused)))
            {
                changed = true;
                continue;
            }

            foreach (string id in unused)
                changed |= Try(Without([id]));
        }
    }

    private List<string> Without(HashSet<string> ids)
    {
        var candidate = new List<string>();
        foreach (string line in _lines)
        {
            string[] words = line.Split(' ');
            bool isDefinition = words.Length > 2 && words[1] == "=" && ids.Contains(words[0]);
            bool isDecoration = words[0] is "OpDecorate" or "OpMemberDecorate" or "OpName" or "OpMemberName" && ids.Contains(words[1]);
            if (!isDefinition && !isDecoration)
                candidate.Add(line);
        }

        return candidate;
    }

    private void DropFunctions()
    {
        for (int i = 0; i < _lines.Count; i++)
        {
            string[] words = _lines[i].Split(' ');
            if (words.Length < 3 || words[2] != "OpFunction" || _lines.Count(l => l.Split(' ').Contains(words[0])) > 1)
                continue;
            int end = _lines.FindIndex(i, l => l == "OpFunctionEnd");
            var candidate = new List<string>(_lines);
            candidate.RemoveRange(i, end - i + 1);
            if (Try(candidate))
                i--;
        }
    }

    private static string Rename(string line, string id, string other) =>
        line.Contains(id, StringComparison.Ordinal) ? Id().Replace(line, match => match.Value == id ? other : match.Value) : line;

    [GeneratedRegex(@"%\w+")]
    private static partial Regex Id();
}
