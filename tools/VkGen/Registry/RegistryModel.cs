namespace VkGen.Registry;

/// <summary>
/// What the generator keeps of vk.xml, reduced to the core versions and the extensions that need no platform header.
/// Names are the C names; every alias is already resolved in types, so a promoted struct exists once.
/// </summary>
internal sealed record RegistryModel(
    uint HeaderVersion,
    IReadOnlyList<string> Tags,
    IReadOnlyList<ConstantModel> Constants,
    IReadOnlyList<EnumModel> Enums,
    IReadOnlyList<HandleModel> Handles,
    IReadOnlyList<StructModel> Structs,
    IReadOnlyDictionary<string, FunctionPointerModel> FunctionPointers,
    IReadOnlyList<CommandModel> Commands,
    IReadOnlyList<ExtensionModel> Extensions,
    IReadOnlyList<SkippedType> Skipped);

/// <summary>An API constant: <c>VK_WHOLE_SIZE</c> of C type <c>uint64_t</c> with the C expression of its value.</summary>
internal sealed record ConstantModel(string Name, string Type, string Value);

/// <summary>An enumeration or a set of flags. <see cref="Name"/> is the flags type for flags, not the bits type.</summary>
internal sealed record EnumModel(string Name, string PrefixSource, bool IsFlags, bool Is64Bit, IReadOnlyList<EnumMemberModel> Members);

/// <summary>A member; <see cref="AliasOf"/> is the C name of the member that it repeats, or null.</summary>
internal sealed record EnumMemberModel(string Name, long Value, string? AliasOf);

internal sealed record HandleModel(string Name, bool IsDispatchable);

internal sealed record StructModel(
    string Name,
    bool IsUnion,
    bool IsReturnedOnly,
    string? StructureType,
    IReadOnlyList<string> Extends,
    IReadOnlyList<MemberModel> Members);

/// <summary>
/// A member of a struct or a parameter of a command.
/// <see cref="PointerDepth"/> counts stars, <see cref="ArrayLength"/> is the product of all dimensions (0: no array),
/// <see cref="BitWidth"/> is 0 unless the member is a bit-field.
/// </summary>
internal sealed record MemberModel(
    string Name,
    string Type,
    int PointerDepth,
    bool IsConst,
    bool IsOptional,
    string? Length,
    int ArrayLength,
    int BitWidth);

internal sealed record FunctionPointerModel(string Name, TypeReference Return, IReadOnlyList<TypeReference> Parameters);

internal sealed record TypeReference(string Type, int PointerDepth);

internal enum CommandLevel
{
    Global,
    Instance,
    PhysicalDevice,
    Device,
}

/// <summary>A command under its canonical name, with the other names that mean the same function.</summary>
internal sealed record CommandModel(
    string Name,
    CommandLevel Level,
    string ReturnType,
    IReadOnlyList<MemberModel> Parameters,
    IReadOnlyList<CommandAlias> Aliases,
    string Origin);

internal sealed record CommandAlias(string Name, string Origin);

internal sealed record ExtensionModel(string Name, uint SpecVersion, bool IsInstanceExtension);

/// <summary>A type that an included extension names and that C# bindings cannot or should not hold, and why.</summary>
internal sealed record SkippedType(string Name, string Reason);
