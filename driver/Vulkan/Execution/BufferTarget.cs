using ShaderJit.Abi;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Execution;

/// <summary>What an out-of-bounds access aimed at, by what is bound there.</summary>
/// <param name="Buffer">The buffer behind the descriptor.</param>
/// <param name="Offset">Bytes from the descriptor's first byte.</param>
/// <param name="Range">Bytes that the descriptor covers.</param>
/// <param name="Address">Device address of the byte.</param>
internal sealed record BufferTarget(BufferObject Buffer, int Set, int Binding, uint Offset, uint Range, ulong Address)
{
    /// <summary>Looks it up; null where nothing is bound there. The kernel's word is a hint and may name anything.</summary>
    public static BufferTarget? Find(ulong bits, BoundState state)
    {
        var location = BufferLocation.Decode(bits);
        if (location.Set >= state.Sets.Length || state.Sets[location.Set] is not { } set
            || set.Layout.Find((uint)location.Binding) is not { } binding || location.Element >= binding.Count)
        {
            return null;
        }

        int element = binding.FirstElement + location.Element;
        if (set[element].Resource is not BufferObject { IsResident: true } buffer)
            return null;
        int dynamic = binding.FirstDynamic + location.Element;
        uint dynamicOffset = binding.IsDynamic && state.DynamicOffsets[location.Set] is { } offsets && dynamic < offsets.Length
            ? offsets[dynamic]
            : 0;
        var descriptor = set.ResolveDynamic(element, dynamicOffset);
        return new BufferTarget(buffer, location.Set, location.Binding, location.Offset, descriptor.Range,
            descriptor.Offset + location.Offset);
    }
}
