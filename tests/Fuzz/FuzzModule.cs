using System.Globalization;
using System.Text.RegularExpressions;
using ShaderJit.Fuzz.Generator;
using ShaderJit.Fuzz.Peer;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz;

/// <summary>A module with what its check needs; as a file, assembly with a "; FUZZ:" line.</summary>
/// <param name="Seed">Of the dispatch's inputs.</param>
/// <param name="Precise">No float operation may be contracted.</param>
/// <param name="Defined">It does nothing whose effect SPIR-V leaves undefined, so that other drivers must agree.</param>
/// <param name="Groups">Workgroups; null: a few, by the seed.</param>
internal sealed partial record FuzzModule(uint[] Words, int Seed, bool Precise, bool Defined = false, (uint X, uint Y, uint Z)? Groups = null)
{
    private static readonly int[] Widths = [8, 16];

    /// <summary>The random module of a number; the kinds take turns.</summary>
    public static FuzzModule Random(int seed)
    {
        var module = RandomModule.Make(seed, seed % 4 >= 2, seed % 3 == 0);
        return new FuzzModule(module.Words, seed, module.Precise, module.Defined, module.Groups);
    }

    public static FuzzModule Read(string path)
    {
        string text = File.ReadAllText(path);
        var line = Line().Match(text);
        (uint, uint, uint)? groups = line.Groups[4].Success ? (Number(line, 4), Number(line, 5), Number(line, 6)) : null;
        return new FuzzModule(Assembler.Assemble(text), line.Success ? (int)Number(line, 1) : 1, line.Groups[2].Success, line.Groups[3].Success, groups);
    }

    public string Text(Finding? finding = null)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"; FUZZ: seed {Seed}{(Precise ? " precise" : "")}{(Defined ? " defined" : "")}");
        if (Groups is { } groups)
            head += string.Create(CultureInfo.InvariantCulture, $" groups {groups.X} {groups.Y} {groups.Z}");
        head += "\n";
        if (finding is not null)
            head += $"; {finding.ToString().Split('\n')[0]}\n";
        return head + Disassembler.Disassemble(TestStage.Read(Words));
    }

    /// <summary>The first finding over both widths, or null.</summary>
    /// <param name="finished">Runs that ended by themselves.</param>
    /// <param name="peer">Another driver to ask, if the module is one whose answer it may be asked for.</param>
    public Finding? Check(ref int finished, PeerCheck? peer = null)
    {
        ModuleRun run;
        try
        {
            run = new ModuleRun(Words, Seed, Groups);
        }
        catch (ModuleException e)
        {
            return new Finding(e.Kind, 0, e.Message);
        }

        foreach (int lanes in Widths)
        {
            var finding = ModuleCheck.Check(Words, run.Of, Precise, run.FloatBits, lanes, out bool ended);
            finished += ended ? 1 : 0;
            if (finding is not null)
                return finding;
        }

        return Defined ? peer?.Check(this) : null;
    }

    private static uint Number(Match line, int group) => uint.Parse(line.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^; FUZZ: seed (\d+)( precise)?( defined)?(?: groups (\d+) (\d+) (\d+))?", RegexOptions.Multiline)]
    private static partial Regex Line();
}
