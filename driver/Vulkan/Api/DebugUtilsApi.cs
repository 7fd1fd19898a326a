using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_EXT_debug_utils. Labels are accepted; names are kept for fault reports.</summary>
internal static unsafe class DebugUtilsApi
{
    [UnmanagedCallersOnly]
    public static Result CreateDebugUtilsMessengerEXT(Instance instance, DebugUtilsMessengerCreateInfoEXT* info,
        AllocationCallbacks* allocator, DebugUtilsMessengerEXT* messenger)
    {
        try
        {
            *messenger = default;
            var owner = Entry.Get(instance);
            var made = new DebugMessengerObject(owner, *info);
            owner.Add(made);
            *messenger = new DebugUtilsMessengerEXT(HandleTable.Add(made));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(DispatchableBlock.Get<InstanceObject>(instance.Handle), e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyDebugUtilsMessengerEXT(Instance instance, DebugUtilsMessengerEXT messenger,
        AllocationCallbacks* allocator)
    {
        if (HandleTable.Remove<DebugMessengerObject>(messenger.Handle) is { } found)
            found.Instance.Remove(found);
    }

    [UnmanagedCallersOnly]
    public static void SubmitDebugUtilsMessageEXT(Instance instance, DebugUtilsMessageSeverityFlagsEXT severity,
        DebugUtilsMessageTypeFlagsEXT types, DebugUtilsMessengerCallbackDataEXT* data) =>
        DispatchableBlock.Get<InstanceObject>(instance.Handle)?.Submit(severity, types, data);

    [UnmanagedCallersOnly]
    public static Result SetDebugUtilsObjectNameEXT(Device device, DebugUtilsObjectNameInfoEXT* info)
    {
        try
        {
            string? name = info->PObjectName == null
                ? null
                : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(info->PObjectName));
            switch (Entry.Find(info->ObjectType, info->ObjectHandle))
            {
                case DeviceObject named: named.DebugName = name; break;
                case DeviceChild named: named.DebugName = name; break;
            }

            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result SetDebugUtilsObjectTagEXT(Device device, DebugUtilsObjectTagInfoEXT* info) => Result.Success;

    [UnmanagedCallersOnly]
    public static void QueueBeginDebugUtilsLabelEXT(Queue queue, DebugUtilsLabelEXT* label)
    {
    }

    [UnmanagedCallersOnly]
    public static void QueueEndDebugUtilsLabelEXT(Queue queue)
    {
    }

    [UnmanagedCallersOnly]
    public static void QueueInsertDebugUtilsLabelEXT(Queue queue, DebugUtilsLabelEXT* label)
    {
    }

    [UnmanagedCallersOnly]
    public static void CmdBeginDebugUtilsLabelEXT(CommandBuffer buffer, DebugUtilsLabelEXT* label)
    {
    }

    [UnmanagedCallersOnly]
    public static void CmdEndDebugUtilsLabelEXT(CommandBuffer buffer)
    {
    }

    [UnmanagedCallersOnly]
    public static void CmdInsertDebugUtilsLabelEXT(CommandBuffer buffer, DebugUtilsLabelEXT* label)
    {
    }
}
