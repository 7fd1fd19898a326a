using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace ShaderJit.Verifier.Tests;

/// <summary>Assembles cases with binutils, where they are installed.</summary>
internal static class GnuAssembler
{
    public static bool IsInstalled { get; } = File.Exists("/usr/bin/as") && File.Exists("/usr/bin/objcopy");

    /// <summary>The code of a case, and the offset of its "bad" line or -1.</summary>
    public static (byte[] Code, int At) Assemble(VerifierCase test)
    {
        string folder = Directory.CreateTempSubdirectory("verifier").FullName;
        try
        {
            var source = new StringBuilder(".intel_syntax noprefix\n.text\n");
            foreach ((string text, bool bad) in test.Assembly)
            {
                if (bad)
                    source.Append("bad:\n");
                source.Append(text).Append('\n');
            }

            // Two trailers, read back from the end of the binary: code bytes and the offset of the bad line.
            bool anyBad = test.Assembly.Exists(line => line.Bad);
            source.Append("exit:\n.skip 16, 0xcc\n.balign 64, 0xcc\nconstants:\n");
            source.Append(CultureInfo.InvariantCulture, $".skip {test.Constants.Count * 8}\n");
            source.Append("trailer:\n.long exit - .text\n.long ").Append(anyBad ? "bad - .text" : "-1").Append('\n');
            string assembly = Path.Combine(folder, "a.s"), objectFile = Path.Combine(folder, "a.o"),
                binary = Path.Combine(folder, "a.bin");
            File.WriteAllText(assembly, source.ToString());
            Run("/usr/bin/as", ["--64", "-o", objectFile, assembly], test);
            Run("/usr/bin/objcopy", ["-O", "binary", "-j", ".text", objectFile, binary], test);
            byte[] bytes = File.ReadAllBytes(binary);
            int codeBytes = BitConverter.ToInt32(bytes, bytes.Length - 8), at = BitConverter.ToInt32(bytes, bytes.Length - 4);
            return (bytes[..codeBytes], at);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Run(string program, string[] arguments, VerifierCase test)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })
            ?? throw new InvalidOperationException(program);
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{test}: {errors}");
    }
}
