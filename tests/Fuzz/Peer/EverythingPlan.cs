using System.Runtime.InteropServices;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Fuzz.Peer;

/// <summary>Enables every feature that a shader may need and the device has.</summary>
internal sealed unsafe class EverythingPlan : DevicePlan, IDisposable
{
    private readonly List<nint> _owned = [];
    private PhysicalDeviceVulkan12Features* _features12;
    private PhysicalDeviceVulkan11Features* _features11;

    public override void Choose(Vk vk, PhysicalDevice physical)
    {
        var known = Known(vk, physical);
        _features11 = Chain<PhysicalDeviceVulkan11Features>();
        _features12 = Chain<PhysicalDeviceVulkan12Features>();
        Chain<PhysicalDeviceVulkan13Features>();
        Chain<PhysicalDeviceRobustness2FeaturesEXT>("VK_EXT_robustness2", known);
        Chain<PhysicalDeviceShaderAtomicFloatFeaturesEXT>("VK_EXT_shader_atomic_float", known);
        Chain<PhysicalDeviceShaderAtomicFloat2FeaturesEXT>("VK_EXT_shader_atomic_float2", known);
        Chain<PhysicalDeviceShaderImageAtomicInt64FeaturesEXT>("VK_EXT_shader_image_atomic_int64", known);
        Chain<PhysicalDeviceWorkgroupMemoryExplicitLayoutFeaturesKHR>("VK_KHR_workgroup_memory_explicit_layout", known);
        var query = new PhysicalDeviceFeatures2 { PNext = Next };
        vk.GetPhysicalDeviceFeatures2(physical, &query);
        Features = query.Features;
    }

    /// <summary>Whether modules with a capability may be given to the device; those not named here need no feature, or are
    /// left to the driver to refuse.</summary>
    public bool Supports(Capability capability) => capability switch
    {
        Capability.Int64 => Features.ShaderInt64,
        Capability.Int16 => Features.ShaderInt16,
        Capability.Float64 => Features.ShaderFloat64,
        Capability.Float16 => _features12->ShaderFloat16,
        Capability.Int8 => _features12->ShaderInt8,
        Capability.StorageBuffer8BitAccess => _features12->StorageBuffer8BitAccess,
        Capability.StorageBuffer16BitAccess => _features11->StorageBuffer16BitAccess,
        Capability.Int64Atomics => _features12->ShaderBufferInt64Atomics && _features12->ShaderSharedInt64Atomics,
        Capability.Int64ImageEXT => false,
        Capability.VariablePointers => _features11->VariablePointers,
        Capability.PhysicalStorageBufferAddresses => _features12->BufferDeviceAddress,
        Capability.ShaderNonUniform or Capability.StorageBufferArrayNonUniformIndexing => _features12->ShaderStorageBufferArrayNonUniformIndexing,
        Capability.RuntimeDescriptorArray => _features12->RuntimeDescriptorArray,
        Capability.VulkanMemoryModel => _features12->VulkanMemoryModel,
        _ => true,
    };

    public void Dispose()
    {
        foreach (nint memory in _owned)
            Marshal.FreeHGlobal(memory);
        _owned.Clear();
    }

    private void Chain<T>(string extension, HashSet<string> known)
        where T : unmanaged, IChainedStruct
    {
        if (!known.Contains(extension))
            return;
        Extensions.Add(extension);
        Chain<T>();
    }

    private T* Chain<T>()
        where T : unmanaged, IChainedStruct
    {
        // SAFETY: every struct of a chain begins with its type and the next one's address; the memory is of its size.
        nint memory = Marshal.AllocHGlobal(sizeof(T));
        _owned.Add(memory);
        new Span<byte>((void*)memory, sizeof(T)).Clear();
        var head = (BaseOutStructure*)memory;
        head->SType = T.StructureType;
        head->PNext = (BaseOutStructure*)Next;
        Next = head;
        return (T*)memory;
    }

    private static HashSet<string> Known(Vk vk, PhysicalDevice physical)
    {
        uint count = 0;
        VulkanFailure.Check(vk.EnumerateDeviceExtensionProperties(physical, null, &count, null), "vkEnumerateDeviceExtensionProperties");
        var properties = new ExtensionProperties[count];
        fixed (ExtensionProperties* pointer = properties)
            VulkanFailure.Check(vk.EnumerateDeviceExtensionProperties(physical, null, &count, pointer), "vkEnumerateDeviceExtensionProperties");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in properties)
            names.Add(Marshal.PtrToStringUTF8((nint)property.ExtensionName) ?? "");
        return names;
    }
}
