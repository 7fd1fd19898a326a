using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Kernels;

/// <summary>A result that was not expected.</summary>
public sealed class VulkanFailure(string what, Result result) : Exception($"{what}: {NativeNames.Of(result)}")
{
    public Result Result { get; } = result;

    /// <summary>Throws unless the result is success.</summary>
    public static void Check(Result result, string what)
    {
        if (result != Result.Success)
            throw new VulkanFailure(what, result);
    }
}

/// <summary>What a program wants of a device, said when the physical device is known and before the device is made.</summary>
public abstract unsafe class DevicePlan
{
    /// <summary>Asked for of the instance; the driver may offer less.</summary>
    public uint ApiVersion { get; init; } = Vk.Version11;

    /// <summary>Core features to enable.</summary>
    public PhysicalDeviceFeatures Features { get; protected set; }

    /// <summary>Device extensions to enable.</summary>
    public List<string> Extensions { get; } = [];

    /// <summary>Put at the head of VkDeviceCreateInfo's pNext chain.</summary>
    public void* Next { get; protected set; }

    /// <summary>Sets the others; throws when the device will not do.</summary>
    public abstract void Choose(Vk vk, PhysicalDevice physical);
}

/// <summary>An instance, a device and its compute queue, of whatever driver <see cref="Vk"/> calls.</summary>
public sealed unsafe class VulkanDevice : IDisposable
{
    /// <param name="vk">The driver, without an instance so far.</param>
    /// <param name="nameContains">Part of the physical device's name; null takes the first.</param>
    /// <param name="createInfoNext">Put at the head of VkDeviceCreateInfo's pNext chain.</param>
    /// <param name="extensions">Device extensions to enable.</param>
    /// <param name="instanceExtensions">Instance extensions to enable.</param>
    /// <param name="plan">Takes the place of createInfoNext and extensions.</param>
    public VulkanDevice(Vk vk, string? nameContains = null, void* createInfoNext = null, string[]? extensions = null,
        string[]? instanceExtensions = null, DevicePlan? plan = null)
    {
        Vk = vk;
        var application = new ApplicationInfo { ApiVersion = plan?.ApiVersion ?? Vk.Version11 };
        string[] enabled = instanceExtensions ?? [];
        nint* names = stackalloc nint[enabled.Length];
        for (int i = 0; i < enabled.Length; i++)
            names[i] = Marshal.StringToCoTaskMemUTF8(enabled[i]);
        var instanceInfo = new InstanceCreateInfo
        {
            PApplicationInfo = &application,
            EnabledExtensionCount = (uint)enabled.Length,
            PpEnabledExtensionNames = (byte**)names,
        };
        var created = vk.CreateInstance(in instanceInfo, null, out var instance);
        for (int i = 0; i < enabled.Length; i++)
            Marshal.FreeCoTaskMem(names[i]);
        VulkanFailure.Check(created, "vkCreateInstance");
        Instance = instance;
        vk.LoadInstance(instance);

        uint count = 0;
        VulkanFailure.Check(vk.EnumeratePhysicalDevices(instance, &count, null), "vkEnumeratePhysicalDevices");
        var physicals = new PhysicalDevice[count];
        fixed (PhysicalDevice* pointer = physicals)
            VulkanFailure.Check(vk.EnumeratePhysicalDevices(instance, &count, pointer), "vkEnumeratePhysicalDevices");
        Physical = Choose(physicals, nameContains);
        plan?.Choose(vk, Physical);
        Device = plan is null
            ? CreateDevice(createInfoNext, extensions ?? [], new PhysicalDeviceFeatures { RobustBufferAccess = true })
            : CreateDevice(plan.Next, [.. plan.Extensions], plan.Features);
        vk.LoadDevice(Device);
        vk.GetDeviceQueue(Device, QueueFamily, 0, out var queue);
        Queue = queue;
        MemoryType = FindMemoryType();
    }

    public Vk Vk { get; }

    public Instance Instance { get; }

    public PhysicalDevice Physical { get; }

    public Device Device { get; }

    public Queue Queue { get; }

    public string Name { get; private set; } = "";

    public uint QueueFamily { get; private set; }

    /// <summary>A host-visible, coherent memory type.</summary>
    public uint MemoryType { get; }

    public void Dispose()
    {
        Vk.DestroyDevice(Device, null);
        Vk.DestroyInstance(Instance, null);
    }

    private PhysicalDevice Choose(PhysicalDevice[] physicals, string? nameContains)
    {
        foreach (var physical in physicals)
        {
            Vk.GetPhysicalDeviceProperties(physical, out var properties);
            string name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(properties.DeviceName));
            if (nameContains is null || name.Contains(nameContains, StringComparison.OrdinalIgnoreCase))
            {
                Name = name;
                return physical;
            }
        }

        throw new InvalidOperationException(nameContains is null ? "there is no Vulkan device" : $"there is no device \"{nameContains}\"");
    }

    private Device CreateDevice(void* next, string[] extensions, PhysicalDeviceFeatures features)
    {
        uint count = 0;
        Vk.GetPhysicalDeviceQueueFamilyProperties(Physical, &count, null);
        var families = stackalloc QueueFamilyProperties[(int)count];
        Vk.GetPhysicalDeviceQueueFamilyProperties(Physical, &count, families);
        while ((families[QueueFamily].QueueFlags & QueueFlags.ComputeBit) == 0)
            QueueFamily++;

        float priority = 1;
        var queueInfo = new DeviceQueueCreateInfo { QueueFamilyIndex = QueueFamily, QueueCount = 1, PQueuePriorities = &priority };
        nint* names = stackalloc nint[extensions.Length];
        for (int i = 0; i < extensions.Length; i++)
            names[i] = Marshal.StringToCoTaskMemUTF8(extensions[i]);
        var info = new DeviceCreateInfo
        {
            PNext = next,
            QueueCreateInfoCount = 1,
            PQueueCreateInfos = &queueInfo,
            EnabledExtensionCount = (uint)extensions.Length,
            PpEnabledExtensionNames = (byte**)names,
            PEnabledFeatures = &features,
        };
        var result = Vk.CreateDevice(Physical, in info, null, out var device);
        for (int i = 0; i < extensions.Length; i++)
            Marshal.FreeCoTaskMem(names[i]);
        VulkanFailure.Check(result, "vkCreateDevice");
        return device;
    }

    private uint FindMemoryType()
    {
        const MemoryPropertyFlags wanted = MemoryPropertyFlags.HostVisibleBit | MemoryPropertyFlags.HostCoherentBit;
        Vk.GetPhysicalDeviceMemoryProperties(Physical, out var memory);
        for (uint i = 0; i < memory.MemoryTypeCount; i++)
        {
            if ((memory.MemoryTypes[(int)i].PropertyFlags & wanted) == wanted)
                return i;
        }

        throw new InvalidOperationException("there is no host-visible memory");
    }
}
