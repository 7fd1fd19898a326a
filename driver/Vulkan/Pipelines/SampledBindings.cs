using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>
/// The descriptors of images and samplers that a module samples or fetches from, but for large arrays of them. Vulkan does not say at pipeline creation
/// what images and samplers they will hold, so a pipeline is made for the likeliest, and for others when a dispatch has
/// them bound (<see cref="SampledVariants"/>).
/// </summary>
internal sealed class SampledBindings
{
    private const uint Magic = 0x07230203;

    // Opcodes, decorations and dimensions of SPIR-V.
    private const int TypeFloat = 22, TypeImage = 25, TypeSampler = 26, TypeSampledImage = 27, TypeArray = 28, TypePointer = 32, Variable = 59,
        Decorate = 71, FirstSample = 87, LastSample = 97;
    private const int BindingDecoration = 33, SetDecoration = 34, BufferDim = 5;

    /// <summary>Largest array whose descriptors are looked at.</summary>
    private const uint MaxArray = 8;

    private readonly List<Place> _places;

    private SampledBindings(List<Place> places, List<KnownDescriptor> likely) => (_places, Likely) = (places, likely);

    /// <summary>A descriptor, and its index among all of its set.</summary>
    private readonly record struct Place(int Set, uint Binding, uint Index, int Element);

    /// <summary>What to compile for before anything is bound: images of four 8-bit unorms and one level, samplers that are
    /// linear and clamp to the edge, but immutable samplers as they are.</summary>
    public IReadOnlyList<KnownDescriptor> Likely { get; }

    /// <summary>The descriptors; null where there are none.</summary>
    /// <param name="words">A module, perhaps not a valid one.</param>
    public static SampledBindings? Of(ReadOnlySpan<uint> words, PipelineLayoutObject layout)
    {
        if (words.Length < 5 || words[0] != Magic)
            return null;
        bool samples = false;
        var sets = new Dictionary<uint, uint>();
        var bindings = new Dictionary<uint, uint>();
        var types = new Dictionary<uint, bool>();
        var pointees = new Dictionary<uint, uint>();
        var floats = new HashSet<uint>();
        var variables = new List<(uint Id, uint Type)>();
        for (int at = 5; at < words.Length;)
        {
            int length = (int)(words[at] >> 16);
            if (length == 0 || at + length > words.Length)
                break;
            var w = words.Slice(at, length);
            switch (words[at] & 0xFFFF)
            {
                case TypeFloat when length > 2: floats.Add(w[1]); break;
                case TypeImage when length > 8 && w[3] != BufferDim && w[7] != 2: types[w[1]] = floats.Contains(w[2]); break;
                case TypeSampler when length > 1: types[w[1]] = true; break;
                case TypeSampledImage when length > 2 && types.TryGetValue(w[2], out bool isFloat): types[w[1]] = isFloat; break;
                case TypeArray when length > 3 && types.TryGetValue(w[2], out bool isFloat): types[w[1]] = isFloat; break;
                case TypePointer when length > 3: pointees[w[1]] = w[3]; break;
                case Variable when length > 3 && pointees.TryGetValue(w[1], out uint type) && types.ContainsKey(type): variables.Add((w[2], type)); break;
                case Decorate when length > 3 && w[2] == BindingDecoration: bindings[w[1]] = w[3]; break;
                case Decorate when length > 3 && w[2] == SetDecoration: sets[w[1]] = w[3]; break;
                case >= FirstSample and <= LastSample: samples = true; break;
                default: break;
            }

            at += length;
        }

        var places = new List<Place>();
        var likely = new List<KnownDescriptor>();
        foreach (var (id, type) in variables)
        {
            if (samples && sets.TryGetValue(id, out uint set) && bindings.TryGetValue(id, out uint binding))
                Add(places, likely, layout, set, binding, types[type]);
        }

        return places.Count == 0 ? null : new SampledBindings(places, likely);
    }

    /// <summary>What a dispatch has bound: an image and a sampler for each place, null where the place has none.</summary>
    public RecordTraits?[] Bound(BoundState state)
    {
        var traits = new RecordTraits?[2 * _places.Count];
        for (int i = 0; i < _places.Count; i++)
            (traits[2 * i], traits[(2 * i) + 1]) = At(state, _places[i]);
        return traits;
    }

    /// <summary>Whether what is bound is what <see cref="Bound"/> gave before.</summary>
    public bool Holds(RecordTraits?[] traits, BoundState state)
    {
        for (int i = 0; i < _places.Count; i++)
        {
            var (image, sampler) = At(state, _places[i]);
            if (!Same(image, traits[2 * i]) || !Same(sampler, traits[(2 * i) + 1]))
                return false;
        }

        return true;
    }

    /// <summary>What the compiler is told of bound traits.</summary>
    public IReadOnlyList<KnownDescriptor> Describe(RecordTraits?[] traits)
    {
        var known = new List<KnownDescriptor>(_places.Count);
        for (int i = 0; i < _places.Count; i++)
            known.Add(new KnownDescriptor(_places[i].Set, _places[i].Binding, _places[i].Index, traits[2 * i], traits[(2 * i) + 1]));
        return known;
    }

    /// <summary>The traits that <see cref="Likely"/> stands for.</summary>
    public RecordTraits?[] LikelyTraits()
    {
        var traits = new RecordTraits?[2 * _places.Count];
        for (int i = 0; i < _places.Count; i++)
            (traits[2 * i], traits[(2 * i) + 1]) = (Likely[i].Image, Likely[i].Sampler);
        return traits;
    }

    private static bool Same(RecordTraits? a, RecordTraits? b) => ReferenceEquals(a, b) || (a is not null && a.Equals(b));

    private static (RecordTraits? Image, RecordTraits? Sampler) At(BoundState state, in Place place)
    {
        if (state.Sets[place.Set] is not { IsFreed: false } set || place.Element >= set.ElementCount)
            return default;
        var value = set[place.Element];
        var image = (value.Resource as ImageViewObject)?.Traits;
        return (image, image is { HasOneLevel: true } ? value.Sampler?.TraitsForOneLevel : value.Sampler?.Traits);
    }

    private static void Add(List<Place> places, List<KnownDescriptor> likely, PipelineLayoutObject layout, uint set, uint binding, bool isFloat)
    {
        if (set >= layout.SetLayouts.Length || layout.SetLayouts[set]?.Find(binding) is not { Count: <= MaxArray, IsVariable: false } found)
            return;
        bool hasImage = found.Type is DescriptorType.SampledImage or DescriptorType.CombinedImageSampler;
        bool hasSampler = found.Type is DescriptorType.Sampler or DescriptorType.CombinedImageSampler;
        if ((!hasImage && !hasSampler) || places.Exists(p => p.Set == set && p.Binding == binding))
            return;
        for (uint i = 0; i < found.Count; i++)
        {
            // The layout says all of a sampler that converts, and of the images that it reads.
            if (found.Samplers?[(int)i].Conversion is not null)
                continue;
            places.Add(new Place((int)set, binding, i, found.FirstElement + (int)i));
            likely.Add(new KnownDescriptor((int)set, binding, i, hasImage && isFloat ? LikelyImage : null,
                hasSampler ? found.Samplers?[(int)i].TraitsForOneLevel ?? LikelySampler : null));
        }
    }

    /// <summary>The traits of a view of four 8-bit unorms, one level.</summary>
    internal static RecordTraits? LikelyImage { get; } = RecordTraits.OfImage(new ImageRecord
    {
        Width = 1, TexelBytes = 4, Kind = TexelKind.Normalized, Levels = [default], R = TexelComponent.Unorm(0, 8),
        G = TexelComponent.Unorm(8, 8), B = TexelComponent.Unorm(16, 8), A = TexelComponent.Unorm(24, 8),
    });

    /// <summary>The traits of a sampler that is linear and clamps to the edge, as it reads images of one level.</summary>
    internal static RecordTraits LikelySampler { get; } = RecordTraits.OfSampler(SamplerObject.Describe(new SamplerCreateInfo
    {
        MagFilter = Filter.Linear, MinFilter = Filter.Linear, AddressModeU = SamplerAddressMode.ClampToEdge,
        AddressModeV = SamplerAddressMode.ClampToEdge, AddressModeW = SamplerAddressMode.ClampToEdge,
    }, SamplerReductionMode.WeightedAverage, default), hasLevels: false);
}
