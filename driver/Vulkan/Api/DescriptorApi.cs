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
        AllocationCallbacks* allocator, DescriptorSetLayout* layout) => Entry.Create(device, info, layout, &Make);

    [UnmanagedCallersOnly]
    public static void GetDescriptorSetLayoutSupport(Device device, DescriptorSetLayoutCreateInfo* info,
        DescriptorSetLayoutSupport* support)
    {
        try
        {
            support->Supported = false;
            var variable = PNextChain.Find<DescriptorSetVariableDescriptorCountLayoutSupport>(support->PNext);
            if (variable != null)
                variable->MaxVariableDescriptorCount = 0;
            var made = Make(Entry.Get(device), info);
            support->Supported = true;
            if (variable != null && made.Variable is { } last)
            {
                variable->MaxVariableDescriptorCount = last.Type == DescriptorType.InlineUniformBlock
                    ? DeviceProperties.MaxInlineUniformBlockSize
                    : DescriptorSetLayoutObject.MaxDescriptors - (uint)last.FirstElement;
            }
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
        DescriptorPool* pool) => Entry.Create(device, info, pool, &Make);

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
            var variable = PNextChain.Find<DescriptorSetVariableDescriptorCountAllocateInfo>(info->PNext);
            for (uint i = 0; i < info->DescriptorSetCount; i++)
            {
                try
                {
                    var layout = Entry.Get<DescriptorSetLayoutObject>(owner, info->PSetLayouts[i].Handle);
                    uint count = variable != null && i < variable->DescriptorSetCount ? variable->PDescriptorCounts[i] : 0;
                    sets[i] = new DescriptorSet(pool.Allocate(layout, count));
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
                DescriptorUpdate.Write(Entry.Get<DescriptorSetObject>(owner, write.DstSet.Handle), ref write);
            }

            for (uint i = 0; i < copyCount; i++)
            {
                ref var copy = ref copies[i];
                DescriptorUpdate.Copy(Entry.Get<DescriptorSetObject>(owner, copy.SrcSet.Handle),
                    Entry.Get<DescriptorSetObject>(owner, copy.DstSet.Handle), ref copy);
            }
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CreateDescriptorUpdateTemplate(Device device, DescriptorUpdateTemplateCreateInfo* info,
        AllocationCallbacks* allocator, DescriptorUpdateTemplate* template) => Entry.Create(device, info, template, &Make);

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
            DescriptorUpdate.Write(Entry.Get<DescriptorSetObject>(owner, set.Handle),
                Entry.Get<DescriptorUpdateTemplateObject>(owner, template.Handle), data);
        }
        catch (Exception e)
        {
            Entry.Fail(device, e);
        }
    }

    private static DescriptorPoolObject Make(DeviceObject device, DescriptorPoolCreateInfo* info)
    {
        ulong descriptors = 0, inlineBytes = 0;
        for (uint i = 0; i < info->PoolSizeCount; i++)
        {
            ulong count = info->PPoolSizes[i].DescriptorCount;
            if (info->PPoolSizes[i].Type == DescriptorType.InlineUniformBlock)
                inlineBytes += count;
            else
                descriptors += info->PPoolSizes[i].Type == DescriptorType.MutableExt ? 2 * count : count;
        }

        var inline = PNextChain.Find<DescriptorPoolInlineUniformBlockCreateInfo>(info->PNext);
        uint inlineBlocks = inline == null ? 0 : inline->MaxInlineUniformBlockBindings;
        return new DescriptorPoolObject(device, info->MaxSets, descriptors, inlineBlocks, inlineBytes);
    }

    private static DescriptorUpdateTemplateObject Make(DeviceObject device, DescriptorUpdateTemplateCreateInfo* info)
    {
        bool isPush = info->TemplateType == DescriptorUpdateTemplateType.PushDescriptorsKhr;
        var entries = new ReadOnlySpan<DescriptorUpdateTemplateEntry>(info->PDescriptorUpdateEntries,
            (int)info->DescriptorUpdateEntryCount).ToArray();
        return new DescriptorUpdateTemplateObject(device, entries, isPush ? info->Set : null);
    }

    private static DescriptorSetLayoutObject Make(DeviceObject device, DescriptorSetLayoutCreateInfo* info)
    {
        const DescriptorSetLayoutCreateFlags Known = DescriptorSetLayoutCreateFlags.PushDescriptorBitKhr
            | DescriptorSetLayoutCreateFlags.UpdateAfterBindPoolBit | DescriptorSetLayoutCreateFlags.HostOnlyPoolBitExt;
        if ((info->Flags & ~Known) != 0)
            throw new VulkanException(Result.ErrorUnknown, $"descriptor set layout flags {info->Flags & ~Known} are not supported");

        // Every binding may be updated after it was bound, be bound partially, and so on: only the variable count matters.
        var flags = PNextChain.Find<DescriptorSetLayoutBindingFlagsCreateInfo>(info->PNext);
        CheckMutable(info);
        var bindings = new List<BindingRequest>();
        for (uint i = 0; i < info->BindingCount; i++)
        {
            ref var binding = ref info->PBindings[i];
            bool isVariable = flags != null && i < flags->BindingCount
                && (flags->PBindingFlags[i] & DescriptorBindingFlags.VariableDescriptorCountBit) != 0;
            bindings.Add(new BindingRequest(binding.Binding, binding.DescriptorType, binding.DescriptorCount, isVariable,
                ReadSamplers(device, binding)));
        }

        return new DescriptorSetLayoutObject(device, bindings, (info->Flags & DescriptorSetLayoutCreateFlags.PushDescriptorBitKhr) != 0);
    }

    /// <summary>Throws where a descriptor could become one of a type that there is none of. Any other may become of all types, whatever
    /// the application says of it.</summary>
    private static void CheckMutable(DescriptorSetLayoutCreateInfo* info)
    {
        var mutable = PNextChain.Find<MutableDescriptorTypeCreateInfoEXT>(info->PNext);
        for (uint i = 0; mutable != null && i < mutable->MutableDescriptorTypeListCount && i < info->BindingCount; i++)
        {
            if (info->PBindings[i].DescriptorType != DescriptorType.MutableExt)
                continue;
            ref var list = ref mutable->PMutableDescriptorTypeLists[i];
            for (uint k = 0; k < list.DescriptorTypeCount; k++)
            {
                if (list.PDescriptorTypes[k] is < DescriptorType.Sampler or > DescriptorType.StorageBuffer)
                    throw new VulkanException(Result.ErrorUnknown, $"mutable descriptors cannot be of type {list.PDescriptorTypes[k]}");
            }
        }
    }

    private static SamplerObject[]? ReadSamplers(DeviceObject device, in DescriptorSetLayoutBinding binding)
    {
        if (binding.DescriptorType is not (DescriptorType.Sampler or DescriptorType.CombinedImageSampler)
            || binding.PImmutableSamplers == null)
        {
            return null;
        }

        if (binding.DescriptorCount > DescriptorSetLayoutObject.MaxDescriptors)
            throw new VulkanException(Result.ErrorOutOfHostMemory, "descriptor set layout is too large");
        var samplers = new SamplerObject[binding.DescriptorCount];
        for (int i = 0; i < samplers.Length; i++)
            samplers[i] = Entry.Get<SamplerObject>(device, binding.PImmutableSamplers[i].Handle);
        return samplers;
    }
}
