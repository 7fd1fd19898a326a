using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkSamplerYcbcrConversion: what kernels are compiled for. Samplers keep it, so that it may be destroyed.</summary>
internal sealed class YcbcrConversionObject : DeviceChild
{
    /// <exception cref="VulkanException">There are no conversions of the format, or an enumerant is unknown.</exception>
    public YcbcrConversionObject(DeviceObject device, in SamplerYcbcrConversionCreateInfo info)
        : base(device)
    {
        if (FormatTable.Find(info.Format) is not { Ycbcr: { } layout } format)
        {
            throw new VulkanException(Result.ErrorFormatNotSupported,
                $"VUID-VkSamplerYcbcrConversionCreateInfo-format-01650: {info.Format} has no Y'CbCr conversions");
        }

        if (info.YcbcrModel is < SamplerYcbcrModelConversion.RgbIdentity or > SamplerYcbcrModelConversion.Ycbcr2020)
            throw Unknown("model", info.YcbcrModel);
        if (info.YcbcrRange is not (SamplerYcbcrRange.ItuFull or SamplerYcbcrRange.ItuNarrow))
            throw Unknown("range", info.YcbcrRange);
        if (info.ChromaFilter is not (Filter.Nearest or Filter.Linear))
            throw Unknown("filter", info.ChromaFilter);
        Format = format;
        Conversion = new YcbcrConversion
        {
            R = layout.R, G = layout.G, B = layout.B, HalvesWidth = layout.HalvesWidth, HalvesHeight = layout.HalvesHeight,
            Model = (YcbcrModel)info.YcbcrModel, IsNarrow = info.YcbcrRange == SamplerYcbcrRange.ItuNarrow,
            IsCositedX = IsCosited(info.XChromaOffset), IsCositedY = IsCosited(info.YChromaOffset),
            ChromaLinear = info.ChromaFilter == Filter.Linear, IsExplicit = info.ForceExplicitReconstruction,
            SwizzleR = SwizzleOf(info.Components.R, ComponentSwizzle.R), SwizzleG = SwizzleOf(info.Components.G, ComponentSwizzle.G),
            SwizzleB = SwizzleOf(info.Components.B, ComponentSwizzle.B), SwizzleA = SwizzleOf(info.Components.A, ComponentSwizzle.A),
        };
    }

    /// <summary>Of the images that it is for.</summary>
    public FormatInfo Format { get; }

    public YcbcrConversion Conversion { get; }

    private static bool IsCosited(ChromaLocation location) => location switch
    {
        ChromaLocation.CositedEven => true,
        ChromaLocation.Midpoint => false,
        _ => throw Unknown("chroma location", location),
    };

    private static TexelSwizzle SwizzleOf(ComponentSwizzle swizzle, ComponentSwizzle identity) =>
        (swizzle == ComponentSwizzle.Identity ? identity : swizzle) switch
        {
            ComponentSwizzle.Zero => TexelSwizzle.Zero,
            ComponentSwizzle.One => TexelSwizzle.One,
            ComponentSwizzle.R => TexelSwizzle.R,
            ComponentSwizzle.G => TexelSwizzle.G,
            ComponentSwizzle.B => TexelSwizzle.B,
            ComponentSwizzle.A => TexelSwizzle.A,
            _ => throw Unknown("component swizzle", swizzle),
        };

    private static VulkanException Unknown(string what, object value) => new(Result.ErrorUnknown, $"{what} {value} is unknown");
}
