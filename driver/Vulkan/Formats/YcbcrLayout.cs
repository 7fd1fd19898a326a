using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Formats;

/// <summary>How the components of a Y'CbCr format lie in memory. G is luma, B and R are chroma.</summary>
/// <param name="Planes">The format of each plane ("Formats of Multi-Planar Images: Compatible Formats of Planes"). Of a format in
/// one plane, what its luma is seen as where a shader reads texels as they are.</param>
/// <param name="HalvesWidth">Whether there is one chroma sample for two texels of a row (422 and 420).</param>
/// <param name="HalvesHeight">Whether there is one row of chroma for two rows (420).</param>
internal sealed record YcbcrLayout(Format[] Planes, bool HalvesWidth, bool HalvesHeight, YcbcrComponent R, YcbcrComponent G,
    YcbcrComponent B);
