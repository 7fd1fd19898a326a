using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Y'CbCr: formats and their planes, and what samplers with a conversion make of them.</summary>
public sealed unsafe class YcbcrTests : VulkanTest
{
    private static IEnumerable<FormatInfo> Formats => FormatTable.All.Where(row => row.Ycbcr is not null);

    public static TheoryData<int, Format> FormatsAndWidths()
    {
        var data = new TheoryData<int, Format>();
        foreach (int lanes in TestDevice.Widths)
        {
            foreach (var row in Formats)
                data.Add(lanes, row.Format);
        }

        return data;
    }

    /// <summary>"Formats Requiring Sampler Y'CbCr Conversion", and "Required Format Support" for two of them.</summary>
    [Fact]
    public void EveryFormatHasItsFeatures()
    {
        using var device = new TestDevice();
        Assert.Equal(32, Formats.Count());
        const FormatFeatureFlags needed = FormatFeatureFlags.TransferSrcBit | FormatFeatureFlags.TransferDstBit | FormatFeatureFlags.SampledImageBit
            | FormatFeatureFlags.MidpointChromaSamplesBit | FormatFeatureFlags.CositedChromaSamplesBit;
        foreach (var row in Formats)
        {
            device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, row.Format, out var properties);
            Assert.Equal(needed, properties.OptimalTilingFeatures & needed);
            Assert.Equal(row.Format.ToString().Contains("Plane", StringComparison.Ordinal), (properties.OptimalTilingFeatures & FormatFeatureFlags.DisjointBit) != 0);
            Assert.Equal(0, (int)properties.BufferFeatures);
            var conversion = new SamplerYcbcrConversionImageFormatProperties();
            var limits = new ImageFormatProperties2 { PNext = &conversion };
            var info = new PhysicalDeviceImageFormatInfo2 { Format = row.Format, Type = ImageType.Type2D, Usage = ImageUsageFlags.SampledBit };
            TestDevice.Check(device.Vk.GetPhysicalDeviceImageFormatProperties2(device.Vulkan.Physical, &info, &limits));
            Assert.Equal(1u, conversion.CombinedImageSamplerDescriptorCount);
            Assert.Equal((1u, Api.DeviceLimits.MaxImageLayers), (limits.ImageFormatProperties.MaxMipLevels, limits.ImageFormatProperties.MaxArrayLayers));
        }
    }

    [Theory]
    [MemberData(nameof(FormatsAndWidths))]
    public void PlanesAreCopiedAndSampled(int lanes, Format format)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var row = FormatTable.Find(format)!;
        int seed = (int)format;
        foreach (bool isDisjoint in row.IsMultiPlanar ? (bool[])[false, true] : [false])
        {
            var scene = new YcbcrScene(device, row, isDisjoint, isDisjoint ? ImageTiling.Linear : ImageTiling.Optimal);
            for (int plane = 0; plane < scene.Aspects.Length; plane++)
            {
                var back = new byte[scene.Plane(plane).Length];
                scene.Copy(plane, back, toImage: false);
                Assert.Equal(scene.Plane(plane), back);
            }

            for (int i = 0; i < 5; i++)
            {
                var random = new Random(seed + i);
                bool linear = random.Next(3) > 0;
                int compared = scene.Check(new SamplerYcbcrConversionCreateInfo
                {
                    YcbcrModel = (SamplerYcbcrModelConversion)i, YcbcrRange = (SamplerYcbcrRange)random.Next(2),
                    XChromaOffset = (ChromaLocation)random.Next(2), YChromaOffset = (ChromaLocation)random.Next(2),
                    ChromaFilter = random.Next(3) > 0 ? Filter.Linear : Filter.Nearest, ForceExplicitReconstruction = random.Next(2) == 1,
                }, linear, seed + i);
                Assert.InRange(compared, 40, 64);
            }
        }
    }

    /// <summary>A view of the last layers, of images whose planes differ in size.</summary>
    [Theory]
    [MemberData(nameof(FormatsAndWidths))]
    public void LayersAreCopiedAndSampled(int lanes, Format format)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var row = FormatTable.Find(format)!;
        var scene = new YcbcrScene(device, row, row.IsMultiPlanar && lanes == 8, lanes == 8 ? ImageTiling.Linear : ImageTiling.Optimal, layers: 3);
        var info = new SamplerYcbcrConversionCreateInfo { YcbcrModel = SamplerYcbcrModelConversion.Ycbcr601, ChromaFilter = Filter.Linear };
        Assert.InRange(scene.Check(info, linear: true, (int)format), 40, 64);
        Assert.Empty(device.Messages);
    }

    /// <summary>A plane is an image of its own for a view of a format that fits, and for copies to and from other images.</summary>
    [Theory]
    [InlineData(Format.G8B8R83Plane420Unorm, false)]
    [InlineData(Format.G8B8R82Plane420Unorm, true)]
    [InlineData(Format.G10X6B10X6R10X62Plane422Unorm3Pack16, false)]
    [InlineData(Format.G16B16R163Plane444Unorm, true)]
    public void PlanesAreImages(Format format, bool isDisjoint)
    {
        using var device = new TestDevice();
        var row = FormatTable.Find(format)!;
        var scene = new YcbcrScene(device, row, isDisjoint);
        var nearest = new SamplerCreateInfo { AddressModeU = SamplerAddressMode.ClampToEdge, AddressModeV = SamplerAddressMode.ClampToEdge };
        TestDevice.Check(device.Vk.CreateSampler(device.Device, in nearest, null, out var sampler));
        device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
        for (int plane = 0; plane < scene.Aspects.Length; plane++)
        {
            var own = row.Ycbcr!.Planes[plane];
            var (width, height, bytes) = scene.SizeOf(plane);
            var view = scene.View(scene.Aspects[plane], own);
            var where = new float[128];
            for (int i = 0; i < 32; i++)
            {
                where[i * 4] = ((i * 5 % width) + 0.5f) / width;
                where[(i * 4) + 1] = ((i * 3 % height) + 0.5f) / height;
            }

            float[] found = scene.Run("sample_2d", view, sampler, where);
            for (int i = 0; i < 32; i++)
            {
                int at = (int)((((i * 3 % height) * width) + (i * 5 % width)) * bytes);
                var expected = TexelCodec.ReadFloat(FormatTable.Find(own)!, scene.Plane(plane).Slice(at, (int)bytes));
                for (int c = 0; c < 4; c++)
                    Assert.Equal(expected[c], found[(i * 4) + c], 1e-6f);
            }

            // To an image of one plane, and back into the plane, one column to the right.
            var single = device.Image(own, width, height);
            var region = new ImageCopy
            {
                SrcSubresource = new ImageSubresourceLayers { AspectMask = scene.Aspects[plane], LayerCount = 1 },
                DstSubresource = TestDevice.Color(), Extent = new Extent3D { Width = width, Height = height, Depth = 1 },
            };
            device.Run(c => device.Vk.CmdCopyImage(c, scene.Image, ImageLayout.General, single.Handle, ImageLayout.General, 1, in region));
            Assert.Equal(scene.Plane(plane), device.Download(single, scene.Plane(plane).Length));
            (region.SrcSubresource, region.DstSubresource) = (region.DstSubresource, region.SrcSubresource);
            region.DstOffset.X = 1;
            region.Extent.Width--;
            device.Run(c => device.Vk.CmdCopyImage(c, single.Handle, ImageLayout.General, scene.Image, ImageLayout.General, 1, in region));
            var shifted = scene.Plane(plane).ToArray();
            for (int y = 0; y < height; y++)
            {
                int start = (int)(y * width * bytes), length = (int)((width - 1) * bytes);
                scene.Plane(plane).Slice(start, length).CopyTo(shifted.AsSpan(start + (int)bytes));
            }

            var back = new byte[shifted.Length];
            scene.Copy(plane, back, toImage: false);
            Assert.Equal(shifted, back);
        }
    }

    /// <summary>Views that a sampler's conversion is not for read as null, and the device is not lost.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void OtherViewsAreNull(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var scene = new YcbcrScene(device, FormatTable.Find(Format.G8B8R83Plane420Unorm)!, isDisjoint: false);
        var info = new SamplerYcbcrConversionCreateInfo { Format = Format.G8B8R83Plane420Unorm };
        TestDevice.Check(device.Vk.CreateSamplerYcbcrConversion(device.Device, in info, null, out var conversion));
        var with = new SamplerYcbcrConversionInfo { Conversion = conversion };
        var sampling = new SamplerCreateInfo { PNext = &with, AddressModeU = SamplerAddressMode.ClampToEdge, AddressModeV = SamplerAddressMode.ClampToEdge };
        TestDevice.Check(device.Vk.CreateSampler(device.Device, in sampling, null, out var sampler));
        device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
        device.Later(() => device.Vk.DestroySamplerYcbcrConversion(device.Device, conversion, null));
        var single = device.Image(Format.R8Unorm, 4, 4, ImageUsageFlags.SampledBit);
        foreach (var view in new[] { single.View(ImageViewType.Type2D), scene.View(ImageAspectFlags.Plane0Bit, Format.R8Unorm) })
        {
            float[] found = scene.Run("sample_ycbcr", view, sampler, new float[128]);
            for (int i = 0; i < 32; i++)
                Assert.Equal([0, 0, 0, 1], found[(4 * i)..((4 * i) + 4)]);
        }
    }

    /// <summary>An image of one plane in the memory of one of several: what is written to either is read from the other.</summary>
    [Fact]
    public void PlanesAreAliased()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        const ImageCreateFlags Flags = ImageCreateFlags.MutableFormatBit | ImageCreateFlags.AliasBit | ImageCreateFlags.DisjointBit;
        var info = HostImage.Describe(Format.G8B8R82Plane420Unorm, 8, 4, ImageUsageFlags.SampledBit) with { Flags = Flags };
        TestDevice.Check(vk.CreateImage(device.Device, in info, null, out var image));
        info = HostImage.Describe(Format.R8G8Unorm, 4, 2, ImageUsageFlags.SampledBit) with { Flags = Flags };
        TestDevice.Check(vk.CreateImage(device.Device, in info, null, out var alias));
        var memory = new DeviceMemory[2];
        for (int i = 0; i < 2; i++)
        {
            var asked = new ImagePlaneMemoryRequirementsInfo { PlaneAspect = i == 0 ? ImageAspectFlags.Plane0Bit : ImageAspectFlags.Plane1Bit };
            var of = new ImageMemoryRequirementsInfo2 { PNext = &asked, Image = image };
            var needs = new MemoryRequirements2();
            vk.GetImageMemoryRequirements2(device.Device, &of, &needs);
            var allocation = new MemoryAllocateInfo { AllocationSize = needs.MemoryRequirements.Size, MemoryTypeIndex = device.Vulkan.MemoryType };
            TestDevice.Check(vk.AllocateMemory(device.Device, in allocation, null, out memory[i]));
            Bind(image, memory[i], asked.PlaneAspect);
        }

        Bind(alias, memory[1], ImageAspectFlags.Plane0Bit);
        var buffer = device.Buffer(32);
        TestDevice.Noise(16).CopyTo(buffer.Bytes);
        device.Run(c =>
        {
            var region = new BufferImageCopy
            {
                ImageSubresource = new ImageSubresourceLayers { AspectMask = ImageAspectFlags.Plane1Bit, LayerCount = 1 },
                ImageExtent = new Extent3D { Width = 4, Height = 2, Depth = 1 },
            };
            vk.CmdCopyBufferToImage(c, buffer.Handle, image, ImageLayout.General, 1, in region);
            (region.ImageSubresource.AspectMask, region.BufferOffset) = (ImageAspectFlags.ColorBit, 16);
            vk.CmdCopyImageToBuffer(c, alias, ImageLayout.General, buffer.Handle, 1, in region);
        });
        Assert.Equal(buffer.Bytes[..16].ToArray(), buffer.Bytes[16..].ToArray());
        vk.DestroyImage(device.Device, image, null);
        vk.DestroyImage(device.Device, alias, null);
        foreach (var one in memory)
            vk.FreeMemory(device.Device, one, null);
        Assert.Empty(device.Messages);

        void Bind(Image bound, DeviceMemory to, ImageAspectFlags aspect)
        {
            var plane = new BindImagePlaneMemoryInfo { PlaneAspect = aspect };
            var info = new BindImageMemoryInfo { PNext = &plane, Image = bound, Memory = to };
            TestDevice.Check(vk.BindImageMemory2(device.Device, 1, &info));
        }
    }

    /// <summary>A kernel writes to one plane of an image whose own format is not for storage.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void PlanesAreWritten(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var image = device.Image(HostImage.Describe(Format.G8B8R82Plane420Unorm, 8, 2, ImageUsageFlags.StorageBit) with
        {
            Flags = ImageCreateFlags.MutableFormatBit | ImageCreateFlags.ExtendedUsageBit,
        });
        var plane = new ImageSubresourceRange { AspectMask = ImageAspectFlags.Plane1Bit, LevelCount = 1, LayerCount = 1 };
        var setLayout = device.SetLayout((0, DescriptorType.StorageImage, 1));
        var layout = device.Layout(0, setLayout);
        var pipeline = device.Pipeline("plane_write", layout);
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageImage, 1)), setLayout, out var set));
        var info = new DescriptorImageInfo { ImageView = image.View(ImageViewType.Type2D, Format.R8G8Unorm, plane), ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet { DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.StorageImage, PImageInfo = &info };
        device.Vk.UpdateDescriptorSets(device.Device, 1, in write, 0, null);
        using var back = new HostBuffer(device.Vulkan, 8);
        var region = new BufferImageCopy
        {
            ImageSubresource = new ImageSubresourceLayers { AspectMask = ImageAspectFlags.Plane1Bit, LayerCount = 1 },
            ImageExtent = new Extent3D { Width = 4, Height = 1, Depth = 1 },
        };
        device.Run(c =>
        {
            device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
            device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, in set, 0, null);
            device.Vk.CmdDispatch(c, 1, 1, 1);
            device.Vk.CmdCopyImageToBuffer(c, image.Handle, ImageLayout.General, back.Handle, 1, in region);
        });
        Assert.Equal([1, 51, 2, 51, 3, 51, 4, 51], back.Bytes.ToArray());
    }

    /// <summary>Where the planes lie: apart from each other, or each in its own memory.</summary>
    [Fact]
    public void PlanesHaveLayoutsAndRequirements()
    {
        using var device = new TestDevice();
        var info = HostImage.Describe(Format.G8B8R83Plane420Unorm, 64, 32, ImageUsageFlags.SampledBit) with { Tiling = ImageTiling.Linear };
        TestDevice.Check(device.Vk.CreateImage(device.Device, in info, null, out var joint));
        device.Vk.GetImageMemoryRequirements(device.Device, joint, out var whole);
        ulong end = 0;
        foreach (var aspect in (ImageAspectFlags[])[ImageAspectFlags.Plane0Bit, ImageAspectFlags.Plane1Bit, ImageAspectFlags.Plane2Bit])
        {
            var which = new ImageSubresource { AspectMask = aspect };
            device.Vk.GetImageSubresourceLayout(device.Device, joint, in which, out var layout);
            Assert.True(layout.Offset >= end && layout.RowPitch >= (aspect == ImageAspectFlags.Plane0Bit ? 64u : 32));
            end = layout.Offset + layout.Size;
        }

        Assert.True(end <= whole.Size && whole.Size >= 64 * 32 * 3 / 2);
        device.Vk.DestroyImage(device.Device, joint, null);

        info.Flags = ImageCreateFlags.DisjointBit;
        var asked = new DeviceImageMemoryRequirements { PCreateInfo = &info, PlaneAspect = ImageAspectFlags.Plane2Bit };
        var needs = new MemoryRequirements2();
        device.Vk.GetDeviceImageMemoryRequirements(device.Device, &asked, &needs);
        Assert.InRange(needs.MemoryRequirements.Size, 32ul * 16, whole.Size / 2);
    }

    /// <summary>Kernels for different conversions are different entries of a cache.</summary>
    [Fact]
    public void ConversionsAreInTheKeyOfAPipeline()
    {
        var conversion = new Compiler.YcbcrConversion { G = new Compiler.YcbcrComponent(0, 1, 0, 1, 0, 8) };
        Compiler.YcbcrConversion[] all =
        [
            conversion, conversion with { IsNarrow = true }, conversion with { Model = Compiler.YcbcrModel.Ycbcr709 },
            conversion with { ChromaLinear = true }, conversion with { G = conversion.G with { Offset = 1 } },
        ];
        var keys = new HashSet<Pipelines.PipelineKey>();
        foreach (var one in all)
            keys.Add(KeyOf(one));
        Assert.Equal(all.Length, keys.Count);
        Assert.DoesNotContain(KeyOf(null), keys);
        Assert.Contains(KeyOf(conversion with { }), keys);

        static Pipelines.PipelineKey KeyOf(Compiler.YcbcrConversion? conversion) => Pipelines.PipelineKey.Of([1, 2, 3], new Compiler.StageDesc
        {
            Conversions = conversion is null ? [] : [new Compiler.KnownConversion(0, 0, 0, true, true, conversion)],
        }, new Compiler.TargetFeatures(8, 32));
    }

    [Fact]
    public void WhatCannotBeIsRefused()
    {
        using var device = new TestDevice();
        var vk = device.Vk;
        var good = HostImage.Describe(Format.G8B8R82Plane420Unorm, 8, 8, ImageUsageFlags.SampledBit);
        ImageCreateInfo[] bad =
        [
            good with { Extent = new Extent3D { Width = 7, Height = 8, Depth = 1 } },
            good with { Extent = new Extent3D { Width = 8, Height = 7, Depth = 1 } },
            good with { MipLevels = 2 },
            good with { Samples = SampleCountFlags.Count4Bit },
            good with { ImageType = ImageType.Type3D },
            good with { Usage = ImageUsageFlags.StorageBit },
            good with { Format = Format.R8Unorm, Flags = ImageCreateFlags.DisjointBit },
        ];
        foreach (var info in bad)
            Assert.True(vk.CreateImage(device.Device, in info, null, out _) < 0, $"{info.Format} {info.Extent.Width} x {info.Extent.Height}");

        // No conversions of other formats, or of numbers that are none.
        var conversion = new SamplerYcbcrConversionCreateInfo { Format = Format.R8G8B8A8Unorm };
        Assert.Equal(Result.ErrorFormatNotSupported, vk.CreateSamplerYcbcrConversion(device.Device, in conversion, null, out _));
        conversion = new SamplerYcbcrConversionCreateInfo { Format = Format.G8B8R82Plane420Unorm, YcbcrModel = (SamplerYcbcrModelConversion)9 };
        Assert.True(vk.CreateSamplerYcbcrConversion(device.Device, in conversion, null, out _) < 0);

        // A disjoint image is not there before all of its planes are; planes that it has not are not bound.
        var disjoint = good with { Flags = ImageCreateFlags.DisjointBit };
        TestDevice.Check(vk.CreateImage(device.Device, in disjoint, null, out var image));
        var allocation = new MemoryAllocateInfo { AllocationSize = 1 << 16, MemoryTypeIndex = device.Vulkan.MemoryType };
        TestDevice.Check(vk.AllocateMemory(device.Device, in allocation, null, out var memory));
        Assert.Equal(Result.ErrorUnknown, Bind(ImageAspectFlags.Plane2Bit));
        Assert.Equal(Result.ErrorUnknown, Bind(0));
        Assert.Equal(Result.Success, Bind(ImageAspectFlags.Plane0Bit));
        Assert.Equal(Result.ErrorUnknown, Bind(ImageAspectFlags.Plane0Bit));
        Assert.Equal(Result.ErrorUnknown, View(ImageAspectFlags.ColorBit, Format.G8B8R82Plane420Unorm));
        Assert.Equal(Result.Success, Bind(ImageAspectFlags.Plane1Bit));

        // Views of planes need an image that allows it; a view of all planes has the image's format.
        Assert.Equal(Result.ErrorUnknown, View(ImageAspectFlags.Plane0Bit, Format.R8Unorm));
        Assert.Equal(Result.ErrorUnknown, View(ImageAspectFlags.ColorBit, Format.G8B8R83Plane420Unorm));
        Assert.Equal(Result.ErrorUnknown, View(ImageAspectFlags.ColorBit | ImageAspectFlags.Plane0Bit, Format.G8B8R82Plane420Unorm));
        vk.DestroyImage(device.Device, image, null);
        vk.FreeMemory(device.Device, memory, null);

        Result Bind(ImageAspectFlags plane)
        {
            var which = new BindImagePlaneMemoryInfo { PlaneAspect = plane };
            var info = new BindImageMemoryInfo { PNext = &which, Image = image, Memory = memory, MemoryOffset = plane == ImageAspectFlags.Plane1Bit ? 4096u : 0 };
            return vk.BindImageMemory2(device.Device, 1, &info);
        }

        Result View(ImageAspectFlags aspects, Format format)
        {
            var info = new ImageViewCreateInfo
            {
                Image = image, ViewType = ImageViewType.Type2D, Format = format,
                SubresourceRange = new ImageSubresourceRange { AspectMask = aspects, LevelCount = 1, LayerCount = 1 },
            };
            var result = vk.CreateImageView(device.Device, in info, null, out var view);
            vk.DestroyImageView(device.Device, view, null);
            return result;
        }
    }
}
