using ShaderJit.SpirvGen;

// usage: SpirvGen [--check] [--grammar DIR] [--out DIR]
// Writes compiler/Spirv/Generated/*.g.cs from the grammar of Debian's spirv-headers; with --check only compares.
string grammarFolder = Generator.DefaultGrammarFolder;
string output = Path.Combine("compiler", "Spirv", "Generated");
bool check = false;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--check": check = true; break;
        case "--grammar" when i + 1 < args.Length: grammarFolder = args[++i]; break;
        case "--out" when i + 1 < args.Length: output = args[++i]; break;
        default:
            Console.Error.WriteLine($"unknown argument {args[i]}; usage: SpirvGen [--check] [--grammar DIR] [--out DIR]");
            return 2;
    }
}

int different = 0;
Directory.CreateDirectory(output);
foreach ((string name, string text) in Generator.Generate(grammarFolder))
{
    string path = Path.Combine(output, name);
    if (File.Exists(path) && File.ReadAllText(path) == text)
        continue;
    different++;
    Console.WriteLine((check ? "differs: " : "wrote: ") + path);
    if (!check)
        File.WriteAllText(path, text);
}
return check && different > 0 ? 1 : 0;
