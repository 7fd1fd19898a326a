using System.Runtime.InteropServices;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Vulkan.Tests;

/// <summary>VK_EXT_mutable_descriptor_type: descriptors are of the type that they were written with last.</summary>
public sealed unsafe class MutableDescriptorTests : VulkanTest
{
    private const int Count = 6, Columns = 8;

    /// <summary>In the order of mutable.comp's columns.</summary>
    private static readonly DescriptorType[] Types =
    [
        DescriptorType.StorageBuffer, DescriptorType.UniformBuffer, DescriptorType.StorageImage, DescriptorType.StorageTexelBuffer,
        DescriptorType.SampledImage, DescriptorType.UniformTexelBuffer,
    ];

    /// <summary>mutable.comp, and for each of six descriptors a buffer that holds 10 + i and an image that holds 20 + i.</summary>
    private sealed class Scene
    {
        private readonly TestDevice _device;
        private readonly HostBuffer _result;
        private readonly HostImage[] _images = new HostImage[Count];
        private readonly DescriptorSetLayout _setLayout;
        private readonly TestKernel _kernel;

        public Scene(TestDevice device)
        {
            _device = device;
            _result = device.Buffer(Count * Columns * 4);
            for (int i = 0; i < Count; i++)
            {
                Buffers[i] = device.Words((uint)(10 + i), 0, 0, 0);
                _images[i] = device.Image(Format.R32Uint, 2, 1);
                device.Upload(_images[i], MemoryMarshal.AsBytes<uint>([(uint)(20 + i), 0]));
            }

            _setLayout = device.SetLayout((0, DescriptorType.StorageBuffer, 1), (1, DescriptorType.MutableExt, Count));
            var layout = device.Layout(0, _setLayout);
            _kernel = new TestKernel(device, device.Pipeline("mutable", layout), layout, Set());
        }

        public HostBuffer[] Buffers { get; } = new HostBuffer[Count];

        public DescriptorSet Bound => _kernel.Set;

        public DescriptorSet Set()
        {
            TestDevice.Check(_device.TrySet(_device.Pool(1, (DescriptorType.StorageBuffer, 1), (DescriptorType.MutableExt, Count)), _setLayout, out var set));
            _device.Write(set, 0, DescriptorType.StorageBuffer, _result);
            return set;
        }

        /// <summary>Writes descriptor i of a binding as one of a type.</summary>
        public void Write(DescriptorSet set, uint binding, int i, DescriptorType type)
        {
            var buffer = new DescriptorBufferInfo { Buffer = Buffers[i].Handle, Range = Vk.WholeSize };
            var texels = _device.Texels(Buffers[i], Format.R32Uint);
            var image = new DescriptorImageInfo { ImageView = _images[i].View(ImageViewType.Type2D), ImageLayout = ImageLayout.General };
            var write = new WriteDescriptorSet
            {
                DstSet = set, DstBinding = binding, DstArrayElement = (uint)i, DescriptorCount = 1, DescriptorType = type,
                PBufferInfo = &buffer, PImageInfo = &image, PTexelBufferView = &texels,
            };
            _device.Vk.UpdateDescriptorSets(_device.Device, 1, in write, 0, null);
        }

        public void Copy(DescriptorSet from, uint sourceBinding, DescriptorSet to, uint first, uint count)
        {
            var copy = new CopyDescriptorSet
            {
                SrcSet = from, SrcBinding = sourceBinding, SrcArrayElement = first, DstSet = to, DstBinding = 1, DstArrayElement = first,
                DescriptorCount = count,
            };
            _device.Vk.UpdateDescriptorSets(_device.Device, 0, null, 1, &copy);
        }

        /// <summary>Runs the shader, which reads each descriptor as everything. It is there as what it is; what is no buffer is null as a buffer,
        /// and the other way round. (Images and texel buffers have one place, so what either is as the other is not said.)</summary>
        public void Expect(ReadOnlySpan<DescriptorType> types)
        {
            _kernel.Run(1);
            for (int i = 0; i < Count; i++)
            {
                bool isBuffer = IsBuffer(types[i]);
                uint holds = (uint)((types[i] is DescriptorType.StorageImage or DescriptorType.SampledImage ? 20 : 10) + i);
                for (int column = 0; column < Types.Length; column++)
                {
                    uint found = _result.Words()[(i * Columns) + column];
                    if (Types[column] == types[i] || (isBuffer && IsBuffer(Types[column])))
                        Assert.Equal(holds, found);
                    else if (isBuffer != IsBuffer(Types[column]))
                        Assert.Equal(0u, found);
                }

                // What is stored arrives likewise.
                Assert.Equal(isBuffer ? 100u + (uint)i : (uint)(10 + i), Buffers[i].Words()[0]);
                Buffers[i].Words()[0] = (uint)(10 + i);
                int stored = BitConverter.ToInt32(_device.Download(_images[i], 8), 4);
                if (types[i] == DescriptorType.StorageImage)
                    Assert.Equal(200 + i, stored);
                else if (isBuffer)
                    Assert.Equal(0, stored);
                _device.Upload(_images[i], MemoryMarshal.AsBytes<uint>([(uint)(20 + i), 0]));
            }
        }

        private static bool IsBuffer(DescriptorType type) => type is DescriptorType.StorageBuffer or DescriptorType.UniformBuffer;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void DescriptorsAreOfTheTypeThatTheyWereWrittenWith(int turn)
    {
        using var device = new TestDevice();
        var scene = new Scene(device);
        var types = new DescriptorType[Count];
        for (int i = 0; i < Count; i++)
        {
            // Each has been something else before.
            scene.Write(scene.Bound, 1, i, Types[(i + turn + 2) % Count]);
            types[i] = Types[(i + turn) % Count];
            scene.Write(scene.Bound, 1, i, types[i]);
        }

        scene.Expect(types);
        Assert.Empty(device.Messages);
    }

    [Fact]
    public void CopiesTakeTheTypeAlong()
    {
        using var device = new TestDevice();
        var scene = new Scene(device);
        var source = scene.Set();
        for (int i = 0; i < Count; i++)
        {
            scene.Write(scene.Bound, 1, i, DescriptorType.StorageBuffer);
            scene.Write(source, 1, i, Types[i]);
        }

        scene.Copy(source, 1, scene.Bound, 2, 4);
        scene.Expect([DescriptorType.StorageBuffer, DescriptorType.StorageBuffer, .. Types[2..]]);

        // From descriptors of one type, and back to such.
        var images = device.SetLayout((3, DescriptorType.StorageImage, Count));
        TestDevice.Check(device.TrySet(device.Pool(1, (DescriptorType.StorageImage, Count)), images, out var ofImages));
        for (int i = 0; i < Count; i++)
            scene.Write(ofImages, 3, i, DescriptorType.StorageImage);
        scene.Copy(ofImages, 3, scene.Bound, 0, 3);
        scene.Expect([DescriptorType.StorageImage, DescriptorType.StorageImage, DescriptorType.StorageImage, .. Types[3..]]);
        Assert.Empty(device.Messages);
        var back = new CopyDescriptorSet
        {
            SrcSet = scene.Bound, SrcBinding = 1, DstSet = ofImages, DstBinding = 3, DescriptorCount = 4,
        };
        device.Vk.UpdateDescriptorSets(device.Device, 0, null, 1, &back);
        Assert.Contains(device.Messages, m => m.Contains("VUID-VkCopyDescriptorSet-srcSet-04614", StringComparison.Ordinal));
    }

    [Fact]
    public void LayoutSupportTellsTheTypesThatThereAre()
    {
        using var device = new TestDevice();
        Assert.True(IsSupported(device, DescriptorType.Sampler, DescriptorType.CombinedImageSampler));
        Assert.True(IsSupported(device, Types));
        Assert.False(IsSupported(device, DescriptorType.StorageBuffer, DescriptorType.AccelerationStructureKhr));
        Assert.False(IsSupported(device, DescriptorType.UniformBufferDynamic));
        Assert.False(IsSupported(device, DescriptorType.MutableExt));
        Assert.Equal(Result.Success, device.TrySetLayout(DescriptorSetLayoutCreateFlags.HostOnlyPoolBitExt, false, [(0, DescriptorType.MutableExt, 4)], out var layout));
        device.Vk.DestroyDescriptorSetLayout(device.Device, layout, null);
    }

    private static bool IsSupported(TestDevice device, params DescriptorType[] types)
    {
        var binding = new DescriptorSetLayoutBinding { DescriptorType = DescriptorType.MutableExt, DescriptorCount = 3, StageFlags = ShaderStageFlags.ComputeBit };
        fixed (DescriptorType* pointer = types)
        {
            var list = new MutableDescriptorTypeListEXT { DescriptorTypeCount = (uint)types.Length, PDescriptorTypes = pointer };
            var mutable = new MutableDescriptorTypeCreateInfoEXT { MutableDescriptorTypeListCount = 1, PMutableDescriptorTypeLists = &list };
            var info = new DescriptorSetLayoutCreateInfo { PNext = &mutable, BindingCount = 1, PBindings = &binding };
            var support = new DescriptorSetLayoutSupport();
            device.Vk.GetDescriptorSetLayoutSupport(device.Device, &info, &support);
            return support.Supported;
        }
    }
}
