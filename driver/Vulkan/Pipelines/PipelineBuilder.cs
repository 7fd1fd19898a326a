using ShaderJit.Compiler;
using ShaderJit.Sandbox;
using ShaderJit.Verifier;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>Makes a compute pipeline: cache or compiler, then the code heap, which verifies what either gave.</summary>
internal static class PipelineBuilder
{
    /// <exception cref="VulkanException">The module is refused, or the verifier rejects the kernel.</exception>
    public static PipelineObject Build(DeviceObject device, PipelineLayoutObject layout, uint[] words, StageDesc stage,
        in TargetFeatures target, PipelineCacheObject? cache, bool onlyFromCache, out bool isHit)
    {
        var sampled = SampledBindings.Of(words, layout);
        stage = stage with { KnownDescriptors = sampled?.Likely ?? [] };
        var pipeline = BuildOne(device, layout, words, stage, target, cache, onlyFromCache, out isHit);
        if (sampled is not null)
            pipeline.Variants = new SampledVariants(pipeline, sampled, stage, target);
        return WithOtherFormats(pipeline, stage, target);
    }

    /// <summary>A pipeline for what the stage says is sampled.</summary>
    /// <exception cref="VulkanException">As above.</exception>
    public static PipelineObject BuildOne(DeviceObject device, PipelineLayoutObject layout, uint[] words, StageDesc stage,
        in TargetFeatures target, PipelineCacheObject? cache, bool onlyFromCache, out bool isHit)
    {
        isHit = false;
        CapabilityFeatures.Check(words);
        var policy = new VerifierPolicy(target.RegionBits);
        var key = cache is null ? default : PipelineKey.Of(words, stage, target);

        // The cache holds no representations.
        if (!stage.KeepRepresentations && cache?.Find(key, words.Length) is { } found)
        {
            var hit = CodeHeap.Process.Publish(found.Kernel, policy);
            isHit = hit.Kernel is not null;
            if (hit.Kernel is { } code)
                return new PipelineObject(device, layout, found, code, words);
            device.Report(DebugUtilsMessageSeverityFlagsEXT.WarningBitExt,
                $"a kernel from the pipeline cache was rejected and is compiled anew: {Reason(hit)}");
        }

        if (onlyFromCache)
            throw new VulkanException(Result.PipelineCompileRequired, "the pipeline is not in the cache");

        var compiled = ShaderCompiler.Compile(words, stage, target);
        if (compiled.Kernel is not { } kernel)
        {
            string reasons = string.Join("; ", compiled.Diagnostics);
            throw new VulkanException(Result.ErrorInvalidShaderNV, $"entry point \"{stage.EntryPoint}\": {reasons}");
        }

        CheckSize(kernel.LocalSize);
        var published = CodeHeap.Process.Publish(kernel, policy);
        if (published.IsFull)
            throw new VulkanException(Result.ErrorOutOfHostMemory, "the code heap is full");
        if (published.Kernel is not { } sealedCode)
        {
            // A compiler bug that the sandbox has caught; the kernel never ran.
            throw new VulkanException(Result.ErrorUnknown, $"the verifier rejects the kernel: {Reason(published)}");
        }

        var record = new KernelRecord(kernel, compiled.Lines, compiled.Prints);
        cache?.Add(key, record);
        return new PipelineObject(device, layout, record, sealedCode, words) { Representations = compiled.Representations };
    }

    private static PipelineObject WithOtherFormats(PipelineObject pipeline, StageDesc stage, TargetFeatures target)
    {
        if (stage.ImageFormatsFromRecords || DeclaredFormats.Of(pipeline.Words) is not { } formats)
            return pipeline;
        stage = stage with { ImageFormatsFromRecords = true, KeepRepresentations = false };
        pipeline.SetFormats(formats, () => Build(pipeline.Device, pipeline.Layout, pipeline.Words, stage, target, null, false, out _));
        return pipeline;
    }

    private static void CheckSize((uint X, uint Y, uint Z) size)
    {
        if (size.X > DeviceLimits.MaxWorkgroupSizeXY || size.Y > DeviceLimits.MaxWorkgroupSizeXY
            || size.Z > DeviceLimits.MaxWorkgroupSizeZ || (ulong)size.X * size.Y * size.Z > DeviceLimits.MaxWorkgroupInvocations)
        {
            throw new VulkanException(Result.ErrorInvalidShaderNV,
                $"VUID-RuntimeSpirv-x-06432: a workgroup of {size.X} x {size.Y} x {size.Z} invocations is larger than the limits");
        }
    }

    private static string Reason(PublishResult result) => result.IsFull ? "the code heap is full" : result.Verdict.ToString();
}
