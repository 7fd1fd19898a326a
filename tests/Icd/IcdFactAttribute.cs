using Xunit;

namespace ShaderJit.Icd.Tests;

/// <summary>A test of the published driver; it shows as skipped, with the reason, where that or a file is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IcdFactAttribute : FactAttribute
{
    /// <param name="paths">Files that must exist besides the driver's.</param>
    public IcdFactAttribute(params string[] paths)
    {
        if (!File.Exists(PublishedIcd.Library))
            Skip = "needs dotnet publish driver/Icd -c Release -o out/icd";
        else if (paths.FirstOrDefault(p => !File.Exists(p)) is { } missing)
            Skip = $"needs {missing}";
    }
}
