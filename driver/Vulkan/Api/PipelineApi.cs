using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Pipelines;

namespace ShaderJit.Vulkan.Api;

/// <summary>Shader modules, pipeline layouts, pipeline caches, compute pipelines.</summary>
internal static unsafe class PipelineApi
{
    /// <summary>Words that a module may have.</summary>
    private const nuint MaxModuleBytes = 64 << 20;

    [UnmanagedCallersOnly]
    public static Result CreateShaderModule(Device device, ShaderModuleCreateInfo* info, AllocationCallbacks* allocator,
        ShaderModule* module) => Entry.Create(device, info, module, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyShaderModule(Device device, ShaderModule module, AllocationCallbacks* allocator) =>
        Entry.Destroy<ShaderModuleObject>(device, module.Handle);

    [UnmanagedCallersOnly]
    public static Result CreatePipelineLayout(Device device, PipelineLayoutCreateInfo* info, AllocationCallbacks* allocator,
        PipelineLayout* layout) => Entry.Create(device, info, layout, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyPipelineLayout(Device device, PipelineLayout layout, AllocationCallbacks* allocator) =>
        Entry.Destroy<PipelineLayoutObject>(device, layout.Handle);

    [UnmanagedCallersOnly]
    public static Result CreatePipelineCache(Device device, PipelineCacheCreateInfo* info, AllocationCallbacks* allocator,
        PipelineCache* cache) => Entry.Create(device, info, cache, &Make);

    [UnmanagedCallersOnly]
    public static void DestroyPipelineCache(Device device, PipelineCache cache, AllocationCallbacks* allocator) =>
        Entry.Destroy<PipelineCacheObject>(device, cache.Handle);

    [UnmanagedCallersOnly]
    public static Result GetPipelineCacheData(Device device, PipelineCache cache, nuint* size, void* data)
    {
        try
        {
            var found = Entry.Get<PipelineCacheObject>(Entry.Get(device), cache.Handle);
            if (data == null)
            {
                *size = (nuint)found.SavedBytes;
                return Result.Success;
            }

            var (bytes, complete) = found.Save(new Span<byte>(data, (int)Math.Min(*size, int.MaxValue)));
            *size = (nuint)bytes;
            return complete ? Result.Success : Result.Incomplete;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result MergePipelineCaches(Device device, PipelineCache target, uint count, PipelineCache* sources)
    {
        try
        {
            var owner = Entry.Get(device);
            var merged = Entry.Get<PipelineCacheObject>(owner, target.Handle);
            for (uint i = 0; i < count; i++)
                merged.Merge(Entry.Get<PipelineCacheObject>(owner, sources[i].Handle));
            return Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result CreateComputePipelines(Device device, PipelineCache cache, uint count,
        ComputePipelineCreateInfo* infos, AllocationCallbacks* allocator, Pipeline* pipelines)
    {
        try
        {
            new Span<Pipeline>(pipelines, (int)count).Clear();
            var owner = Entry.Get(device);
            var found = cache.Handle == 0 ? null : Entry.Get<PipelineCacheObject>(owner, cache.Handle);
            var batch = new PipelineBatch((int)count, i =>
            {
                var pipeline = Build(owner, found, ref infos[i], out bool isHit);
                return (pipeline, isHit);
            });
            // In order too where a pipeline may only come from the cache: one before it may have put it there.
            bool isOrdered = false;
            for (uint i = 0; i < count; i++)
                isOrdered |= (infos[i].Flags & (PipelineCreateFlags.EarlyReturnOnFailureBit | PipelineCreateFlags.FailOnPipelineCompileRequiredBit)) != 0;
            var all = isOrdered
                ? batch.RunInOrder(i => (infos[i].Flags & PipelineCreateFlags.EarlyReturnOnFailureBit) != 0)
                : batch.Run(Settings.Threads);
            var result = Result.Success;
            for (int i = 0; i < all.Length; i++)
            {
                ref readonly var built = ref all[i];
                if (built.Failure is { } failure)
                {
                    var failed = Entry.Fail(device, failure);
                    if (result == Result.Success || failed != Result.PipelineCompileRequired)
                        result = failed;
                }
                else if (built.Pipeline is { } pipeline)
                {
                    pipelines[i] = new Pipeline(HandleTable.Add(pipeline));
                }
                else
                {
                    continue;
                }

                WriteFeedback(infos[i].PNext, built.IsHit, built.Time);
            }

            return result;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static void DestroyPipeline(Device device, Pipeline pipeline, AllocationCallbacks* allocator) =>
        Entry.Destroy<PipelineObject>(device, pipeline.Handle);

    private static ShaderModuleObject Make(DeviceObject device, ShaderModuleCreateInfo* info) => new(device, ReadWords(info));

    private static PipelineLayoutObject Make(DeviceObject device, PipelineLayoutCreateInfo* info)
    {
        if (info->SetLayoutCount > KernelAbi.MaxDescriptorSets)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkPipelineLayoutCreateInfo-setLayoutCount-00286: too many sets");
        var sets = new DescriptorSetLayoutObject?[info->SetLayoutCount];
        for (int i = 0; i < sets.Length; i++)
            sets[i] = Entry.Get<DescriptorSetLayoutObject>(device, info->PSetLayouts[i].Handle);
        ulong pushConstantBytes = 0;
        for (uint i = 0; i < info->PushConstantRangeCount; i++)
        {
            ref var range = ref info->PPushConstantRanges[i];
            if ((range.StageFlags & ShaderStageFlags.ComputeBit) != 0)
                pushConstantBytes = Math.Max(pushConstantBytes, (ulong)range.Offset + range.Size);
        }

        if (pushConstantBytes > KernelAbi.MaxPushConstantBytes)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkPushConstantRange-size-00298: too many push constants");
        return new PipelineLayoutObject(device, sets, (int)pushConstantBytes);
    }

    private static PipelineCacheObject Make(DeviceObject device, PipelineCacheCreateInfo* info)
    {
        var made = new PipelineCacheObject(device);
        if (info->PInitialData != null && info->InitialDataSize <= int.MaxValue)
            made.Load(new ReadOnlySpan<byte>(info->PInitialData, (int)info->InitialDataSize));
        return made;
    }

    private static PipelineObject Build(DeviceObject device, PipelineCacheObject? cache, ref ComputePipelineCreateInfo info,
        out bool isHit)
    {
        isHit = false;
        var layout = Entry.Get<PipelineLayoutObject>(device, info.Layout.Handle);
        uint[] words;
        if (info.Stage.Module.Handle != 0)
            words = Entry.Get<ShaderModuleObject>(device, info.Stage.Module.Handle).Words;
        else
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkPipelineShaderStageCreateInfo-stage-06845: no shader module");
        if (info.Stage.Stage != ShaderStageFlags.ComputeBit)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkComputePipelineCreateInfo-stage-00701: not the compute stage");
        var stage = new StageDesc
        {
            EntryPoint = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(info.Stage.PName)),
            Specializations = ReadSpecialization(info.Stage.PSpecializationInfo),
            Sets = layout.Sets,
            Conversions = layout.Conversions,
            PushConstantBytes = layout.PushConstantBytes,
            OutOfBounds = device.OutOfBounds,
            ScalarBounds = ChecksScalars(device, info),
            TrapDivisionByZero = device.OutOfBounds == OutOfBoundsMode.Trap,
            KeepRepresentations = (info.Flags & PipelineCreateFlags.CaptureInternalRepresentationsBitKhr) != 0,
        };
        bool onlyFromCache = (info.Flags & PipelineCreateFlags.FailOnPipelineCompileRequiredBit) != 0;
        var target = device.Target with { LaneCount = LaneCount(device, info.Stage.PNext) };
        return PipelineBuilder.Build(device, layout, words, stage, target, cache, onlyFromCache, out isHit);
    }

    /// <summary>The lanes that the application requires, or else the device's.</summary>
    private static int LaneCount(DeviceObject device, void* chain)
    {
        var required = PNextChain.Find<PipelineShaderStageRequiredSubgroupSizeCreateInfo>(chain);
        if (required == null)
            return device.LaneCount;
        return required->RequiredSubgroupSize == PhysicalDeviceObject.FewestLanes || required->RequiredSubgroupSize == device.Physical.LaneCount
            ? (int)required->RequiredSubgroupSize
            : throw new VulkanException(Result.ErrorUnknown,
                $"VUID-VkPipelineShaderStageRequiredSubgroupSizeCreateInfo-requiredSubgroupSize-02760: no subgroups of {required->RequiredSubgroupSize} invocations");
    }

    /// <summary>Whether each component of a vector is checked for itself (robustBufferAccess2): what the stage says of its buffers,
    /// or else the pipeline, or else the device (VK_EXT_pipeline_robustness). One answer for buffers of both kinds; less safety
    /// than bounds for whole accesses cannot be had.</summary>
    private static bool ChecksScalars(DeviceObject device, in ComputePipelineCreateInfo info)
    {
        var asked = PNextChain.Find<PipelineRobustnessCreateInfoEXT>(info.Stage.PNext);
        if (asked == null)
            asked = PNextChain.Find<PipelineRobustnessCreateInfoEXT>(info.PNext);
        return asked == null ? device.ChecksScalars : Checks(asked->StorageBuffers) || Checks(asked->UniformBuffers);

        bool Checks(PipelineRobustnessBufferBehaviorEXT behavior) =>
            behavior == PipelineRobustnessBufferBehaviorEXT.RobustBufferAccess2Ext
            || (behavior == PipelineRobustnessBufferBehaviorEXT.DeviceDefaultExt && device.ChecksScalars);
    }

    /// <summary>VK_EXT_pipeline_creation_feedback, where the application asks for it.</summary>
    private static void WriteFeedback(void* chain, bool isHit, TimeSpan time)
    {
        var feedback = PNextChain.Find<PipelineCreationFeedbackCreateInfo>(chain);
        if (feedback == null)
            return;
        var flags = PipelineCreationFeedbackFlags.ValidBit;
        if (isHit)
            flags |= PipelineCreationFeedbackFlags.ApplicationPipelineCacheHitBit;
        var whole = new PipelineCreationFeedback { Flags = flags, Duration = (ulong)time.TotalNanoseconds };
        if (feedback->PPipelineCreationFeedback != null)
            *feedback->PPipelineCreationFeedback = whole;
        for (uint i = 0; i < feedback->PipelineStageCreationFeedbackCount; i++)
            feedback->PPipelineStageCreationFeedbacks[i] = whole;
    }

    private static List<Specialization> ReadSpecialization(SpecializationInfo* info)
    {
        var result = new List<Specialization>();
        if (info == null)
            return result;
        for (uint i = 0; i < info->MapEntryCount; i++)
        {
            ref var entry = ref info->PMapEntries[i];
            if (entry.Size is not (1 or 2 or 4 or 8) || entry.Offset > info->DataSize || entry.Size > info->DataSize - entry.Offset)
            {
                throw new VulkanException(Result.ErrorUnknown,
                    $"VUID-VkSpecializationInfo-pMapEntries-00774: constant {entry.ConstantID} is outside the data");
            }

            ulong bits = 0;
            new ReadOnlySpan<byte>((byte*)info->PData + entry.Offset, (int)entry.Size).CopyTo(new Span<byte>(&bits, 8));
            result.Add(new Specialization(entry.ConstantID, bits, (int)entry.Size));
        }

        return result;
    }

    private static uint[] ReadWords(ShaderModuleCreateInfo* info)
    {
        if (info->CodeSize == 0 || info->CodeSize % 4 != 0 || info->CodeSize > MaxModuleBytes || info->PCode == null)
            throw new VulkanException(Result.ErrorInvalidShaderNV, $"VUID-VkShaderModuleCreateInfo-codeSize-08735: {info->CodeSize} bytes");
        return new ReadOnlySpan<uint>(info->PCode, (int)(info->CodeSize / 4)).ToArray();
    }
}
