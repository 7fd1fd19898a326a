using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>What entry points share: handles to objects, and exceptions to results. None may let an exception out.</summary>
internal static class Entry
{
    public static InstanceObject Get(Instance handle) =>
        DispatchableBlock.Get<InstanceObject>(handle.Handle) ?? throw Stale("VkInstance");

    public static PhysicalDeviceObject Get(PhysicalDevice handle) =>
        DispatchableBlock.Get<PhysicalDeviceObject>(handle.Handle) ?? throw Stale("VkPhysicalDevice");

    public static DeviceObject Get(Device handle) =>
        DispatchableBlock.Get<DeviceObject>(handle.Handle) ?? throw Stale("VkDevice");

    public static QueueObject Get(Queue handle) =>
        DispatchableBlock.Get<QueueObject>(handle.Handle) ?? throw Stale("VkQueue");

    public static CommandBufferObject Get(CommandBuffer handle) =>
        DispatchableBlock.Get<CommandBufferObject>(handle.Handle) ?? throw Stale("VkCommandBuffer");

    /// <summary>The object of a handle, which must be there and belong to the device.</summary>
    public static T Get<T>(DeviceObject device, ulong handle)
        where T : DeviceChild =>
        HandleTable.Get<T>(handle) is { } found && found.Device == device ? found : throw Stale(typeof(T).Name);

    /// <summary>The object behind a handle of whatever type (debug names, private data), or null.</summary>
    public static object? Find(ObjectType type, ulong handle) => type switch
    {
        ObjectType.Instance or ObjectType.PhysicalDevice or ObjectType.Device or ObjectType.Queue or ObjectType.CommandBuffer =>
            DispatchableBlock.Get<object>((nint)handle),
        _ => HandleTable.Get<object>(handle),
    };

    /// <summary>A vkCreate* command: makes an object and its handle, which is null where it fails.</summary>
    /// <param name="handle">A non-dispatchable handle.</param>
    /// <param name="make">Makes the object of what the application says.</param>
    public static unsafe Result Create<TInfo, THandle>(Device device, TInfo* info, THandle* handle,
        delegate*<DeviceObject, TInfo*, DeviceChild> make)
        where TInfo : unmanaged
        where THandle : unmanaged
    {
        try
        {
            // SAFETY: the handles of what is not dispatchable are structs of one ulong.
            *(ulong*)handle = 0;
            *(ulong*)handle = HandleTable.Add(make(Get(device), info));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Fail(device, e);
        }
    }

    /// <summary>A command that does something with each of several things, up to the first that fails.</summary>
    public static unsafe Result ForEach<T>(Device device, uint count, T* items, delegate*<DeviceObject, in T, void> action)
        where T : unmanaged
    {
        try
        {
            var owner = Get(device);
            for (uint i = 0; i < count; i++)
                action(owner, in items[i]);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Fail(device, e);
        }
    }

    /// <summary>Destroys a device's object; a null or stale handle does nothing.</summary>
    public static void Destroy<T>(Device device, ulong handle)
        where T : DeviceChild
    {
        try
        {
            HandleTable.Remove<T>(handle)?.Destroy();
        }
        catch (Exception e)
        {
            Fail(device, e);
        }
    }

    public static Result Fail(Device device, Exception e) =>
        Fail(DispatchableBlock.Get<DeviceObject>(device.Handle)?.Physical.Instance, e);

    public static Result Fail(CommandBuffer buffer, Exception e) =>
        Fail(DispatchableBlock.Get<CommandBufferObject>(buffer.Handle)?.Device.Physical.Instance, e);

    public static Result Fail(Queue queue, Exception e) =>
        Fail(DispatchableBlock.Get<QueueObject>(queue.Handle)?.Device.Physical.Instance, e);

    public static Result Fail(InstanceObject? instance, Exception e)
    {
        // An answer, not an error.
        if (e is VulkanException { Result: Result.PipelineCompileRequired } answer)
            return answer.Result;
        try
        {
            bool expected = e is VulkanException;
            string message = expected ? e.Message : e.ToString();
            if (instance is not null)
                instance.Report(DebugUtilsMessageSeverityFlagsEXT.ErrorBitExt, message);
            else
                Log.Error(message);
        }
        catch (Exception)
        {
            // A report that cannot be made must not become an exception in the application.
        }

        return e switch
        {
            VulkanException known => known.Result,
            OutOfMemoryException or SandboxException => Result.ErrorOutOfHostMemory,
            _ => Result.ErrorUnknown,
        };
    }

    /// <summary>Vulkan's two-call idiom: the number of elements, or as many of them as there is room for.</summary>
    public static unsafe Result Enumerate<T>(ReadOnlySpan<T> all, uint* count, T* target)
        where T : unmanaged
    {
        if (target == null)
        {
            *count = (uint)all.Length;
            return Result.Success;
        }

        int room = (int)Math.Min(*count, (uint)all.Length);
        all[..room].CopyTo(new Span<T>(target, room));
        *count = (uint)room;
        return room < all.Length ? Result.Incomplete : Result.Success;
    }

    private static VulkanException Stale(string what) =>
        new(Result.ErrorUnknown, $"a {what} handle is null, destroyed, or of another device");
}
