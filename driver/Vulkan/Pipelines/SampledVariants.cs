using ShaderJit.Compiler;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>
/// A pipeline's kernels for what is bound to be sampled: one for each combination of formats and samplers that dispatches
/// came with, compiled when the first one does; and behind a number of them, one that reads all of that at run time.
/// </summary>
internal sealed class SampledVariants(PipelineObject first, SampledBindings bindings, StageDesc stage, TargetFeatures target)
{
    private const int Most = 8;

    private readonly Lock _gate = new();
    private readonly List<Variant> _variants = [new Variant(bindings.LikelyTraits(), first)];
    private Variant _latest = new(bindings.LikelyTraits(), first);
    private PipelineObject? _general;

    private sealed record Variant(RecordTraits?[] Traits, PipelineObject Pipeline);

    /// <summary>The pipeline for what is bound.</summary>
    /// <exception cref="VulkanException">It cannot be built.</exception>
    public PipelineObject For(BoundState state)
    {
        var latest = Volatile.Read(ref _latest);
        if (bindings.Holds(latest.Traits, state))
            return latest.Pipeline;
        lock (_gate)
        {
            foreach (var variant in _variants)
            {
                if (!bindings.Holds(variant.Traits, state))
                    continue;
                Volatile.Write(ref _latest, variant);
                return variant.Pipeline;
            }

            if (_variants.Count == Most)
                return _general ??= Build([]);
            var traits = bindings.Bound(state);
            var made = new Variant(traits, Build(bindings.Describe(traits)));
            _variants.Add(made);
            Volatile.Write(ref _latest, made);
            return made.Pipeline;
        }
    }

    /// <summary>Destroys all but the first.</summary>
    public void DestroyOthers()
    {
        for (int i = 1; i < _variants.Count; i++)
            _variants[i].Pipeline.Destroy();
        _general?.Destroy();
    }

    private PipelineObject Build(IReadOnlyList<KnownDescriptor> known) => PipelineBuilder.BuildOne(first.Device, first.Layout,
        first.Words, stage with { KnownDescriptors = known, KeepRepresentations = false }, target, null, false, out _);
}
