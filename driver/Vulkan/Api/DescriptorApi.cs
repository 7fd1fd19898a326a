using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>Descriptor set layouts, pools, sets, and their updates.</summary>
internal static unsafe class DescriptorApi
{
    [UnmanagedCallersOnly]
    public static Result CreateDescriptorSetLayout(Device device, DescriptorSetLayoutCreateInfo* info,
        AllocationCallbacks* allocator, DescriptorSetLayout* layout)
    {
        try
        {
            *layout = default;
            var made = ReadLayout(Entry.Get(device), info);
            *layout = new DescriptorSetLayout(HandleTable.Add(made));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void GetDescriptorSetLayoutSupport(Device device, DescriptorSetLayoutCreateInfo* info,
        DescriptorSetLayoutSupport* support)
    {
        try
        {
            support->Supported = false;
            ReadLayout(Entry.Get(device), info);
            support->Supported = true;
        }
        catch (VulkanException)
        {
            // That is the answer.
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyDescriptorSetLayout(Device device, DescriptorSetLayout layout, AllocationCallbacks* allocator) =>
        Entry.Destroy<DescriptorSetLayoutObject>(device, layout.Handle);

    [UnmanagedCallersOnly]
    public static Result CreateDescriptorPool(Device device, DescriptorPoolCreateInfo* info, AllocationCallbacks* allocator,
        DescriptorPool* pool)
    {
        try
        {
            *pool = default;
            var owner = Entry.Get(device);
            ulong descriptors = 0;
            for (uint i = 0; i < info->PoolSizeCount; i++)
                descriptors += info->PPoolSizes[i].DescriptorCount;
            *pool = new DescriptorPool(HandleTable.Add(new DescriptorPoolObject(owner, info->MaxSets, descriptors)));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyDescriptorPool(Device device, DescriptorPool pool, AllocationCallbacks* allocator) =>
        Entry.Destroy<DescriptorPoolObject>(device, pool.Handle);

    [UnmanagedCallersOnly]
    public static Result ResetDescriptorPool(Device device, DescriptorPool pool, DescriptorPoolResetFlags flags)
    {
        try
        {
            Entry.Get<DescriptorPoolObject>(Entry.Get(device), pool.Handle).Reset();
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result AllocateDescriptorSets(Device device, DescriptorSetAllocateInfo* info, DescriptorSet* sets)
    {
        try
        {
            new Span<DescriptorSet>(sets, (int)info->DescriptorSetCount).Clear();
            var owner = Entry.Get(device);
            var pool = Entry.Get<DescriptorPoolObject>(owner, info->DescriptorPool.Handle);
            for (uint i = 0; i < info->DescriptorSetCount; i++)
            {
                try
                {
                    var layout = Entry.Get<DescriptorSetLayoutObject>(owner, info->PSetLayouts[i].Handle);
                    sets[i] = new DescriptorSet(pool.Allocate(layout));
                }
                catch
                {
                    // All or nothing (vkAllocateDescriptorSets): those made are freed again.
                    for (uint k = 0; k < i; k++)
                    {
                        pool.Free(sets[k].Handle);
                        sets[k] = default;
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
    public static Result FreeDescriptorSets(Device device, DescriptorPool pool, uint count, DescriptorSet* sets)
    {
        try
        {
            var found = Entry.Get<DescriptorPoolObject>(Entry.Get(device), pool.Handle);
            for (uint i = 0; i < count; i++)
                found.Free(sets[i].Handle);
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void UpdateDescriptorSets(Device device, uint writeCount, WriteDescriptorSet* writes, uint copyCount,
        CopyDescriptorSet* copies)
    {
        try
        {
            var owner = Entry.Get(device);
            for (uint i = 0; i < writeCount; i++)
            {
                ref var write = ref writes[i];
                var set = Entry.Get<DescriptorSetObject>(owner, write.DstSet.Handle);
                DescriptorUpdate.Write(set, write.DstBinding, write.DstArrayElement, write.DescriptorCount,
                    write.DescriptorType, new DescriptorSource(write.PBufferInfo, write.PTexelBufferView));
            }

            for (uint i = 0; i < copyCount; i++)
            {
                ref var copy = ref copies[i];
                DescriptorUpdate.Copy(Entry.Get<DescriptorSetObject>(owner, copy.SrcSet.Handle), copy.SrcBinding,
                    copy.SrcArrayElement, Entry.Get<DescriptorSetObject>(owner, copy.DstSet.Handle), copy.DstBinding,
                    copy.DstArrayElement, copy.DescriptorCount);
            }
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CreateDescriptorUpdateTemplate(Device device, DescriptorUpdateTemplateCreateInfo* info,
        AllocationCallbacks* allocator, DescriptorUpdateTemplate* template)
    {
        try
        {
            *template = default;
            var owner = Entry.Get(device);
            if (info->TemplateType != DescriptorUpdateTemplateType.DescriptorSet)
                throw new VulkanException(Result.ErrorUnknown, "push descriptors are not supported");
            var entries = new ReadOnlySpan<DescriptorUpdateTemplateEntry>(info->PDescriptorUpdateEntries,
                (int)info->DescriptorUpdateEntryCount).ToArray();
            *template = new DescriptorUpdateTemplate(HandleTable.Add(new DescriptorUpdateTemplateObject(owner, entries)));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyDescriptorUpdateTemplate(Device device, DescriptorUpdateTemplate template,
        AllocationCallbacks* allocator) => Entry.Destroy<DescriptorUpdateTemplateObject>(device, template.Handle);

    [UnmanagedCallersOnly]
    public static void UpdateDescriptorSetWithTemplate(Device device, DescriptorSet set, DescriptorUpdateTemplate template,
        void* data)
    {
        try
        {
            var owner = Entry.Get(device);
            var target = Entry.Get<DescriptorSetObject>(owner, set.Handle);
            foreach (ref readonly var entry in Entry.Get<DescriptorUpdateTemplateObject>(owner, template.Handle).Entries.AsSpan())
            {
                byte* source = (byte*)data + entry.Offset;
                for (uint i = 0; i < entry.DescriptorCount; i++, source += entry.Stride)
                {
                    DescriptorUpdate.Write(target, entry.DstBinding, entry.DstArrayElement + i, 1, entry.DescriptorType,
                        new DescriptorSource((DescriptorBufferInfo*)source, (BufferView*)source));
                }
            }
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    private static DescriptorSetLayoutObject ReadLayout(DeviceObject device, DescriptorSetLayoutCreateInfo* info)
    {
        if (info->Flags != 0)
            throw new VulkanException(Result.ErrorUnknown, $"descriptor set layout flags {info->Flags} are not supported");
        var bindings = new List<(uint, DescriptorType, uint)>();
        for (uint i = 0; i < info->BindingCount; i++)
        {
            ref var binding = ref info->PBindings[i];
            bindings.Add((binding.Binding, binding.DescriptorType, binding.DescriptorCount));
        }

        return new DescriptorSetLayoutObject(device, bindings);
    }
}
