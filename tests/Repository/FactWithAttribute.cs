using Xunit;

namespace ShaderJit.Repository.Tests;

/// <summary>A test that needs files of the machine; it shows as skipped, with the missing path, where one is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FactWithAttribute : FactAttribute
{
    /// <param name="paths">Absolute paths that must all exist.</param>
    public FactWithAttribute(params string[] paths)
    {
        var missing = paths.FirstOrDefault(p => !File.Exists(p));
        if (missing is not null)
            Skip = $"needs {missing}";
    }
}
