using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDebugUtilsMessengerEXT.</summary>
internal sealed unsafe class DebugMessengerObject(InstanceObject instance, in DebugUtilsMessengerCreateInfoEXT info)
{
    private readonly DebugUtilsMessageSeverityFlagsEXT _severities = info.MessageSeverity;
    private readonly DebugUtilsMessageTypeFlagsEXT _types = info.MessageType;
    private readonly nint _callback = (nint)info.PfnUserCallback;
    private readonly nint _userData = (nint)info.PUserData;

    public InstanceObject Instance { get; } = instance;

    /// <summary>Whether messages of the kind arrive.</summary>
    public bool Hears(DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types) =>
        (severity & _severities) != 0 && (types & _types) != 0 && _callback != 0;

    public void Call(DebugUtilsMessageSeverityFlagsEXT severity, DebugUtilsMessageTypeFlagsEXT types,
        DebugUtilsMessengerCallbackDataEXT* data)
    {
        if (!Hears(severity, types))
            return;

        // SAFETY: the application's own function and data, as it gave them.
        ((delegate* unmanaged<DebugUtilsMessageSeverityFlagsEXT, DebugUtilsMessageTypeFlagsEXT,
            DebugUtilsMessengerCallbackDataEXT*, void*, Bool32>)_callback)(severity, types, data, (void*)_userData);
    }
}
