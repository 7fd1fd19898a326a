using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_EXT_device_fault.</summary>
internal static unsafe class FaultApi
{
    [UnmanagedCallersOnly]
    public static Result GetDeviceFaultInfoEXT(Device device, DeviceFaultCountsEXT* counts, DeviceFaultInfoEXT* info)
    {
        try
        {
            var fault = Entry.Get(device).Fault;
            bool hasAddress = fault?.Address is not null;
            uint addresses = fault is null ? 0 : (hasAddress ? 1u : 0) + (fault.CodeOffset >= 0 ? 1u : 0);
            uint vendor = fault is null ? 0u : 1;
            if (info == null)
            {
                counts->AddressInfoCount = addresses;
                counts->VendorInfoCount = vendor;
                counts->VendorBinarySize = 0;
                return Result.Success;
            }

            DeviceIdentity.WriteText(new Span<byte>(info->Description, 256), fault?.Description ?? "no fault");
            uint room = info->PAddressInfos == null ? 0 : counts->AddressInfoCount, written = 0;
            if (hasAddress && written < room)
            {
                info->PAddressInfos[written++] = new DeviceFaultAddressInfoEXT
                {
                    AddressType = fault!.IsWrite ? DeviceFaultAddressTypeEXT.WriteInvalidExt : DeviceFaultAddressTypeEXT.ReadInvalidExt,
                    ReportedAddress = fault.Address!.Value,
                    AddressPrecision = 1,
                };
            }

            if (fault is { CodeOffset: >= 0 } && written < room)
            {
                info->PAddressInfos[written++] = new DeviceFaultAddressInfoEXT
                {
                    AddressType = DeviceFaultAddressTypeEXT.InstructionPointerFaultExt,
                    ReportedAddress = (ulong)fault.CodeOffset,
                    AddressPrecision = 1,
                };
            }

            counts->AddressInfoCount = written;
            uint vendorRoom = info->PVendorInfos == null ? 0 : Math.Min(counts->VendorInfoCount, vendor);
            if (vendorRoom > 0)
            {
                var target = info->PVendorInfos;
                DeviceIdentity.WriteText(new Span<byte>(target->Description, 256), fault!.Code.ToString());
                target->VendorFaultCode = (ulong)fault.Code;
                target->VendorFaultData = fault.SpirvOffset < 0 ? 0 : (ulong)fault.SpirvOffset;
            }

            counts->VendorInfoCount = vendorRoom;
            counts->VendorBinarySize = 0;
            return written < addresses || vendorRoom < vendor ? Result.Incomplete : Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }
}
