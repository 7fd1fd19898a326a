using System.Runtime.InteropServices;

namespace ShaderJit.Icd;

/// <summary>
/// What the Vulkan loader looks for in a driver's library ("Loader and Driver Interface", LoaderDriverInterface.md):
/// the only symbols that the library exports. All else is reached through them.
/// </summary>
internal static unsafe class LoaderInterface
{
    /// <summary>Newest interface that this driver follows: 5 added that a driver takes any apiVersion at
    /// vkCreateInstance, 6 that Windows finds drivers by adapter.</summary>
    private const uint NewestVersion = 5;

    /// <summary>Oldest interface that it follows: 2, because the library exports no vkGetInstanceProcAddr.</summary>
    private const uint OldestVersion = 2;

    /// <summary>Success and ErrorIncompatibleDriver of VkResult.</summary>
    private const int Success = 0, IncompatibleDriver = -9;

    /// <summary>Agrees on the version of the interface: the newest that both sides know.</summary>
    /// <param name="version">In: the newest that the loader knows. Out: the one to use.</param>
    [UnmanagedCallersOnly(EntryPoint = "vk_icdNegotiateLoaderICDInterfaceVersion")]
    public static int Negotiate(uint* version)
    {
        if (version == null)
            return IncompatibleDriver;

        // SAFETY: the interface promises a pointer to one number.
        *version = Math.Min(*version, NewestVersion);
        return *version < OldestVersion ? IncompatibleDriver : Success;
    }

    /// <summary>vkGetInstanceProcAddr.</summary>
    [UnmanagedCallersOnly(EntryPoint = "vk_icdGetInstanceProcAddr")]
    public static nint GetInstanceProcAddr(nint instance, byte* name) => Vulkan.Driver.Find(instance, name);

    /// <summary>The same for commands whose first argument is a VkPhysicalDevice; null for all others, which is how the
    /// loader learns which is which.</summary>
    [UnmanagedCallersOnly(EntryPoint = "vk_icdGetPhysicalDeviceProcAddr")]
    public static nint GetPhysicalDeviceProcAddr(nint instance, byte* name) =>
        Vulkan.Driver.FindOfPhysicalDevice(instance, name);
}
