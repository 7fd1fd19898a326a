using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Vulkan.Api;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkSampler: immutable, and a record of it that kernels read.</summary>
internal sealed class SamplerObject(DeviceObject device, SamplerRecord record) : DeviceChild(device)
{
    /// <summary>Region offset of the <see cref="SamplerRecord"/>.</summary>
    public ulong RecordOffset { get; } = device.Records.Add(record);

    public bool IsMagLinear { get; } = record.MagLinear;

    public bool IsMinLinear { get; } = record.MinLinear;

    /// <summary>What kernels may be compiled for.</summary>
    public RecordTraits Traits { get; } = RecordTraits.OfSampler(record);

    /// <summary>The same where it samples an image of one level.</summary>
    public RecordTraits TraitsForOneLevel { get; } = RecordTraits.OfSampler(record, hasLevels: false);

    /// <summary>What it makes of Y'CbCr; null for nothing.</summary>
    public YcbcrConversion? Conversion { get; init; }

    /// <summary>The format of images that <see cref="Conversion"/> is for; null without one.</summary>
    public FormatInfo? ConvertedFormat { get; init; }

    /// <summary>False where it converts images of another format than a view's (VUID-VkWriteDescriptorSet-descriptorType-01946):
    /// kernels take planes for granted, so to them such a descriptor is null.</summary>
    public bool Converts(ImageViewObject view) => ConvertedFormat is null || (view.Format == ConvertedFormat && view.HasAllPlanes);

    public override void Destroy() => Device.Records.FreeSampler(RecordOffset);

    /// <summary>What a create info says.</summary>
    /// <param name="reduction">Of VkSamplerReductionModeCreateInfo.</param>
    /// <param name="custom">Bits of VkSamplerCustomBorderColorCreateInfoEXT, for the custom border colours.</param>
    /// <exception cref="VulkanException">An enumerant is unknown or its feature is not there.</exception>
    public static SamplerRecord Describe(in SamplerCreateInfo info, SamplerReductionMode reduction,
        (uint R, uint G, uint B, uint A) custom)
    {
        if (info.Flags != 0)
            throw new VulkanException(Result.ErrorUnknown, $"samplers with flags {info.Flags} are not supported");
        return new SamplerRecord
        {
            MagLinear = IsLinear(info.MagFilter),
            MinLinear = IsLinear(info.MinFilter),
            MipLinear = info.MipmapMode == SamplerMipmapMode.Linear,
            AddressU = Addressing(info.AddressModeU),
            AddressV = Addressing(info.AddressModeV),
            AddressW = Addressing(info.AddressModeW),
            LodBias = info.MipLodBias,
            MinLod = info.MinLod,
            MaxLod = info.MaxLod,
            MaxAnisotropy = info.AnisotropyEnable ? Math.Clamp(info.MaxAnisotropy, 1, DeviceLimits.MaxAnisotropy) : 0,
            Compare = info.CompareEnable ? (uint)info.CompareOp & 7 : (uint)CompareOp.Always,
            Unnormalized = info.UnnormalizedCoordinates,
            Reduction = reduction switch
            {
                SamplerReductionMode.WeightedAverage => TexelReduction.WeightedAverage,
                SamplerReductionMode.Min => TexelReduction.Min,
                SamplerReductionMode.Max => TexelReduction.Max,
                _ => throw new VulkanException(Result.ErrorUnknown, $"reduction mode {reduction} is unknown"),
            },
            Border = Border(info.BorderColor, custom),
        };
    }

    private static bool IsLinear(Filter filter) => filter switch
    {
        Filter.Nearest => false,
        Filter.Linear => true,
        _ => throw new VulkanException(Result.ErrorUnknown, $"filter {filter} is not supported"),
    };

    private static TexelAddressing Addressing(SamplerAddressMode mode) =>
        mode is >= SamplerAddressMode.Repeat and <= SamplerAddressMode.MirrorClampToEdge
            ? (TexelAddressing)mode
            : throw new VulkanException(Result.ErrorUnknown, $"address mode {mode} is unknown");

    private static (uint R, uint G, uint B, uint A) Border(BorderColor color, (uint R, uint G, uint B, uint A) custom)
    {
        const uint One = 0x3F800000; // 1f
        return color switch
        {
            BorderColor.FloatTransparentBlack or BorderColor.IntTransparentBlack => default,
            BorderColor.FloatOpaqueBlack => (0, 0, 0, One),
            BorderColor.IntOpaqueBlack => (0, 0, 0, 1),
            BorderColor.FloatOpaqueWhite => (One, One, One, One),
            BorderColor.IntOpaqueWhite => (1, 1, 1, 1),
            BorderColor.FloatCustomExt or BorderColor.IntCustomExt => custom,
            _ => throw new VulkanException(Result.ErrorUnknown, $"border colour {color} is unknown"),
        };
    }
}
