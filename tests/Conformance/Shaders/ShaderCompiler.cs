using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using ShaderJit.Conformance.Script;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Conformance.Shaders;

/// <summary>Makes SPIR-V of a script's shaders, with Debian's tools where they are needed, and keeps the results.</summary>
/// <param name="cacheFolder">Where results are kept between runs; null keeps none.</param>
internal sealed class ShaderCompiler(string? cacheFolder)
{
    /// <summary>What scripts get that name no environment.</summary>
    public const string DefaultEnvironment = "spv1.0";

    /// <exception cref="UnsupportedException">The language, or the tool for it is not installed.</exception>
    /// <exception cref="CaseFailedException">The shader does not compile.</exception>
    public uint[] Compile(AmberFile file, ShaderSource shader, IReadOnlyList<string> optimizations)
    {
        var environment = TargetEnvironment.Parse(shader.TargetEnvironment ?? EnvironmentOf(file.Path));
        var words = shader.Language switch
        {
            ShaderLanguage.Glsl => Cached(file, shader, environment, [], CompileGlsl),
            ShaderLanguage.SpirvAssembly => Cached(file, shader, environment, [], Assemble),
            ShaderLanguage.SpirvHex => ParseHex(shader.Text),
            ShaderLanguage.SpirvBinary => ReadBinary(file, shader.Text),
            ShaderLanguage.Hlsl => throw new UnsupportedException("shaders in HLSL"),
            _ => throw new UnsupportedException("shaders in OpenCL C"),
        };
        return optimizations.Count == 0 ? words : Optimize(words, environment, optimizations);
    }

    /// <summary>The suites' own rule: SPIR-V 1.4 tests are assembled for it.</summary>
    public static string EnvironmentOf(string path) =>
        path.Replace('\\', '/').Contains("/spirv1p4/", StringComparison.Ordinal) ? "vulkan1.1spv1.4" : DefaultEnvironment;

    private static uint[] CompileGlsl(AmberFile file, ShaderSource shader, TargetEnvironment environment, string folder)
    {
        foreach (var (name, text) in file.VirtualFiles)
        {
            string path = Path.GetFullPath(Path.Combine(folder, name.TrimStart('/')));
            if (!path.StartsWith(folder, StringComparison.Ordinal))
                throw new CaseFailedException($"virtual file {name} is outside its folder");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        string source = Path.Combine(folder, "shader.comp");
        string target = Path.Combine(folder, "shader.spv");
        File.WriteAllText(source, shader.Text);
        string version = $"1.{environment.SpirvMinor}";
        if (ExternalTool.Find("glslc") is { } glslc)
        {
            return Result(glslc.Run(["-fshader-stage=comp", $"--target-env={environment.Vulkan}", $"--target-spv=spv{version}",
                "-I", folder, "-w", "-o", target, source], null, folder), target, shader);
        }

        if (ExternalTool.Find("glslangValidator") is { } glslang)
            return Result(glslang.Run(["-V", "-S", "comp", "--target-env", $"spirv{version}", $"-I{folder}", "-o", target, source], null, folder), target, shader);
        throw new UnsupportedException("no GLSL compiler is installed (glslc or glslangValidator)");
    }

    private static uint[] Assemble(AmberFile file, ShaderSource shader, TargetEnvironment environment, string folder)
    {
        if (ExternalTool.Find("spirv-as") is { } assembler)
        {
            string target = Path.Combine(folder, "shader.spv");
            return Result(assembler.Run(["--target-env", environment.Name, "-o", target, "-"], shader.Text, folder), target, shader);
        }

        try
        {
            return Assembler.Assemble($"; Version: 1.{environment.SpirvMinor}\n{shader.Text}");
        }
        catch (AssemblyException e)
        {
            throw new CaseFailedException($"shader {shader.Name} does not assemble: {e.Message}");
        }
    }

    private static uint[] Optimize(uint[] words, TargetEnvironment environment, IReadOnlyList<string> flags)
    {
        var optimizer = ExternalTool.Find("spirv-opt") ?? throw new UnsupportedException("no optimizer is installed (spirv-opt)");
        return InFolder(folder =>
        {
            string source = Path.Combine(folder, "in.spv");
            string target = Path.Combine(folder, "out.spv");
            File.WriteAllBytes(source, MemoryMarshal.AsBytes(words.AsSpan()));
            var (code, output) = optimizer.Run(["--target-env=" + environment.Name, .. flags, "-o", target, source], null, folder);
            return code == 0 ? Words(File.ReadAllBytes(target)) : throw new CaseFailedException($"spirv-opt: {output.Trim()}");
        });
    }

    private static uint[] Result((int Code, string Output) run, string target, ShaderSource shader) =>
        run.Code == 0 && File.Exists(target)
            ? Words(File.ReadAllBytes(target))
            : throw new CaseFailedException($"shader {shader.Name} (line {shader.FirstLine}) does not compile: {run.Output.Trim()}");

    private uint[] Cached(AmberFile file, ShaderSource shader, TargetEnvironment environment, string[] options,
        Func<AmberFile, ShaderSource, TargetEnvironment, string, uint[]> compile)
    {
        string? path = null;
        if (cacheFolder is not null)
        {
            string[] tools = shader.Language == ShaderLanguage.Glsl ? ["glslc", "glslangValidator"] : ["spirv-as"];
            var key = new StringBuilder();
            foreach (string tool in tools)
                key.Append(ExternalTool.Find(tool)?.Stamp).Append('\0');
            key.Append(environment).Append('\0').Append(shader.Text).Append('\0').AppendJoin('\0', options);
            foreach (var (name, text) in file.VirtualFiles)
                key.Append('\0').Append(name).Append('\0').Append(text);
            path = Path.Combine(cacheFolder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString()))) + ".spv");
            if (File.Exists(path))
                return Words(File.ReadAllBytes(path));
        }

        var words = InFolder(folder => compile(file, shader, environment, folder));
        if (path is not null)
        {
            // Several processes may do this at once: each writes a file of its own and puts it in place whole.
            Directory.CreateDirectory(cacheFolder!);
            string part = $"{path}.{Environment.ProcessId}";
            File.WriteAllBytes(part, MemoryMarshal.AsBytes(words.AsSpan()));
            File.Move(part, path, true);
        }

        return words;
    }

    private static uint[] InFolder(Func<string, uint[]> work)
    {
        string folder = Directory.CreateTempSubdirectory("shaderjit-conformance-").FullName;
        try
        {
            return work(folder);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    private static uint[] ReadBinary(AmberFile file, string name)
    {
        string path = Path.Combine(Path.GetDirectoryName(file.Path) ?? "", name);
        return File.Exists(path) ? Words(File.ReadAllBytes(path)) : throw new CaseFailedException($"there is no file {name}");
    }

    private static uint[] Words(byte[] bytes)
    {
        if (bytes.Length == 0 || bytes.Length % 4 != 0)
            throw new CaseFailedException($"{bytes.Length} bytes are no SPIR-V module");
        return MemoryMarshal.Cast<byte, uint>(bytes).ToArray();
    }

    /// <summary>Words, with or without 0x; a word of the wrong byte order turns all.</summary>
    private static uint[] ParseHex(string text)
    {
        var words = new List<uint>();
        foreach (string line in text.Split('\n'))
        {
            int comment = line.IndexOfAny([';', '#']);
            foreach (string part in (comment < 0 ? line : line[..comment]).Split([' ', '\t', '\r', ','], StringSplitOptions.RemoveEmptyEntries))
            {
                string digits = part.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? part[2..] : part;
                if (!uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint word))
                    throw new CaseFailedException($"'{part}' is no word of SPIR-V");
                words.Add(word);
            }
        }

        if (words is [0x03022307, ..])
        {
            for (int i = 0; i < words.Count; i++)
                words[i] = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(words[i]);
        }

        return [.. words];
    }
}
