using System.Reflection;
using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>Finds a feature or property by the name that scripts give it, such as Float16Int8Features.shaderInt8, among all
/// structs that the bindings know.</summary>
internal static class ChainedStructs
{
    /// <summary>Where the scripts' names are not the structs'.</summary>
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.OrdinalIgnoreCase)
    {
        ["VariablePointer"] = "VariablePointers", ["Float16Int8"] = "ShaderFloat16Int8",
        ["Storage16Bit"] = "16BitStorage", ["Storage8Bit"] = "8BitStorage", ["DescriptorIndexing"] = "DescriptorIndexing",
    };

    private static readonly string[] Vendors = ["KHR", "EXT", "AMD", "NV", "INTEL", "QCOM", "ARM", "VALVE", "HUAWEI", "IMG", "SEC"];

    /// <summary>The struct and the member's offset in it; null for a name that nothing has.</summary>
    /// <param name="suffix">Features or Properties.</param>
    public static (StructureType Type, int Offset)? Find(string name, string suffix)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return null;
        string wanted = Bare(name[..dot], suffix);
        if (Aliases.TryGetValue(wanted, out string? alias))
            wanted = alias;
        foreach (var type in typeof(Vk).Assembly.GetTypes())
        {
            if (!type.IsValueType || !type.Name.StartsWith("PhysicalDevice", StringComparison.Ordinal)
                || !type.Name.Contains(suffix, StringComparison.Ordinal)
                || !Bare(type.Name["PhysicalDevice".Length..], suffix).Equals(wanted, StringComparison.OrdinalIgnoreCase))
                continue;
            if (type.GetField("SType")?.GetValue(Activator.CreateInstance(type)) is StructureType structure
                && MemberOffset(type, name[(dot + 1)..]) is { } offset)
                return (structure, offset);
        }

        return null;
    }

    /// <summary>Offset in VkPhysicalDeviceFeatures; null for a name that it has not.</summary>
    public static int? CoreFeature(string name) => MemberOffset(typeof(PhysicalDeviceFeatures), name);

    private static int? MemberOffset(Type type, string member)
    {
        foreach (var field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            if (field.FieldType == typeof(Bool32) && field.Name.Equals(member, StringComparison.OrdinalIgnoreCase))
                return (int)Marshal.OffsetOf(type, field.Name);
        }

        return null;
    }

    private static string Bare(string name, string suffix)
    {
        foreach (string vendor in Vendors)
        {
            if (name.EndsWith(vendor, StringComparison.Ordinal))
                name = name[..^vendor.Length];
        }

        return name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name;
    }
}
