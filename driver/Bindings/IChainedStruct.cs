namespace ShaderJit.Vulkan.Bindings;

/// <summary>A struct that starts with SType and PNext, and so can head a chain or stand in one.</summary>
public interface IChainedStruct
{
    /// <summary>The value of SType that names this struct.</summary>
    static abstract StructureType StructureType { get; }
}
