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

    /// <summary>Whether VK_EXT_external_memory_host is not listed, as the program is known to misuse it.</summary>
    public bool HidesHostMemory { get; init; }

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

    /// <summary>What DebugPrintf's messages are; layers call theirs validation, so both are heard.</summary>
    private const DebugUtilsMessageTypeFlagsEXT PrintTypes =
        DebugUtilsMessageTypeFlagsEXT.GeneralBitExt | DebugUtilsMessageTypeFlagsEXT.ValidationBitExt;

    /// <summary>Whether anybody listens to what kernels print.</summary>
    public bool HearsPrints
    {
        get
        {
            if (Log.HasInfo)
                return true;
            lock (_gate)
            {
                foreach (var messenger in _messengers)
                {
                    if (messenger.Hears(DebugUtilsMessageSeverityFlagsEXT.InfoBitExt, PrintTypes))
                        return true;
                }
            }

            return false;
        }
    }

    /// <summary>Tells the log and the application's debug messengers.</summary>
    public void Report(DebugUtilsMessageSeverityFlagsEXT severity, string message) =>
        Report(severity, DebugUtilsMessageTypeFlagsEXT.GeneralBitExt, "ShaderJit\0"u8, message);

    /// <summary>Passes on a message of a kernel's DebugPrintf.</summary>
    public void Print(string message) =>
        Report(DebugUtilsMessageSeverityFlagsEXT.InfoBitExt, PrintTypes, "ShaderJit-DebugPrintf\0"u8, message);

    private void Report(DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types, ReadOnlySpan<byte> name,
        string message)
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
        fixed (byte* id = name)
        {
            var data = new DebugUtilsMessengerCallbackDataEXT { PMessageIdName = id, PMessage = pointer };
            foreach (var messenger in messengers)
                messenger.Call(severity, types, &data);
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
