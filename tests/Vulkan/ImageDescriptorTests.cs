using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>From descriptors of images and samplers to what a shader reads: all ways to write one, views, and null.</summary>
public sealed unsafe class ImageDescriptorTests : VulkanTest
{
    /// <summary>sample_2d.comp and a 2 x 2 image of 0, 4, 8, 12, sampled in its middle and in its first texel.</summary>
    private sealed class Scene
    {
        private readonly HostBuffer _where, _result;
        private readonly Pipeline _pipeline;
        private readonly PipelineLayout _layout;

        public Scene(TestDevice device, Sampler immutable = default)
        {
            Device = device;
            var image = device.Image(HostImage.Describe(Format.R32Sfloat, 2, 2, ImageUsageFlags.SampledBit));
            device.Upload(image, MemoryMarshal.AsBytes<float>([0, 4, 8, 12]));
            View = image.View(ImageViewType.Type2D);
            var slots = stackalloc DescriptorSetLayoutBinding[3];
            for (uint i = 0; i < 3; i++)
            {
                slots[i] = new DescriptorSetLayoutBinding
                {
                    Binding = i, DescriptorCount = 1, StageFlags = ShaderStageFlags.ComputeBit,
                    DescriptorType = i == 0 ? DescriptorType.CombinedImageSampler : DescriptorType.StorageBuffer,
                    PImmutableSamplers = i == 0 && immutable.Handle != 0 ? &immutable : null,
                };
            }

            var info = new DescriptorSetLayoutCreateInfo { BindingCount = 3, PBindings = slots };
            TestDevice.Check(device.Vk.CreateDescriptorSetLayout(device.Device, in info, null, out var layout));
            device.Later(() => device.Vk.DestroyDescriptorSetLayout(device.Device, layout, null));
            SetLayout = layout;
            _layout = device.Layout(0, layout);
            _pipeline = device.Pipeline("sample_2d", _layout);
            _where = device.Buffer(32 * 16);
            var where = MemoryMarshal.Cast<byte, float>(_where.Bytes);
            (where[0], where[1], where[4], where[5]) = (0.5f, 0.5f, 0.25f, 0.25f);
            _result = device.Buffer(32 * 16);
        }

        public TestDevice Device { get; }

        public ImageView View { get; }

        public DescriptorSetLayout SetLayout { get; }

        /// <summary>A set whose image is not written yet.</summary>
        public DescriptorSet Set()
        {
            TestDevice.Check(Device.TrySet(Device.Pool(1, (DescriptorType.CombinedImageSampler, 1), (DescriptorType.StorageBuffer, 2)),
                SetLayout, out var set));
            Device.Write(set, 1, DescriptorType.StorageBuffer, _where, _result);
            return set;
        }

        public void Write(DescriptorSet set, ImageView view, Sampler sampler)
        {
            var info = new DescriptorImageInfo { ImageView = view, Sampler = sampler, ImageLayout = ImageLayout.General };
            var write = new WriteDescriptorSet
            {
                DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.CombinedImageSampler, PImageInfo = &info,
            };
            Device.Vk.UpdateDescriptorSets(Device.Device, 1, in write, 0, null);
        }

        /// <summary>One sample, elsewhere.</summary>
        public float[] RunAt(DescriptorSet set, float x, float y)
        {
            var where = MemoryMarshal.Cast<byte, float>(_where.Bytes);
            (where[0], where[1]) = (x, y);
            return Run(set)[..4];
        }

        /// <summary>Both samples, all components.</summary>
        public float[] Run(DescriptorSet set)
        {
            _result.Bytes.Fill(0x77);
            DescriptorSet[] sets = [set];
            Device.Run(c =>
            {
                Device.Vk.CmdBindPipeline(c, PipelineBindPoint.Compute, _pipeline);
                Device.Vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, _layout, 0, 1, in sets[0], 0, null);
                Device.Vk.CmdDispatch(c, 1, 1, 1);
            });
            return MemoryMarshal.Cast<byte, float>(_result.Bytes)[..8].ToArray();
        }
    }

    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void EveryWayToWriteOneIsSeenByShaders(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var linear = Sampler(device, new SamplerCreateInfo { MagFilter = Filter.Linear, MinFilter = Filter.Linear });
        var nearest = Sampler(device, new SamplerCreateInfo());
        float[] mean = [6, 0, 0, 1, 0, 0, 0, 1], last = [12, 0, 0, 1, 0, 0, 0, 1];
        var scene = new Scene(device);
        var set = scene.Set();
        Assert.Equal(new float[8], scene.Run(set)); // never written
        scene.Write(set, scene.View, linear);
        Assert.Equal(mean, scene.Run(set));
        scene.Write(set, scene.View, nearest);
        Assert.Equal(last, scene.Run(set));

        // Copied, from a set that was written by a template.
        var entry = new DescriptorUpdateTemplateEntry
        {
            DescriptorCount = 1, DescriptorType = DescriptorType.CombinedImageSampler, Offset = 8, Stride = 24,
        };
        var info = new DescriptorUpdateTemplateCreateInfo
        {
            DescriptorUpdateEntryCount = 1, PDescriptorUpdateEntries = &entry, DescriptorSetLayout = scene.SetLayout,
            TemplateType = DescriptorUpdateTemplateType.DescriptorSet,
        };
        TestDevice.Check(device.Vk.CreateDescriptorUpdateTemplate(device.Device, in info, null, out var template));
        var data = stackalloc DescriptorImageInfo[2];
        *(DescriptorImageInfo*)((byte*)data + 8) = new DescriptorImageInfo { ImageView = scene.View, Sampler = linear };
        var other = scene.Set();
        device.Vk.UpdateDescriptorSetWithTemplate(device.Device, other, template, data);
        device.Vk.DestroyDescriptorUpdateTemplate(device.Device, template, null);
        Assert.Equal(mean, scene.Run(other));
        var copy = new CopyDescriptorSet { SrcSet = other, DstSet = set, DescriptorCount = 1 };
        device.Vk.UpdateDescriptorSets(device.Device, 0, null, 1, &copy);
        Assert.Equal(mean, scene.Run(set));

        // An immutable sampler stays, whatever is written or copied.
        var fixedScene = new Scene(device, linear);
        var chosen = fixedScene.Set();
        fixedScene.Write(chosen, fixedScene.View, nearest);
        Assert.Equal(mean, fixedScene.Run(chosen));

        // Null, and destroyed.
        scene.Write(set, default, linear);
        Assert.Equal(new float[8], scene.Run(set));
        Assert.Empty(device.Messages);
    }

    /// <summary>More kinds of samplers in turn than a pipeline has kernels for, twice.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void OnePipelineSamplesWithManySamplers(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var scene = new Scene(device);
        var set = scene.Set();
        for (int i = 0; i < 24; i++)
        {
            var mode = (SamplerAddressMode)(i % 4);
            var filter = i / 4 % 3 == 0 ? Filter.Linear : Filter.Nearest;
            scene.Write(set, scene.View, Sampler(device, new SamplerCreateInfo
            {
                MagFilter = filter, MinFilter = filter, AddressModeU = mode, AddressModeV = mode, MipLodBias = i / 4 % 3 == 1 ? -1 : 0,
            }));
            Assert.Equal(filter == Filter.Linear ? [6, 0, 0, 1, 0, 0, 0, 1] : [12, 0, 0, 1, 0, 0, 0, 1], scene.Run(set));
        }

        Assert.Empty(device.Messages);
    }

    /// <summary>The least and the greatest of the texels that have weight, of one and of all components.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void TexelsAreReducedToTheLeastOrGreatest(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var scene = new Scene(device);
        var set = scene.Set();
        scene.Write(set, scene.View, Reducing(SamplerReductionMode.Min));
        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 1], scene.Run(set));
        scene.Write(set, scene.View, Reducing(SamplerReductionMode.Max));
        Assert.Equal([12, 0, 0, 1, 0, 0, 0, 1], scene.Run(set));
        scene.Write(set, scene.View, Reducing(SamplerReductionMode.WeightedAverage));
        Assert.Equal([6, 0, 0, 1, 0, 0, 0, 1], scene.Run(set));

        device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, Format.R32Sfloat, out var floats);
        device.Vk.GetPhysicalDeviceFormatProperties(device.Vulkan.Physical, Format.R32Uint, out var integers);
        Assert.NotEqual(0, (int)(floats.OptimalTilingFeatures & FormatFeatureFlags.SampledImageFilterMinmaxBit));
        Assert.Equal(0, (int)(integers.OptimalTilingFeatures & FormatFeatureFlags.SampledImageFilterMinmaxBit));

        Sampler Reducing(SamplerReductionMode mode)
        {
            var reduction = new SamplerReductionModeCreateInfo { ReductionMode = mode };
            return Sampler(device, new SamplerCreateInfo { PNext = &reduction, MagFilter = Filter.Linear, MinFilter = Filter.Linear });
        }
    }

    [Fact]
    public void AViewDecodesItsFormatAndSwizzles()
    {
        using var device = new TestDevice();
        var scene = new Scene(device);
        var nearest = Sampler(device, new SamplerCreateInfo());
        var image = device.Image(HostImage.Describe(Format.R8G8B8A8Unorm, 1, 1, ImageUsageFlags.SampledBit) with { Flags = ImageCreateFlags.MutableFormatBit });
        device.Upload(image, [188, 0, 255, 51]);
        Same(scene, image.View(ImageViewType.Type2D), nearest, 188 / 255f, 0, 1, 0.2f);
        Same(scene, image.View(ImageViewType.Type2D, Format.R8G8B8A8Srgb), nearest, 0.5028865f, 0, 1, 0.2f);
        Same(scene, image.View(ImageViewType.Type2D, Format.R16G16Unorm), nearest, 188 / 65535f, ((51 * 256) + 255) / 65535f, 0, 1);
        Same(scene, image.View(ImageViewType.Type2D, mapping: new ComponentMapping
        {
            R = ComponentSwizzle.A, G = ComponentSwizzle.One, B = ComponentSwizzle.Zero, A = ComponentSwizzle.R,
        }), nearest, 0.2f, 1, 0, 188 / 255f);
        foreach (var (format, texel, expected) in new (Format, byte[], float[])[]
        {
            (Format.A4R4G4B4UnormPack16, [0x30, 0xF6], [0.4f, 0.2f, 0, 1]), (Format.A4B4G4R4UnormPack16, [0x30, 0xF6], [0, 0.2f, 0.4f, 1]),
            (Format.R5G6B5UnormPack16, [0x1F, 0xF8], [1, 0, 1, 1]), (Format.B8G8R8A8Unorm, [255, 51, 0, 255], [0, 0.2f, 1, 1]),
            (Format.A2B10G10R10UnormPack32, [0xFF, 0x03, 0, 0xC0], [1, 0, 0, 1]), (Format.R8Snorm, [0x81], [-1, 0, 0, 1]),
            (Format.R16G16Sfloat, [0, 0x38, 0, 0xC0], [0.5f, -2, 0, 1]), (Format.B10G11R11UfloatPack32, [0xC0, 0x03, 0x1C, 0x68], [1, 0.5f, 0.25f, 1]),
            (Format.E5B9G9R9UfloatPack32, [0x00, 0x01, 0x02, 0x81], [1, 1, 0.25f, 1]), (Format.D16Unorm, [0xFF, 0xFF], [1, 0, 0, 1]),
            (Format.D32Sfloat, [0, 0, 0, 0x3F], [0.5f, 0, 0, 1]), (Format.R32G32B32Sfloat, [0, 0, 0, 0x3F, 0, 0, 128, 0x3F, 0, 0, 0, 0xC0], [0.5f, 1, -2, 1]),
        })
        {
            var one = device.Image(format, 1, 1, ImageUsageFlags.SampledBit);
            device.Upload(one, texel);
            Same(scene, one.View(ImageViewType.Type2D), nearest, expected);
        }

        var both = device.Image(Format.D32SfloatS8Uint, 1, 1, ImageUsageFlags.SampledBit);
        device.Upload(both, [9], aspect: ImageAspectFlags.StencilBit);
        device.Upload(both, [0, 0, 0, 0x3F], aspect: ImageAspectFlags.DepthBit);
        Same(scene, both.View(ImageViewType.Type2D, range: both.Range with { AspectMask = ImageAspectFlags.DepthBit }), nearest, 0.5f, 0, 0, 1);
        Assert.Empty(device.Messages);
    }

    /// <summary>The view's swizzle goes for the border too, and what a format lacks its border lacks.</summary>
    [Theory]
    [MemberData(nameof(TestDevice.LaneCounts), MemberType = typeof(TestDevice))]
    public void BordersHaveAnyColorAndAreSwizzled(int lanes)
    {
        using var device = new TestDevice(TestDevice.Lanes(lanes));
        var properties = new PhysicalDeviceCustomBorderColorPropertiesEXT();
        var head = new PhysicalDeviceProperties2 { PNext = &properties };
        device.Vk.GetPhysicalDeviceProperties2(device.Vulkan.Physical, &head);
        Assert.Equal(head.Properties.Limits.MaxSamplerAllocationCount, properties.MaxCustomBorderColorSamplers);
        var scene = new Scene(device);
        var set = scene.Set();
        var color = new SamplerCustomBorderColorCreateInfoEXT { CustomBorderColor = TestDevice.Floats(0.25f, 0.5f, 0.75f, 0.125f) };
        var mapping = new SamplerBorderColorComponentMappingCreateInfoEXT { PNext = &color };
        foreach (var filter in new[] { Filter.Nearest, Filter.Linear })
        {
            foreach (bool hasMapping in new[] { false, true })
            {
                var sampler = Sampler(device, new SamplerCreateInfo
                {
                    PNext = hasMapping ? &mapping : &color, BorderColor = BorderColor.FloatCustomExt, MagFilter = filter, MinFilter = filter,
                    AddressModeU = SamplerAddressMode.ClampToBorder, AddressModeV = SamplerAddressMode.Repeat,
                });
                scene.Write(set, scene.View, sampler);
                Assert.Equal([0.25f, 0, 0, 1], scene.RunAt(set, 2, 0.5f));
                foreach (var format in new[] { Format.R8G8B8A8Unorm, Format.R32G32B32A32Sfloat, Format.R8G8B8A8Srgb })
                {
                    var image = device.Image(format, 2, 2, ImageUsageFlags.SampledBit);
                    scene.Write(set, image.View(ImageViewType.Type2D), sampler);
                    Assert.Equal([0.25f, 0.5f, 0.75f, 0.125f], scene.RunAt(set, -3, 0.5f));
                    scene.Write(set, image.View(ImageViewType.Type2D, mapping: new ComponentMapping
                    {
                        R = ComponentSwizzle.A, G = ComponentSwizzle.One, B = ComponentSwizzle.Zero, A = ComponentSwizzle.G,
                    }), sampler);
                    Assert.Equal([0.125f, 1, 0, 0.5f], scene.RunAt(set, 2, 0.5f));
                }
            }
        }

        Assert.Empty(device.Messages);
    }

    [Fact]
    public void WhatIsLikelyIsWhatApplicationsBind()
    {
        using var device = new TestDevice();
        var image = device.Image(HostImage.Describe(Format.R8G8B8A8Unorm, 16, 16, ImageUsageFlags.SampledBit));
        var view = Handles.HandleTable.Get<Objects.ImageViewObject>(image.View(ImageViewType.Type2D).Handle)!;
        Assert.Equal(Pipelines.SampledBindings.LikelyImage, view.Traits);
        var info = new SamplerCreateInfo
        {
            MagFilter = Filter.Linear, MinFilter = Filter.Linear, AddressModeU = SamplerAddressMode.ClampToEdge,
            AddressModeV = SamplerAddressMode.ClampToEdge, AddressModeW = SamplerAddressMode.ClampToEdge,
        };
        Assert.Equal(Pipelines.SampledBindings.LikelySampler, Traits(info));
        Assert.Equal(Pipelines.SampledBindings.LikelySampler, Traits(info with { MipmapMode = SamplerMipmapMode.Linear, MaxLod = 1000 }));
        Assert.NotEqual(Pipelines.SampledBindings.LikelySampler, Traits(info with { CompareEnable = true, CompareOp = CompareOp.Less }));

        Compiler.RecordTraits Traits(SamplerCreateInfo created) =>
            Handles.HandleTable.Get<Objects.SamplerObject>(Sampler(device, created).Handle)!.TraitsForOneLevel;
    }

    private static void Same(Scene scene, ImageView view, Sampler sampler, params float[] expected)
    {
        var set = scene.Set();
        scene.Write(set, view, sampler);
        var result = scene.Run(set);
        for (int i = 0; i < 4; i++)
            Assert.Equal(expected[i], result[i], 1e-5f);
    }

    private static Sampler Sampler(TestDevice device, SamplerCreateInfo info)
    {
        TestDevice.Check(device.Vk.CreateSampler(device.Device, in info, null, out var sampler));
        device.Later(() => device.Vk.DestroySampler(device.Device, sampler, null));
        return sampler;
    }
}
