using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan;

/// <summary>The way into the driver, for programs that link it.</summary>
public static unsafe class Driver
{
    /// <summary>The in-process driver behind the calling class: no loader, no native install.</summary>
    public static Vk CreateVk() => Vk.FromGetInstanceProcAddr(GetInstanceProcAddr);

    /// <summary>vkGetInstanceProcAddr, for anything that takes one (a Silk.NET INativeContext, a C library).</summary>
    public static delegate* unmanaged<nint, byte*, nint> GetInstanceProcAddr => &Resolve;

    /// <summary>The address of a command for an instance, or 0; see vkGetInstanceProcAddr.</summary>
    public static nint Find(nint instance, byte* name) => DriverCommands.Find(instance, name);

    /// <summary>The same for commands whose first argument is a VkPhysicalDevice, and 0 for all others: how the Vulkan
    /// loader learns which commands these are (vk_icdGetPhysicalDeviceProcAddr).</summary>
    public static nint FindOfPhysicalDevice(nint instance, byte* name) =>
        DriverCommands.FindOfPhysicalDevice(instance, name);

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static nint Resolve(nint instance, byte* name) => DriverCommands.Find(instance, name);
}
