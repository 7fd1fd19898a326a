using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>An in-process device with all extensions, and what a test makes on it: destroyed with it, newest first.</summary>
internal sealed unsafe partial class TestDevice : IDisposable
{
    private readonly Stack<Action> _made = new();
    private readonly List<string> _messages = [];
    private readonly GCHandle _messagesHandle;
    private readonly DebugUtilsMessengerEXT _messenger;

    public TestDevice(DeviceSettings? settings = null)
        : this(settings, null)
    {
    }

    /// <param name="features">More structs for the chain of VkDeviceCreateInfo.</param>
    public TestDevice(DeviceSettings? settings, void* features)
    {
        var timeline = new PhysicalDeviceTimelineSemaphoreFeatures { PNext = features, TimelineSemaphore = true };
        var addresses = new PhysicalDeviceBufferDeviceAddressFeatures { PNext = &timeline, BufferDeviceAddress = true };
        var faults = new PhysicalDeviceFaultFeaturesEXT { PNext = &addresses, DeviceFault = true };
        var chosen = settings ?? new DeviceSettings();
        chosen.PNext = &faults;
        Vulkan = new VulkanDevice(Driver.CreateVk(), null, &chosen,
            [.. Api.Extensions.Device.Select(e => e.Name)],
            [ExtensionNames.ExtDebugUtils]);
        _messagesHandle = GCHandle.Alloc(_messages);
        var info = new DebugUtilsMessengerCreateInfoEXT
        {
            MessageSeverity = DebugUtilsMessageSeverityFlagsEXT.ErrorBitExt | DebugUtilsMessageSeverityFlagsEXT.WarningBitExt,
            MessageType = DebugUtilsMessageTypeFlagsEXT.GeneralBitExt | DebugUtilsMessageTypeFlagsEXT.ValidationBitExt,
            PfnUserCallback = &Listen,
            PUserData = (void*)GCHandle.ToIntPtr(_messagesHandle),
        };
        Check(Vk.CreateDebugUtilsMessengerEXT(Vulkan.Instance, in info, null, out _messenger));
    }

    public VulkanDevice Vulkan { get; }

    public Vk Vk => Vulkan.Vk;

    public Device Device => Vulkan.Device;

    public Queue Queue => Vulkan.Queue;

    /// <summary>What the driver told the debug messenger so far.</summary>
    public string[] Messages
    {
        get
        {
            lock (_messages)
                return [.. _messages];
        }
    }

    public static DeviceSettings Lanes(int count) => new() { LaneCount = (uint)count };

    /// <summary>The lane counts that this machine has.</summary>
    public static int[] Widths { get; } = Sandbox.CpuFeatures.Current.Has(Sandbox.CpuFeature.Lanes16) ? [8, 16] : [8];

    /// <summary>The same for theories.</summary>
    public static TheoryData<int> LaneCounts => [.. Widths];

    /// <summary>Fails the test unless the command succeeded.</summary>
    public static void Check(Result result, [CallerArgumentExpression(nameof(result))] string? what = null)
    {
        if (result != Result.Success)
            throw new VulkanFailure(what ?? "", result);
    }

    /// <summary>Runs something when the device goes, before what was made earlier.</summary>
    public void Later(Action destroy) => _made.Push(destroy);

    /// <summary>Destroys what was made so far.</summary>
    public void Clear()
    {
        while (_made.TryPop(out var destroy))
            destroy();
    }

    public void Dispose()
    {
        Vk.DeviceWaitIdle(Device);
        Clear();
        Vk.DestroyDebugUtilsMessengerEXT(Vulkan.Instance, _messenger, null);
        Vulkan.Dispose();
        _messagesHandle.Free();
    }

    [UnmanagedCallersOnly]
    private static Bool32 Listen(DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types,
        DebugUtilsMessengerCallbackDataEXT* data, void* user)
    {
        var messages = (List<string>)GCHandle.FromIntPtr((nint)user).Target!;
        lock (messages)
            messages.Add(Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(data->PMessage)));
        return false;
    }
}
