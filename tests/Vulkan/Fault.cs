using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>What VK_EXT_device_fault tells of a device.</summary>
internal sealed unsafe record Fault(string Description, DeviceFaultAddressInfoEXT[] Addresses, ulong VendorCode)
{
    public static Fault Of(TestDevice device)
    {
        var counts = new DeviceFaultCountsEXT();
        TestDevice.Check(device.Vk.GetDeviceFaultInfoEXT(device.Device, ref counts, null));
        Assert.Equal(1u, counts.VendorInfoCount);
        var addresses = new DeviceFaultAddressInfoEXT[counts.AddressInfoCount];
        DeviceFaultVendorInfoEXT vendor;
        fixed (DeviceFaultAddressInfoEXT* pointer = addresses)
        {
            var info = new DeviceFaultInfoEXT { PAddressInfos = pointer, PVendorInfos = &vendor };
            TestDevice.Check(device.Vk.GetDeviceFaultInfoEXT(device.Device, ref counts, &info));
            string text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(info.Description));
            return new Fault(text, addresses, vendor.VendorFaultCode);
        }
    }
}
