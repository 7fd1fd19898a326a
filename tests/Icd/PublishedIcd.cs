namespace ShaderJit.Icd.Tests;

/// <summary>Where the tree that these tests were built from has the published driver, and what the tests need beside it.</summary>
internal static class PublishedIcd
{
    public static string Root { get; } = RepositoryRoot.Of("");

    /// <summary>The library that <c>dotnet publish driver/Icd -c Release -o out/icd</c> makes.</summary>
    public static string Library { get; } = Path.Combine(Root, "out/icd/libshaderjit.so");

    public static string Manifest { get; } = Path.Combine(Root, "out/icd/shaderjit_icd.json");

    /// <summary>The folder of the Faults sample's shaders.</summary>
    public static string Shaders { get; } = Path.Combine(Root, "samples/Faults");

    public const string Loader = "libvulkan.so.1";

    public const string VulkanInfo = "/usr/bin/vulkaninfo";

    public const string Gcc = "/usr/bin/gcc";

    public const string VulkanHeader = "/usr/include/vulkan/vulkan.h";

    public const string ValidationLayer = "/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json";
}
