using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>The structs of a vkGetPhysicalDeviceProperties2 chain.</summary>
internal static unsafe class DeviceProperties
{
    /// <summary>Subgroup operations that the compiler has.</summary>
    private const SubgroupFeatureFlags SubgroupOperations = SubgroupFeatureFlags.BasicBit | SubgroupFeatureFlags.VoteBit
        | SubgroupFeatureFlags.ArithmeticBit | SubgroupFeatureFlags.BallotBit | SubgroupFeatureFlags.ShuffleBit
        | SubgroupFeatureFlags.ShuffleRelativeBit;

    public static void Describe(BaseOutStructure* item, PhysicalDeviceObject physical)
    {
        switch (item->SType)
        {
            case StructureType.PhysicalDeviceSubgroupProperties:
                var subgroup = (PhysicalDeviceSubgroupProperties*)item;
                subgroup->SubgroupSize = (uint)physical.LaneCount;
                subgroup->SupportedStages = ShaderStageFlags.ComputeBit;
                subgroup->SupportedOperations = SubgroupOperations;
                subgroup->QuadOperationsInAllStages = false;
                break;
            case StructureType.PhysicalDeviceIdProperties:
                var id = (PhysicalDeviceIDProperties*)item;
                DeviceIdentity.WriteDeviceUuid(new Span<byte>(id->DeviceUUID, 16));
                DeviceIdentity.WriteCacheUuid(new Span<byte>(id->DriverUUID, 16), physical);
                new Span<byte>(id->DeviceLUID, 8).Clear();
                id->DeviceNodeMask = 0;
                id->DeviceLUIDValid = false;
                break;
            case StructureType.PhysicalDeviceMaintenance3Properties:
                var maintenance3 = (PhysicalDeviceMaintenance3Properties*)item;
                maintenance3->MaxPerSetDescriptors = DeviceLimits.MaxDescriptors;
                maintenance3->MaxMemoryAllocationSize = physical.HeapBytes;
                break;
            case StructureType.PhysicalDevicePointClippingProperties:
                ((PhysicalDevicePointClippingProperties*)item)->PointClippingBehavior = PointClippingBehavior.AllClipPlanes;
                break;
            case StructureType.PhysicalDeviceMultiviewProperties:
                var multiview = (PhysicalDeviceMultiviewProperties*)item;
                multiview->MaxMultiviewViewCount = 1;
                multiview->MaxMultiviewInstanceIndex = 0;
                break;
            case StructureType.PhysicalDeviceProtectedMemoryProperties:
                ((PhysicalDeviceProtectedMemoryProperties*)item)->ProtectedNoFault = false;
                break;
            case StructureType.PhysicalDeviceTimelineSemaphoreProperties:
                ((PhysicalDeviceTimelineSemaphoreProperties*)item)->MaxTimelineSemaphoreValueDifference = ulong.MaxValue;
                break;
            case StructureType.PhysicalDeviceDriverProperties:
                var driver = (PhysicalDeviceDriverProperties*)item;
                driver->DriverID = 0; // not registered with Khronos
                DeviceIdentity.WriteText(new Span<byte>(driver->DriverName, 256), DeviceIdentity.DriverName);
                DeviceIdentity.WriteText(new Span<byte>(driver->DriverInfo, 256), Environment.Version.ToString());
                driver->ConformanceVersion = default; // not submitted
                break;
        }
    }
}
