using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Instance commands.</summary>
internal static unsafe class InstanceApi
{
    [UnmanagedCallersOnly]
    public static Result EnumerateInstanceVersion(uint* version)
    {
        *version = DeviceIdentity.ApiVersion;
        return Result.Success;
    }

    [UnmanagedCallersOnly]
    public static Result EnumerateInstanceExtensionProperties(byte* layer, uint* count, ExtensionProperties* properties) =>
        layer != null
            ? Result.ErrorLayerNotPresent
            : Entry.Enumerate<ExtensionProperties>(Extensions.Describe(Extensions.Instance), count, properties);

    [UnmanagedCallersOnly]
    public static Result EnumerateInstanceLayerProperties(uint* count, LayerProperties* properties)
    {
        *count = 0;
        return Result.Success;
    }

    [UnmanagedCallersOnly]
    public static Result CreateInstance(InstanceCreateInfo* info, AllocationCallbacks* allocator, Instance* instance)
    {
        try
        {
            *instance = default;
            if (info->EnabledLayerCount > 0)
                throw new VulkanException(Result.ErrorLayerNotPresent, "the driver has no layers");
            var extensions = ReadNames(info->EnabledExtensionCount, info->PpEnabledExtensionNames, Extensions.Instance);
            uint version = info->PApplicationInfo != null ? info->PApplicationInfo->ApiVersion : 0;
            var made = new InstanceObject(version == 0 ? Vk.Version10 : version, extensions)
            {
                HidesHostMemory = KnownPrograms.FreesImportedMemoryEarly(info->PApplicationInfo),
            };
            for (var m = PNextChain.Find<DebugUtilsMessengerCreateInfoEXT>(info->PNext); m != null;
                m = PNextChain.Find<DebugUtilsMessengerCreateInfoEXT>(m->PNext))
            {
                made.Add(new DebugMessengerObject(made, *m));
            }

            if (PhysicalDeviceObject.IsSupported)
                made.PhysicalDevice = new PhysicalDevice(DispatchableBlock.Allocate(new PhysicalDeviceObject(made)));
            else
                Log.Error("this CPU lacks AVX2, FMA, BMI2, F16C or LZCNT: no device");
            *instance = new Instance(DispatchableBlock.Allocate(made));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail((InstanceObject?)null, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyInstance(Instance instance, AllocationCallbacks* allocator) =>
        DispatchableBlock.Free<InstanceObject>(instance.Handle)?.Destroy();

    [UnmanagedCallersOnly]
    public static Result EnumeratePhysicalDevices(Instance instance, uint* count, PhysicalDevice* devices)
    {
        if (DispatchableBlock.Get<InstanceObject>(instance.Handle) is not { } found)
            return Result.ErrorInitializationFailed;
        ReadOnlySpan<PhysicalDevice> all = found.PhysicalDevice.Handle == 0 ? [] : [found.PhysicalDevice];
        return Entry.Enumerate(all, count, devices);
    }

    [UnmanagedCallersOnly]
    public static Result EnumeratePhysicalDeviceGroups(Instance instance, uint* count, PhysicalDeviceGroupProperties* groups)
    {
        if (DispatchableBlock.Get<InstanceObject>(instance.Handle) is not { } found)
            return Result.ErrorInitializationFailed;
        uint available = found.PhysicalDevice.Handle == 0 ? 0u : 1;
        if (groups == null)
        {
            *count = available;
            return Result.Success;
        }

        bool incomplete = *count < available;
        *count = Math.Min(*count, available);
        if (*count == 1)
        {
            groups->PhysicalDeviceCount = 1;
            groups->PhysicalDevices[0] = found.PhysicalDevice;
            groups->SubsetAllocation = false;
        }

        return incomplete ? Result.Incomplete : Result.Success;
    }

    /// <summary>The names an application enables.</summary>
    /// <exception cref="VulkanException">ErrorExtensionNotPresent for one that is not in the list.</exception>
    public static HashSet<string> ReadNames(uint count, byte** names, (string Name, uint Version)[] known)
    {
        var result = new HashSet<string>();
        for (uint i = 0; i < count; i++)
        {
            string name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names[i]));
            if (!Extensions.Contains(known, name))
                throw new VulkanException(Result.ErrorExtensionNotPresent, $"{name} is not there");
            result.Add(name);
        }

        return result;
    }
}
