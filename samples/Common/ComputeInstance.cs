using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Samples;

/// <summary>A VkInstance and the first of its devices that has a compute queue.</summary>
public sealed unsafe class ComputeInstance : IDisposable
{
    private readonly Instance _instance;

    /// <exception cref="VulkanError">A command failed.</exception>
    /// <exception cref="InvalidOperationException">No device can compute.</exception>
    public ComputeInstance(Vk vk)
    {
        Vk = vk;
        var application = new ApplicationInfo { ApiVersion = Vk.Version11 };
        bool names = HasInstanceExtension(ExtensionNames.ExtDebugUtils);
        fixed (byte* debugUtils = Utf8(ExtensionNames.ExtDebugUtils))
        {
            byte** extensions = stackalloc byte*[] { debugUtils };
            var info = new InstanceCreateInfo
            {
                PApplicationInfo = &application,
                EnabledExtensionCount = names ? 1u : 0,
                PpEnabledExtensionNames = extensions,
            };
            VulkanError.Check(vk.CreateInstance(in info, null, out _instance), "vkCreateInstance");
        }

        vk.LoadInstance(_instance);
        (PhysicalDevice, QueueFamily) = FindDevice();

        var subgroup = new PhysicalDeviceSubgroupProperties();
        var properties = new PhysicalDeviceProperties2 { PNext = &subgroup };
        vk.GetPhysicalDeviceProperties2(PhysicalDevice, ref properties);
        DeviceName = Text(properties.Properties.DeviceName);
        Lanes = subgroup.SubgroupSize;
    }

    public Vk Vk { get; }

    public PhysicalDevice PhysicalDevice { get; }

    public uint QueueFamily { get; }

    public string DeviceName { get; }

    /// <summary>Invocations of a subgroup: how many run as one on a processor's vector unit.</summary>
    public uint Lanes { get; }

    public bool HasExtension(string name)
    {
        uint count = 0;
        VulkanError.Check(Vk.EnumerateDeviceExtensionProperties(PhysicalDevice, null, ref count, null), "vkEnumerateDeviceExtensionProperties");
        var found = new ExtensionProperties[count];
        fixed (ExtensionProperties* pointer = found)
            VulkanError.Check(Vk.EnumerateDeviceExtensionProperties(PhysicalDevice, null, ref count, pointer), "vkEnumerateDeviceExtensionProperties");
        return Contains(found, name);
    }

    public void Dispose() => Vk.DestroyInstance(_instance, null);

    /// <summary>Zero-terminated UTF-8.</summary>
    internal static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    /// <summary>A string in a fixed array of a Vulkan struct.</summary>
    internal static string Text(byte* text) =>
        Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    private bool HasInstanceExtension(string name)
    {
        uint count = 0;
        VulkanError.Check(Vk.EnumerateInstanceExtensionProperties(null, ref count, null), "vkEnumerateInstanceExtensionProperties");
        var found = new ExtensionProperties[count];
        fixed (ExtensionProperties* pointer = found)
            VulkanError.Check(Vk.EnumerateInstanceExtensionProperties(null, ref count, pointer), "vkEnumerateInstanceExtensionProperties");
        return Contains(found, name);
    }

    private static bool Contains(ExtensionProperties[] found, string name)
    {
        foreach (var extension in found)
        {
            if (Text(extension.ExtensionName) == name)
                return true;
        }

        return false;
    }

    private (PhysicalDevice Device, uint Family) FindDevice()
    {
        uint count = 0;
        VulkanError.Check(Vk.EnumeratePhysicalDevices(_instance, ref count, null), "vkEnumeratePhysicalDevices");
        var devices = stackalloc PhysicalDevice[(int)count];
        VulkanError.Check(Vk.EnumeratePhysicalDevices(_instance, ref count, devices), "vkEnumeratePhysicalDevices");
        for (uint i = 0; i < count; i++)
        {
            uint families = 0;
            Vk.GetPhysicalDeviceQueueFamilyProperties(devices[i], &families, null);
            var properties = new QueueFamilyProperties[families];
            fixed (QueueFamilyProperties* pointer = properties)
                Vk.GetPhysicalDeviceQueueFamilyProperties(devices[i], &families, pointer);
            for (uint family = 0; family < families; family++)
            {
                if ((properties[family].QueueFlags & QueueFlags.ComputeBit) != 0)
                    return (devices[i], family);
            }
        }

        throw new InvalidOperationException("there is no Vulkan device that can compute");
    }
}
