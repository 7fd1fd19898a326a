using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Api;

/// <summary>The features that the driver has: one table, for queries and for the check at device creation.</summary>
internal static unsafe class DeviceFeatures
{
    /// <summary>Features of Vulkan 1.0.</summary>
    public static readonly PhysicalDeviceFeatures Core = new()
    {
        RobustBufferAccess = true,
        ShaderInt64 = true,
    };

    /// <summary>Writes the features of one struct of a vkGetPhysicalDeviceFeatures2 chain; others are left alone.</summary>
    /// <returns>False for a struct that is not about features we know; it must then be skipped.</returns>
    public static bool Describe(BaseOutStructure* item)
    {
        switch (item->SType)
        {
            case StructureType.PhysicalDeviceFeatures2:
                ((PhysicalDeviceFeatures2*)item)->Features = Core;
                return true;
            case StructureType.PhysicalDeviceBufferDeviceAddressFeatures:
                Clear<PhysicalDeviceBufferDeviceAddressFeatures>(item)->BufferDeviceAddress = true;
                return true;
            case StructureType.PhysicalDeviceTimelineSemaphoreFeatures:
                Clear<PhysicalDeviceTimelineSemaphoreFeatures>(item)->TimelineSemaphore = true;
                return true;
            case StructureType.PhysicalDeviceFaultFeaturesExt:
                Clear<PhysicalDeviceFaultFeaturesEXT>(item)->DeviceFault = true;
                return true;

            // Features of Vulkan 1.1 that the device does not have.
            case StructureType.PhysicalDevice16BitStorageFeatures:
                Clear<PhysicalDevice16BitStorageFeatures>(item);
                return true;
            case StructureType.PhysicalDeviceMultiviewFeatures:
                Clear<PhysicalDeviceMultiviewFeatures>(item);
                return true;
            case StructureType.PhysicalDeviceVariablePointersFeatures:
                Clear<PhysicalDeviceVariablePointersFeatures>(item);
                return true;
            case StructureType.PhysicalDeviceProtectedMemoryFeatures:
                Clear<PhysicalDeviceProtectedMemoryFeatures>(item);
                return true;
            case StructureType.PhysicalDeviceSamplerYcbcrConversionFeatures:
                Clear<PhysicalDeviceSamplerYcbcrConversionFeatures>(item);
                return true;
            case StructureType.PhysicalDeviceShaderDrawParametersFeatures:
                Clear<PhysicalDeviceShaderDrawParametersFeatures>(item);
                return true;
            default:
                return false;
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
            if (Describe(supported))
            {
                CheckBits((Bool32*)((byte*)item + sizeof(BaseOutStructure)), (Bool32*)(buffer + sizeof(BaseOutStructure)),
                    (size - sizeof(BaseOutStructure)) / 4, item->SType.ToString());
            }
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
