using System.Runtime.InteropServices;
using ShaderJit.Conformance.Script;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Conformance.Device;

/// <summary>Enables what a script requires, and nothing else; what the device lacks makes the case unsupported.</summary>
internal sealed unsafe class ScriptPlan(IReadOnlyList<Requirement> requirements) : DevicePlan, IDisposable
{
    private readonly List<nint> _owned = [];

    /// <summary>The device extensions that there are.</summary>
    public HashSet<string> Known { get; private set; } = [];

    /// <summary>Names of the required instance extensions.</summary>
    /// <exception cref="UnsupportedException">The driver lacks one.</exception>
    public static string[] InstanceExtensions(Vk vk, IReadOnlyList<Requirement> requirements)
    {
        uint count = 0;
        VulkanFailure.Check(vk.EnumerateInstanceExtensionProperties(null, &count, null), "vkEnumerateInstanceExtensionProperties");
        var properties = new ExtensionProperties[count];
        fixed (ExtensionProperties* pointer = properties)
            VulkanFailure.Check(vk.EnumerateInstanceExtensionProperties(null, &count, pointer), "vkEnumerateInstanceExtensionProperties");
        var known = Names(properties);
        var names = new List<string>();
        foreach (var requirement in requirements)
        {
            if (requirement.Kind != RequirementKind.InstanceExtension)
                continue;
            if (!known.Contains(requirement.Name))
                throw new UnsupportedException($"instance extension {requirement.Name}");
            names.Add(requirement.Name);
        }

        return [.. names];
    }

    public override void Choose(Vk vk, PhysicalDevice physical)
    {
        ChooseExtensions(vk, physical);
        vk.GetPhysicalDeviceFeatures(physical, out var core);
        var enabled = new PhysicalDeviceFeatures();
        var chained = new Dictionary<StructureType, nint>();
        foreach (var requirement in requirements)
        {
            if (requirement.Kind == RequirementKind.Feature && ChainedStructs.CoreFeature(requirement.Name) is { } offset)
            {
                // SAFETY: the offset is that of a Bool32 in VkPhysicalDeviceFeatures.
                if (*(uint*)((byte*)&core + offset) == 0)
                    throw new UnsupportedException($"feature {requirement.Name}");
                *(uint*)((byte*)&enabled + offset) = 1;
            }
            else if (requirement.Kind is RequirementKind.Feature or RequirementKind.Property)
            {
                Chain(vk, physical, requirement, chained);
            }
        }

        Features = enabled;
        foreach (nint item in chained.Values)
        {
            // SAFETY: each is a struct of the size of its type, zero but for what was set.
            ((BaseOutStructure*)item)->PNext = (BaseOutStructure*)Next;
            Next = (void*)item;
        }
    }

    public void Dispose()
    {
        foreach (nint memory in _owned)
            Marshal.FreeHGlobal(memory);
        _owned.Clear();
    }

    private void ChooseExtensions(Vk vk, PhysicalDevice physical)
    {
        uint count = 0;
        VulkanFailure.Check(vk.EnumerateDeviceExtensionProperties(physical, null, &count, null), "vkEnumerateDeviceExtensionProperties");
        var properties = new ExtensionProperties[count];
        fixed (ExtensionProperties* pointer = properties)
            VulkanFailure.Check(vk.EnumerateDeviceExtensionProperties(physical, null, &count, pointer), "vkEnumerateDeviceExtensionProperties");
        Known = Names(properties);
        foreach (var requirement in requirements)
        {
            if (requirement.Kind != RequirementKind.DeviceExtension)
                continue;
            if (!Known.Contains(requirement.Name))
                throw new UnsupportedException($"device extension {requirement.Name}");
            if (!Extensions.Contains(requirement.Name))
                Extensions.Add(requirement.Name);
        }
    }

    private void Chain(Vk vk, PhysicalDevice physical, Requirement requirement, Dictionary<StructureType, nint> enabled)
    {
        bool isFeature = requirement.Kind == RequirementKind.Feature;
        string word = isFeature ? "feature" : "property";
        var (type, offset) = ChainedStructs.Find(requirement.Name, isFeature ? "Features" : "Properties")
            ?? throw new UnsupportedException($"{word} {requirement.Name}, which the bindings do not know");
        var query = New(type);
        if (isFeature)
        {
            var features = new PhysicalDeviceFeatures2 { PNext = query };
            vk.GetPhysicalDeviceFeatures2(physical, &features);
        }
        else
        {
            var properties = new PhysicalDeviceProperties2 { PNext = query };
            vk.GetPhysicalDeviceProperties2(physical, &properties);
        }

        // SAFETY: the offset is that of a Bool32 in the struct of this type.
        if (*(uint*)(query + offset) == 0)
            throw new UnsupportedException($"{word} {requirement.Name}");
        if (!isFeature)
            return;
        if (!enabled.TryGetValue(type, out nint memory))
            enabled.Add(type, memory = (nint)New(type));
        *(uint*)((byte*)memory + offset) = 1;
    }

    private byte* New(StructureType type)
    {
        int size = StructureTypeInfo.SizeOf(type);
        nint memory = Marshal.AllocHGlobal(size);
        _owned.Add(memory);
        new Span<byte>((void*)memory, size).Clear();
        *(StructureType*)memory = type;
        return (byte*)memory;
    }

    private static HashSet<string> Names(ExtensionProperties[] properties)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in properties)
            names.Add(Marshal.PtrToStringUTF8((nint)property.ExtensionName) ?? "");
        return names;
    }
}
