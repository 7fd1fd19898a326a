using VkGen.Registry;

namespace VkGen;

/// <summary>Writes C types as C# types.</summary>
internal sealed class TypeMap(RegistryModel model)
{
    private static readonly Dictionary<string, string> Basic = new(StringComparer.Ordinal)
    {
        ["void"] = "void",
        ["char"] = "byte",
        ["float"] = "float",
        ["double"] = "double",
        ["int"] = "int",
        ["int8_t"] = "sbyte",
        ["uint8_t"] = "byte",
        ["int16_t"] = "short",
        ["uint16_t"] = "ushort",
        ["int32_t"] = "int",
        ["uint32_t"] = "uint",
        ["int64_t"] = "long",
        ["uint64_t"] = "ulong",
        ["size_t"] = "nuint",
        ["VkBool32"] = "Bool32",
        ["VkFlags"] = "uint",
        ["VkFlags64"] = "ulong",
        ["VkSampleMask"] = "uint",
        ["VkDeviceSize"] = "ulong",
        ["VkDeviceAddress"] = "ulong",
        ["VkRemoteAddressNV"] = "void*",
        // The caller casts it to what the name promises; a driver returns addresses as numbers.
        ["PFN_vkVoidFunction"] = "nint",
    };

    private static readonly HashSet<string> FixedBufferTypes = new(StringComparer.Ordinal)
        { "byte", "sbyte", "short", "ushort", "int", "uint", "long", "ulong", "float", "double" };

    /// <summary>True when C# can hold an array of the type as a fixed-size buffer.</summary>
    public static bool CanBeFixed(string csharpType) => FixedBufferTypes.Contains(csharpType);

    /// <summary>The C# type of a C type with so many stars.</summary>
    public string Of(string cType, int pointerDepth)
    {
        var name = Basic.TryGetValue(cType, out var basic) ? basic
            : model.FunctionPointers.TryGetValue(cType, out var function) ? Of(function)
            : Naming.Type(cType);
        return name + new string('*', pointerDepth);
    }

    /// <summary>The C# type of a parameter: an array parameter is a pointer.</summary>
    public string OfParameter(MemberModel parameter) =>
        Of(parameter.Type, parameter.PointerDepth + (parameter.ArrayLength > 0 ? 1 : 0));

    /// <summary>The unmanaged function pointer type of a command.</summary>
    public string OfCommand(CommandModel command)
    {
        var types = command.Parameters.Select(OfParameter).Append(Of(command.ReturnType, 0));
        return $"delegate* unmanaged<{string.Join(", ", types)}>";
    }

    private string Of(FunctionPointerModel function)
    {
        var types = function.Parameters.Append(function.Return).Select(t => Of(t.Type, t.PointerDepth));
        return $"delegate* unmanaged<{string.Join(", ", types)}>";
    }
}
