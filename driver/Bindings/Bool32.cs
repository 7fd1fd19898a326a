namespace ShaderJit.Vulkan.Bindings;

/// <summary>VkBool32: 32 bits, 0 is false, and 1 is what this library writes for true. Any other value reads as true.</summary>
/// <param name="value">The bits.</param>
public readonly struct Bool32(uint value) : IEquatable<Bool32>
{
    /// <summary>The bits as they came.</summary>
    public readonly uint Value = value;

    public static implicit operator Bool32(bool value) => new(value ? 1u : 0u);
    public static implicit operator bool(Bool32 value) => value.Value != 0;
    public static implicit operator Bool32(uint value) => new(value);
    public static implicit operator uint(Bool32 value) => value.Value;

    public bool Equals(Bool32 other) => (Value != 0) == (other.Value != 0);
    public override bool Equals(object? obj) => obj is Bool32 other && Equals(other);
    public override int GetHashCode() => Value != 0 ? 1 : 0;
    public override string ToString() => Value != 0 ? "True" : "False";
    public static bool operator ==(Bool32 left, Bool32 right) => left.Equals(right);
    public static bool operator !=(Bool32 left, Bool32 right) => !left.Equals(right);
}
