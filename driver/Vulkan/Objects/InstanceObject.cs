using System.Text;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkInstance.</summary>
internal sealed unsafe class InstanceObject(uint apiVersion, HashSet<string> extensions)
{
    private readonly List<DebugMessengerObject> _messengers = [];
    private readonly Lock _gate = new();

    public uint ApiVersion { get; } = apiVersion;

    public HashSet<string> Extensions { get; } = extensions;

    /// <summary>The handle of the one physical device, or 0 on a CPU that cannot run kernels.</summary>
    public PhysicalDevice PhysicalDevice { get; set; }

    public void Add(DebugMessengerObject messenger)
    {
        lock (_gate)
            _messengers.Add(messenger);
    }

    public void Remove(DebugMessengerObject messenger)
    {
        lock (_gate)
            _messengers.Remove(messenger);
    }

    /// <summary>Tells the log and the application's debug messengers.</summary>
    public void Report(DebugUtilsMessageSeverityFlagsEXT severity, string message)
    {
        if (severity >= DebugUtilsMessageSeverityFlagsEXT.ErrorBitExt)
            Log.Error(message);
        else if (severity >= DebugUtilsMessageSeverityFlagsEXT.WarningBitExt)
            Log.Warn(message);
        else
            Log.Info(message);

        DebugMessengerObject[] messengers;
        lock (_gate)
        {
            if (_messengers.Count == 0)
                return;
            messengers = [.. _messengers];
        }

        byte[] text = Encoding.UTF8.GetBytes(message + '\0');
        fixed (byte* pointer = text)
        fixed (byte* id = "ShaderJit\0"u8)
        {
            var data = new DebugUtilsMessengerCallbackDataEXT { PMessageIdName = id, PMessage = pointer };
            foreach (var messenger in messengers)
                messenger.Call(severity, DebugUtilsMessageTypeFlagsEXT.GeneralBitExt, &data);
        }
    }

    /// <summary>Passes on what the application itself submits (vkSubmitDebugUtilsMessageEXT).</summary>
    public void Submit(DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types,
        DebugUtilsMessengerCallbackDataEXT* data)
    {
        DebugMessengerObject[] messengers;
        lock (_gate)
            messengers = [.. _messengers];
        foreach (var messenger in messengers)
            messenger.Call(severity, types, data);
    }

    public void Destroy()
    {
        DispatchableBlock.Free<PhysicalDeviceObject>(PhysicalDevice.Handle);
        lock (_gate)
            _messengers.Clear();
    }
}
