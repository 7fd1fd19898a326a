using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>Writes a struct per handle: pointer-sized for dispatchable ones, 64 bits for the others.</summary>
internal sealed class HandleWriter(RegistryModel model)
{
    public string Write()
    {
        var source = SourceText.Start("Handles.");
        foreach (var handle in model.Handles)
        {
            var name = Naming.Type(handle.Name);
            var type = handle.IsDispatchable ? "nint" : "ulong";
            source.Line();
            source.Line($"/// <summary>{handle.Name}: a {(handle.IsDispatchable ? "dispatchable handle, a pointer" : "non-dispatchable handle, 64 bits")}; 0 is no object.</summary>");
            source.Line("/// <param name=\"handle\">The handle's bits.</param>");
            source.Open($"public struct {name}({type} handle) : IEquatable<{name}>");
            source.Line("/// <summary>The handle's bits.</summary>");
            source.Line($"public {type} Handle = handle;");
            source.Line();
            source.Line("/// <summary>True for VK_NULL_HANDLE.</summary>");
            source.Line("public readonly bool IsNull => Handle == 0;");
            source.Line();
            source.Line($"public readonly bool Equals({name} other) => Handle == other.Handle;");
            source.Line($"public override readonly bool Equals(object? obj) => obj is {name} other && Equals(other);");
            source.Line("public override readonly int GetHashCode() => Handle.GetHashCode();");
            source.Line($"public override readonly string ToString() => $\"{name}(0x{{Handle:X}})\";");
            source.Line($"public static bool operator ==({name} left, {name} right) => left.Handle == right.Handle;");
            source.Line($"public static bool operator !=({name} left, {name} right) => left.Handle != right.Handle;");
            source.Close();
        }
        return source.ToString();
    }
}
