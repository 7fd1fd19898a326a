using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using ShaderJit.Abi;

namespace ShaderJit.Verifier.Tests;

/// <summary>One kernel of a file below tests/Filetests/verifier. Lines, in this order:
/// <code>
/// case NAME
/// k BITS            region of 2^BITS bytes; 36 if left out
/// qword HEX...      quadwords of constants; label "constants" in the assembly
/// rule RULE         the rule that it breaks; only in reject/
/// asm TEXT          a line of GNU assembly, Intel syntax; "exit" is the label of the exit
/// bad TEXT          the same, the line that breaks the rule
/// at OFFSET         of that line; written by bless
/// hex BYTES         the code; written by bless, or by hand for what no assembler emits
/// </code></summary>
public sealed class VerifierCase
{
    public required string File { get; init; }
    public required string Name { get; init; }
    public int RegionBits { get; set; } = 36;
    public List<ulong> Constants { get; } = [];
    public VerifierRule Rule { get; set; }
    public List<(string Text, bool Bad)> Assembly { get; } = [];
    public int At { get; set; } = -1;
    public byte[] Code { get; set; } = [];

    public override string ToString() => $"{Path.GetFileNameWithoutExtension(File)}/{Name}";

    /// <summary>The image that a compiler would hand over, with an exit gap that traps.</summary>
    public byte[] Image()
    {
        int constants = KernelAbi.ConstantsOffset(Code.Length);
        var image = new byte[constants + Constants.Count * 8];
        Code.CopyTo(image, 0);
        image.AsSpan(Code.Length, constants - Code.Length).Fill(0xCC);
        for (int i = 0; i < Constants.Count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(constants + i * 8), Constants[i]);
        return image;
    }

    public static string Root { get; } = FindRoot();

    public static IEnumerable<VerifierCase> All(string folder) =>
        Directory.GetFiles(Path.Combine(Root, folder), "*.txt").Order(StringComparer.Ordinal).SelectMany(Parse);

    public static List<VerifierCase> Parse(string file)
    {
        var cases = new List<VerifierCase>();
        foreach (string line in System.IO.File.ReadLines(file))
        {
            string text = line.Split('#')[0].Trim();
            if (text.Length == 0)
                continue;
            string[] words = text.Split(' ', 2, StringSplitOptions.TrimEntries);
            string rest = words.Length > 1 ? words[1] : "";
            if (words[0] == "case")
            {
                cases.Add(new VerifierCase { File = file, Name = rest });
                continue;
            }

            VerifierCase last = cases[^1];
            switch (words[0])
            {
                case "k": last.RegionBits = int.Parse(rest, CultureInfo.InvariantCulture); break;
                case "qword":
                    last.Constants.AddRange(rest.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                        .Select(word => ulong.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
                    break;
                case "rule": last.Rule = Enum.Parse<VerifierRule>(rest); break;
                case "asm": last.Assembly.Add((rest, false)); break;
                case "bad": last.Assembly.Add((rest, true)); break;
                case "at": last.At = int.Parse(rest, CultureInfo.InvariantCulture); break;
                case "hex": last.Code = [.. last.Code, .. Convert.FromHexString(rest.Replace(" ", ""))]; break;
                default: throw new FormatException($"{file}: {line}");
            }
        }

        return cases;
    }

    /// <summary>Rewrites the lines "at" and "hex" of the cases that have assembly; all other lines stay.</summary>
    public static void Bless(string file, IReadOnlyList<VerifierCase> cases)
    {
        var output = new StringBuilder();
        int current = -1, assemblyLines = 0;
        foreach (string line in System.IO.File.ReadAllLines(file))
        {
            string keyword = line.Trim().Split(' ')[0];
            if (keyword == "case")
                (current, assemblyLines) = (current + 1, 0);
            bool assembled = current >= 0 && cases[current].Assembly.Count > 0;
            if (assembled && keyword is ("hex" or "at"))
                continue;
            output.Append(line).Append('\n');
            if (keyword is ("asm" or "bad") && ++assemblyLines == cases[current].Assembly.Count)
                AppendCode(output, cases[current]);
        }

        System.IO.File.WriteAllText(file, output.ToString());
    }

    private static void AppendCode(StringBuilder output, VerifierCase test)
    {
        if (test.At >= 0)
            output.Append(CultureInfo.InvariantCulture, $"at {test.At}\n");
        foreach (byte[] part in test.Code.Chunk(32))
            output.Append("hex ").Append(Convert.ToHexString(part).ToLowerInvariant()).Append('\n');
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !System.IO.File.Exists(Path.Combine(folder.FullName, "ShaderJit.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? ".", "tests", "Filetests", "verifier");
    }
}
