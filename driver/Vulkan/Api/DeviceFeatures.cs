using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>The features that the driver has: one table, for queries and for the check at device creation.</summary>
internal static unsafe class DeviceFeatures
{
    /// <summary>Features of Vulkan 1.0.</summary>
    public static readonly PhysicalDeviceFeatures Core = new()
    {
        RobustBufferAccess = true,
    };

    /// <summary>Writes the features of one struct of a vkGetPhysicalDeviceFeatures2 chain; others are left alone.</summary>
    /// <returns>Features in the struct, which padding may follow; 0 for one that is not about features we know.</returns>
    public static int Describe(BaseOutStructure* item)
    {
        switch (item->SType)
        {
            case StructureType.PhysicalDeviceFeatures2:
                ((PhysicalDeviceFeatures2*)item)->Features = Core;
                return sizeof(PhysicalDeviceFeatures) / sizeof(Bool32);
            case StructureType.PhysicalDeviceBufferDeviceAddressFeatures:
                Clear<PhysicalDeviceBufferDeviceAddressFeatures>(item)->BufferDeviceAddress = true;
                return 3;
            case StructureType.PhysicalDeviceTimelineSemaphoreFeatures:
                Clear<PhysicalDeviceTimelineSemaphoreFeatures>(item)->TimelineSemaphore = true;
                return 1;
            case StructureType.PhysicalDeviceFaultFeaturesExt:
                Clear<PhysicalDeviceFaultFeaturesEXT>(item)->DeviceFault = true;
                return 2;

            // Features of Vulkan 1.1 that the device does not have.
            case StructureType.PhysicalDevice16BitStorageFeatures:
                Clear<PhysicalDevice16BitStorageFeatures>(item);
                return 4;
            case StructureType.PhysicalDeviceMultiviewFeatures:
                Clear<PhysicalDeviceMultiviewFeatures>(item);
                return 3;
            case StructureType.PhysicalDeviceVariablePointersFeatures:
                Clear<PhysicalDeviceVariablePointersFeatures>(item);
                return 2;
            case StructureType.PhysicalDeviceProtectedMemoryFeatures:
                Clear<PhysicalDeviceProtectedMemoryFeatures>(item);
                return 1;
            case StructureType.PhysicalDeviceSamplerYcbcrConversionFeatures:
                Clear<PhysicalDeviceSamplerYcbcrConversionFeatures>(item);
                return 1;
            case StructureType.PhysicalDeviceShaderDrawParametersFeatures:
                Clear<PhysicalDeviceShaderDrawParametersFeatures>(item);
                return 1;
            default:
                return 0;
        }
    }

    /// <summary>Throws where an application asks for a feature that is not there.</summary>
    /// <exception cref="VulkanException">ErrorFeatureNotPresent.</exception>
    public static void Check(DeviceCreateInfo* info)
    {
        if (info->PEnabledFeatures != null)
        {
            var supported = Core;
            CheckBits((Bool32*)info->PEnabledFeatures, (Bool32*)&supported, sizeof(PhysicalDeviceFeatures) / 4, "VkPhysicalDeviceFeatures");
        }

        const int MaxBytes = 512;
        byte* buffer = stackalloc byte[MaxBytes];
        foreach (var item in PNextChain.Of(info->PNext))
        {
            int size = StructureTypeInfo.SizeOf(item->SType);
            if (size == 0 || size > MaxBytes)
                continue;
            var supported = (BaseOutStructure*)buffer;
            supported->SType = item->SType;
            supported->PNext = null;
            int count = Describe(supported);
            CheckBits((Bool32*)((byte*)item + sizeof(BaseOutStructure)), (Bool32*)(buffer + sizeof(BaseOutStructure)), count,
                item->SType.ToString());
        }
    }

    /// <summary>Sets all features of a struct to false.</summary>
    private static T* Clear<T>(BaseOutStructure* item)
        where T : unmanaged, IChainedStruct
    {
        // SAFETY: the struct type says what item points at.
        new Span<byte>((byte*)item + sizeof(BaseOutStructure), sizeof(T) - sizeof(BaseOutStructure)).Clear();
        return (T*)item;
    }

    private static void CheckBits(Bool32* asked, Bool32* supported, int count, string name)
    {
        for (int i = 0; i < count; i++)
        {
            if (asked[i] && !supported[i])
                throw new VulkanException(Result.ErrorFeatureNotPresent, $"feature {i} of {name} is not there");
        }
    }
}
