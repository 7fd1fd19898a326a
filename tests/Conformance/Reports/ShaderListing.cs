using ShaderJit.Conformance.Script;
using ShaderJit.Conformance.Shaders;
using ShaderJit.SpirvCross;

namespace ShaderJit.Conformance.Reports;

/// <summary>Shaders that a script gives as SPIR-V, as GLSL, where SPIRV-Cross is installed and takes them.</summary>
internal static class ShaderListing
{
    public static List<string> Glsl(string path)
    {
        var listings = new List<string>();
        try
        {
            var file = ScriptLoader.Load(path);
            var compiler = new ShaderCompiler(null);
            foreach (var shader in file.Shaders.Values)
            {
                if (shader.Stage == "compute" && shader.Language != ShaderLanguage.Glsl
                    && Judge.ToGlsl(compiler.Compile(file, shader, [])) is { } glsl)
                    listings.Add($"// {shader.Name}, as SPIRV-Cross shows it\n{glsl}");
            }
        }
        catch (Exception e) when (e is ScriptException or UnsupportedException or CaseFailedException or InvalidOperationException)
        {
            // The case says itself what is wrong with it; without a listing the report is still one.
        }

        return listings;
    }
}
