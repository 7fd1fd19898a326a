namespace ShaderJit.Vulkan.Bindings;

/// <summary>What a command is called on, which decides who may be asked for its address.</summary>
public enum CommandLevel
{
    /// <summary>Needs no object: vkGetInstanceProcAddr with a null instance gives it.</summary>
    Global = 0,

    /// <summary>First parameter is a VkInstance.</summary>
    Instance = 1,

    /// <summary>First parameter is a VkPhysicalDevice; the loader asks for these through vk_icdGetPhysicalDeviceProcAddr as well.</summary>
    PhysicalDevice = 2,

    /// <summary>First parameter is a VkDevice or its child; vkGetDeviceProcAddr gives it.</summary>
    Device = 3,
}
