using System.Globalization;
using System.Text.RegularExpressions;
using ShaderJit.Fuzz.Generator;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz;

/// <summary>A module with what its check needs; as a file, assembly with a "; FUZZ:" line.</summary>
/// <param name="Seed">Of the dispatch's inputs.</param>
/// <param name="Precise">No float operation may be contracted.</param>
internal sealed partial record FuzzModule(uint[] Words, int Seed, bool Precise)
{
    private static readonly int[] Widths = [8, 16];

    /// <summary>The random module of a number; the four kinds take turns.</summary>
    public static FuzzModule Random(int seed)
    {
        var module = RandomModule.Make(seed, seed % 4 >= 2, seed % 2 == 1);
        return new FuzzModule(module.Words, seed, module.Precise);
    }

    public static FuzzModule Read(string path)
    {
        string text = File.ReadAllText(path);
        var line = Line().Match(text);
        int seed = line.Success ? int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 1;
        return new FuzzModule(Assembler.Assemble(text), seed, line.Success && line.Groups[2].Success);
    }

    public string Text(Finding? finding = null)
    {
        string head = string.Create(CultureInfo.InvariantCulture, $"; FUZZ: seed {Seed}{(Precise ? " precise" : "")}\n");
        if (finding is not null)
            head += $"; {finding.ToString().Split('\n')[0]}\n";
        return head + Disassembler.Disassemble(TestStage.Read(Words));
    }

    /// <summary>The first finding over both widths, or null.</summary>
    /// <param name="finished">Runs that ended by themselves.</param>
    public Finding? Check(ref int finished)
    {
        ModuleRun run;
        try
        {
            run = new ModuleRun(Words, Seed);
        }
        catch (ModuleException e)
        {
            return new Finding(e.Kind, 0, e.Message);
        }

        foreach (int lanes in Widths)
        {
            var finding = ModuleCheck.Check(Words, run.Of, Precise, run.IsFloat, lanes, out bool ended);
            finished += ended ? 1 : 0;
            if (finding is not null)
                return finding;
        }

        return null;
    }

    [GeneratedRegex(@"^; FUZZ: seed (\d+)( precise)?", RegexOptions.Multiline)]
    private static partial Regex Line();
}
