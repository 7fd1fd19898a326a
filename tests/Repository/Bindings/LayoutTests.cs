using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Xml.Linq;
using ShaderJit.Vulkan.Bindings;
using VkGen;
using VkGen.Registry;
using Xunit;

namespace ShaderJit.Repository.Tests.Bindings;

/// <summary>Sizes, offsets and values of the bindings are those that a C compiler finds in the Vulkan headers.</summary>
public sealed class LayoutTests
{
    private const string Header = "/usr/include/vulkan/vulkan.h";
    private const string Compiler = "/usr/bin/gcc";

    [FactWithRegistry(Header, Compiler)]
    public void Structs_and_values_equal_those_of_the_C_headers()
    {
        var assembly = typeof(Vk).Assembly;
        var wrong = new List<string>();
        var probed = new HashSet<string>(StringComparer.Ordinal);
        var offsets = 0;
        var values = 0;

        foreach (var line in RunProbe())
        {
            var words = line.Split(' ');
            var expected = ulong.Parse(words[2], CultureInfo.InvariantCulture);
            var dot = words[1].IndexOf('.');
            var typeName = dot < 0 ? words[1] : words[1][..dot];
            var type = assembly.GetType("ShaderJit.Vulkan.Bindings." + typeName, throwOnError: true)!;
            var actual = words[0] switch
            {
                "sizeof" => SizeOf(type),
                "sizeoffield" => SizeOf(FieldOf(type, words[1][(dot + 1)..]).FieldType),
                "offsetof" => OffsetOf(type, words[1][(dot + 1)..]),
                "value" => ValueOf(type, words[1][(dot + 1)..]),
                _ => throw new InvalidDataException(line),
            };
            offsets += words[0] == "offsetof" ? 1 : 0;
            values += words[0] == "value" ? 1 : 0;
            probed.Add(typeName);
            if (actual != expected)
                wrong.Add($"{words[0]} {words[1]}: C {expected}, C# {actual}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(50)));
        Assert.True(offsets > 4000 && values > 2400, $"The probe printed {offsets} offsets and {values} values: it lost some.");

        var unprobed = assembly.GetExportedTypes()
            .Where(t => t.IsValueType && !t.IsNested && !t.IsEnum && t != typeof(Bool32) && !probed.Contains(t.Name))
            .Select(t => t.Name);

        // What is newer than the headers, they cannot tell.
        var later = LaterExtensions.Structs(XDocument.Load(FactWithRegistryAttribute.Registry)).Select(Naming.Type);
        Assert.Equal(later.Order(StringComparer.Ordinal), unprobed.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> RunProbe()
    {
        var folder = Directory.CreateTempSubdirectory("shaderjit-layout-");
        try
        {
            var source = Path.Combine(folder.FullName, "probe.c");
            var program = Path.Combine(folder.FullName, "probe");
            File.WriteAllText(source, BindingsGenerator.GenerateLayoutProbe(XDocument.Load(FactWithRegistryAttribute.Registry)));
            Run(Compiler, ["-O0", "-w", "-o", program, source]);
            return Run(program, []).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {errors.Result}");
        return output;
    }

    private static ulong SizeOf(Type type)
    {
        // Emitting sizeof of a function pointer type is not supported; all pointers are alike.
        if (type.IsPointer || type.IsFunctionPointer)
            return (ulong)IntPtr.Size;
        var method = new DynamicMethod("SizeOf", typeof(ulong), []);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Sizeof, type);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<ulong>>()();
    }

    /// <summary>The offset that the runtime really uses: address of the field minus address of the struct.</summary>
    private static ulong OffsetOf(Type type, string field)
    {
        var method = new DynamicMethod("OffsetOf", typeof(ulong), []);
        var il = method.GetILGenerator();
        il.DeclareLocal(type);
        il.Emit(OpCodes.Ldloca_S, (byte)0);
        il.Emit(OpCodes.Ldflda, FieldOf(type, field));
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Ldloca_S, (byte)0);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<ulong>>()();
    }

    private static FieldInfo FieldOf(Type type, string field) =>
        type.GetField(field) ?? throw new InvalidDataException($"{type.Name} has no field {field}.");

    private static ulong ValueOf(Type type, string member)
    {
        var info = type.GetField(member, BindingFlags.Public | BindingFlags.Static) ?? throw new InvalidDataException($"{type.Name} has no member {member}.");
        return info.GetRawConstantValue() switch
        {
            int value => unchecked((ulong)value),
            uint value => value,
            ulong value => value,
            var other => throw new InvalidDataException($"{type.Name}.{member} is {other}."),
        };
    }
}
