using System.CommandLine;
using System.Globalization;
using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Fuzz.Peer;

namespace ShaderJit.Fuzz;

/// <summary>The command line.</summary>
internal static class Commands
{
    public static RootCommand Root() => new(
        "Tests the compiler with random and with changed modules. The oracle, the 8-lane and the 16-lane code must leave the same bytes.\n\n"
        + "  fuzz run --count 2000               random modules\n"
        + "  fuzz run --count 100000 --jobs 8 --out found\n"
        + "  fuzz run --icd /usr/share/vulkan/icd.d/lvp_icd.x86_64.json    and compared with another driver\n"
        + "  fuzz reconvergence --count 2000     who meets whom again in divergent flow\n"
        + "  fuzz mutate --count 100000 DATA     real modules (.spv) with changed words: refused, or run\n"
        + "  fuzz reduce found/module-17.spvasm  the smallest module that fails alike\n"
        + "  fuzz check FILES                    modules of earlier findings\n"
        + "  fuzz show 17                        module 17 as assembly")
    {
        Run(), Reconverge(), Mutate(), Reduce(), Check(), Show(), Forms(), Child(), Peer(),
    };

    private static Option<int> Count(int otherwise) =>
        new("--count", "-n") { Description = "modules", DefaultValueFactory = _ => otherwise, HelpName = "N" };

    private static Option<int> Seed() => new("--seed") { Description = "number of the first module", DefaultValueFactory = _ => 1, HelpName = "N" };

    private static Option<int> Jobs() =>
        new("--jobs", "-j") { Description = "processes at a time", DefaultValueFactory = _ => Environment.ProcessorCount, HelpName = "N" };

    private static Option<string?> Out() => new("--out", "-o") { Description = "folder for modules that fail", HelpName = "FOLDER" };

    private static Option<string?> Shard() => new("--shard") { Description = "the i-th of n parts, from 1/n to n/n", HelpName = "i/n" };

    private static Option<string?> Icd() => new("--icd")
    {
        Description = "another driver's manifest: what the specification does not leave open, it must give too; what it refuses or dies of is counted",
        HelpName = "FILE",
    };

    private static Command Run()
    {
        Option<int> count = Count(2000), seed = Seed(), jobs = Jobs();
        Option<string?> folder = Out(), shard = Shard(), icd = Icd();
        var command = new Command("run", "Runs random modules. The exit code is 0 when all agree with the oracle.") { count, seed, jobs, folder, shard, icd };
        command.SetAction((parse, _) => new Campaign("random", [], parse.GetValue(icd)).RunAsync(parse.GetValue(seed), parse.GetValue(count),
            parse.GetValue(shard), parse.GetValue(jobs), parse.GetValue(folder)));
        return command;
    }

    private static Command Reconverge()
    {
        Option<int> count = Count(2000), seed = Seed(), jobs = Jobs();
        Option<string?> folder = Out(), shard = Shard();
        var command = new Command(Campaign.Reconvergence, "Runs random programs of nested constructs against a simulation of maximal reconvergence.")
        {
            count, seed, jobs, folder, shard,
        };
        command.SetAction((parse, _) => new Campaign(Campaign.Reconvergence, [], null).RunAsync(parse.GetValue(seed), parse.GetValue(count),
            parse.GetValue(shard), parse.GetValue(jobs), parse.GetValue(folder)));
        return command;
    }

    private static Command Mutate()
    {
        var data = new Argument<string[]>("DATA") { Description = "modules (.spv), or folders with them", Arity = ArgumentArity.OneOrMore };
        Option<int> count = Count(10_000), seed = Seed(), jobs = Jobs();
        Option<string?> folder = Out(), shard = Shard();
        var command = new Command("mutate", "Runs changed modules: each is refused with a reason, or compiled to code that the verifier takes, and runs.")
        {
            data, count, seed, jobs, folder, shard,
        };
        command.SetAction((parse, _) => new Campaign("mutant", parse.GetValue(data)!, null).RunAsync(parse.GetValue(seed), parse.GetValue(count),
            parse.GetValue(shard), parse.GetValue(jobs), parse.GetValue(folder)));
        return command;
    }

    private static Command Reduce()
    {
        var file = new Argument<string>("FILE") { Description = "a module as assembly" };
        var output = new Option<string?>("--out", "-o") { Description = "the reduced module; beside FILE without it", HelpName = "FILE" };
        var icd = Icd();
        var command = new Command("reduce", "Shrinks a module that fails to a small one that fails alike.") { file, output, icd };
        command.SetAction(parse =>
        {
            var module = FuzzModule.Read(parse.GetValue(file)!);
            using var peer = parse.GetValue(icd) is { } manifest ? new PeerCheck(manifest) : null;
            Finding? Here(FuzzModule candidate)
            {
                int finished = 0;
                return candidate.Check(ref finished, peer);
            }

            // What kills the process must not kill this one.
            Func<FuzzModule, Finding?> check = IsolatedCheck.OfThisProgram().Check;
            if (check(module) is not { } finding)
                (check, finding) = (Here, Here(module)!);
            if (finding is null)
            {
                Console.Error.WriteLine("it does not fail");
                return 2;
            }

            Console.WriteLine(finding);
            var reducer = new Reducer(text => Reduction.FailsAlike(text, module, finding, check));
            string reduced = reducer.Reduce(module.Text());
            var small = module with { Words = SpirvAssembler.Assembler.Assemble(reduced) };
            string target = parse.GetValue(output) ?? Path.ChangeExtension(parse.GetValue(file)!, ".reduced.spvasm");
            File.WriteAllText(target, small.Text(check(small)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{module.Words.Length} words to {small.Words.Length} in {reducer.Tries} tries: {target}"));
            return 0;
        });
        return command;
    }

    private static Command Check()
    {
        var files = new Argument<string[]>("FILES") { Description = "modules as assembly, or folders with them", Arity = ArgumentArity.OneOrMore };
        var icd = Icd();
        var command = new Command("check", "Runs modules from files.") { files, icd };
        command.SetAction(parse =>
        {
            using var peer = parse.GetValue(icd) is { } manifest ? new PeerCheck(manifest) : null;
            int bad = 0, all = 0, finished = 0;
            foreach (string path in Files(parse.GetValue(files)!, ".spvasm"))
            {
                all++;
                if (FuzzModule.Read(path).Check(ref finished, peer) is { } finding)
                {
                    bad++;
                    Console.WriteLine($"{path}: {finding}");
                }
            }

            Console.WriteLine($"{all} modules, {bad} fail");
            return bad == 0 ? 0 : 1;
        });
        return command;
    }

    private static Command Show()
    {
        var seed = new Argument<int>("NUMBER");
        var command = new Command("show", "Prints a random module as assembly.") { seed };
        command.SetAction(parse => Console.Write(FuzzModule.Random(parse.GetValue(seed)).Text()));
        return command;
    }

    private static Command Forms()
    {
        var file = new Argument<string>("FILE") { Description = "a module as assembly" };
        var lanes = new Option<int>("--lanes") { Description = "8 or 16", DefaultValueFactory = _ => 8 };
        var command = new Command("forms", "Prints a module's forms on the way through the compiler.") { file, lanes };
        command.SetAction(parse =>
        {
            uint[] words = FuzzModule.Read(parse.GetValue(file)!).Words;
            var stage = TestStage.Of(TestStage.Read(words)) with { KeepRepresentations = true };
            var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(parse.GetValue(lanes), KernelAbi.MinRegionBits));
            foreach (var form in compiled.Representations)
                Console.WriteLine($"; ---- {form.Name}\n{form.Text}");
            foreach (var diagnostic in compiled.Diagnostics)
                Console.WriteLine(diagnostic);
            if (compiled.Kernel is { } kernel)
                PrintCode(kernel.Image.Span[..kernel.CodeBytes].ToArray());
        });
        return command;
    }

    private static void PrintCode(byte[] code)
    {
        Console.WriteLine("; ---- Code");
        var decoder = Decoder.Create(64, code);
        var formatter = new NasmFormatter();
        var text = new StringOutput();
        while (decoder.IP < (ulong)code.Length)
        {
            var instruction = decoder.Decode();
            formatter.Format(instruction, text);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{instruction.IP:x5}  {text.ToStringAndReset()}"));
        }
    }

    private static Command Child()
    {
        var kind = new Argument<string>("KIND");
        var first = new Argument<int>("FIRST");
        var last = new Argument<int>("LAST");
        var data = new Argument<string[]>("DATA") { Arity = ArgumentArity.ZeroOrMore };
        var icd = Icd();
        var command = new Command("child", "Runs modules for a campaign.") { kind, first, last, data, icd };
        command.Hidden = true;
        command.SetAction(parse => new Campaign(parse.GetValue(kind)!, parse.GetValue(data) ?? [], parse.GetValue(icd))
            .Child(parse.GetValue(first), parse.GetValue(last)));
        return command;
    }

    private static Command Peer()
    {
        var command = new Command("peer", "Runs dispatches on the driver that the loader finds.") { Hidden = true };
        command.SetAction(_ => PeerServer.Serve());
        return command;
    }

    /// <summary>Files of an extension, by name, so that a number means the same mutant everywhere.</summary>
    public static List<string> Files(IReadOnlyList<string> roots, string extension)
    {
        var files = new List<string>();
        foreach (string root in roots)
        {
            if (File.Exists(root))
                files.Add(root);
            else
                files.AddRange(Directory.EnumerateFiles(root, "*" + extension, SearchOption.AllDirectories));
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }
}
