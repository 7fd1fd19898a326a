using System.Runtime.CompilerServices;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkPrivateDataSlot. What it knows of an object goes with the object.</summary>
internal sealed class PrivateDataSlotObject(DeviceObject device) : DeviceChild(device)
{
    private readonly ConditionalWeakTable<object, StrongBox<ulong>> _data = [];

    /// <summary>The number of an object; 0 where none was set.</summary>
    public ulong this[object target]
    {
        get => _data.TryGetValue(target, out var found) ? Volatile.Read(ref found.Value) : 0;
        set => Volatile.Write(ref _data.GetOrCreateValue(target).Value, value);
    }
}
