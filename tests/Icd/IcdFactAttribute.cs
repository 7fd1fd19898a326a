namespace ShaderJit.Icd.Tests;

/// <summary>A test of the published driver; it shows as skipped, with the reason, where that or a file is not there.</summary>
/// <param name="paths">Files that must exist besides the driver's.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class IcdFactAttribute(params string[] paths) : FactWithAttribute([PublishedIcd.Library, .. paths]);
