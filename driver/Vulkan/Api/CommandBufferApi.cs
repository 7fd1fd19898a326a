using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Command pools and the life of command buffers.</summary>
internal static unsafe class CommandBufferApi
{
    [UnmanagedCallersOnly]
    public static Result CreateCommandPool(Device device, CommandPoolCreateInfo* info, AllocationCallbacks* allocator,
        CommandPool* pool) => Entry.Create(device, info, pool, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyCommandPool(Device device, CommandPool pool, AllocationCallbacks* allocator) =>
        Entry.Destroy<CommandPoolObject>(device, pool.Handle);

    [UnmanagedCallersOnly]
    public static Result ResetCommandPool(Device device, CommandPool pool, CommandPoolResetFlags flags)
    {
        try
        {
            Entry.Get<CommandPoolObject>(Entry.Get(device), pool.Handle).Reset();
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void TrimCommandPool(Device device, CommandPool pool, CommandPoolTrimFlags flags)
    {
        try
        {
            Entry.Get<CommandPoolObject>(Entry.Get(device), pool.Handle).Trim();
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result AllocateCommandBuffers(Device device, CommandBufferAllocateInfo* info, CommandBuffer* buffers)
    {
        try
        {
            new Span<CommandBuffer>(buffers, (int)info->CommandBufferCount).Clear();
            var pool = Entry.Get<CommandPoolObject>(Entry.Get(device), info->CommandPool.Handle);
            for (uint i = 0; i < info->CommandBufferCount; i++)
            {
                try
                {
                    buffers[i] = pool.Allocate(info->Level == CommandBufferLevel.Secondary);
                }
                catch
                {
                    // All or nothing (vkAllocateCommandBuffers): those made are freed again.
                    for (uint k = 0; k < i; k++)
                    {
                        pool.Free(buffers[k]);
                        buffers[k] = default;
                    }

                    throw;
                }
            }

            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void FreeCommandBuffers(Device device, CommandPool pool, uint count, CommandBuffer* buffers)
    {
        try
        {
            var found = Entry.Get<CommandPoolObject>(Entry.Get(device), pool.Handle);
            for (uint i = 0; i < count; i++)
                found.Free(buffers[i]);
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result BeginCommandBuffer(CommandBuffer buffer, CommandBufferBeginInfo* info)
    {
        try
        {
            Entry.Get(buffer).Begin(info->Flags);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result EndCommandBuffer(CommandBuffer buffer)
    {
        try
        {
            Entry.Get(buffer).End();
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(buffer, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result ResetCommandBuffer(CommandBuffer buffer, CommandBufferResetFlags flags)
    {
        try
        {
            Entry.Get(buffer).Reset();
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(buffer, e);
        }
    }

    private static CommandPoolObject Make(DeviceObject device, CommandPoolCreateInfo* info)
    {
        if (info->QueueFamilyIndex != 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-vkCreateCommandPool-queueFamilyIndex-01937: there is one queue family");
        return new CommandPoolObject(device);
    }
}
