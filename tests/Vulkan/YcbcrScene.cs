using System.Runtime.InteropServices;
using ShaderJit.Compiler.Tests.Images;
using ShaderJit.Kernels;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Formats;

namespace ShaderJit.Vulkan.Tests;

/// <summary>An image of a Y'CbCr format with random planes, and sample_ycbcr.comp to sample it with.</summary>
internal sealed unsafe class YcbcrScene
{
    public const uint Width = 12, Height = 8;

    private const int Count = 64;
    private readonly TestDevice _device;
    private readonly byte[][] _planes;
    private readonly uint _layers;

    /// <param name="isDisjoint">Whether each plane has memory of its own.</param>
    /// <param name="layers">Of which the last is the one that is looked at.</param>
    public YcbcrScene(TestDevice device, FormatInfo format, bool isDisjoint, ImageTiling tiling = ImageTiling.Optimal, uint layers = 1)
    {
        (_device, Format, _layers) = (device, format, layers);
        var info = HostImage.Describe(format.Format, Width, Height, ImageUsageFlags.SampledBit) with
        {
            Tiling = tiling, ArrayLayers = layers,
            Flags = (isDisjoint ? ImageCreateFlags.DisjointBit : 0) | (format.IsMultiPlanar ? ImageCreateFlags.MutableFormatBit : 0),
        };
        TestDevice.Check(device.Vk.CreateImage(device.Device, in info, null, out var image));
        Image = image;
        if (isDisjoint)
            BindPlanes();
        else
            Bind(new ImageMemoryRequirementsInfo2 { Image = image }, new BindImageMemoryInfo { Image = image });
        device.Later(() => device.Vk.DestroyImage(device.Device, image, null));
        _planes = new byte[Aspects.Length][];
        for (int i = 0; i < _planes.Length; i++)
        {
            var (width, height, bytes) = SizeOf(i);
            _planes[i] = TestDevice.Noise((int)(width * height * bytes), seed: i + 1);
            for (uint layer = 0; layer < layers - 1; layer++)
                Copy(i, TestDevice.Noise(_planes[i].Length, seed: 100 + (int)layer), toImage: true, layer);
            Copy(i, _planes[i], toImage: true);
        }
    }

    public FormatInfo Format { get; }

    public Image Image { get; }

    /// <summary>What copies call the planes.</summary>
    public ImageAspectFlags[] Aspects => Format.IsMultiPlanar
        ? [.. ((ImageAspectFlags[])[ImageAspectFlags.Plane0Bit, ImageAspectFlags.Plane1Bit, ImageAspectFlags.Plane2Bit]).Where(a => (Format.Aspects & a) != 0)]
        : [ImageAspectFlags.ColorBit];

    public ReadOnlySpan<byte> Plane(int index) => _planes[index];

    /// <summary>Texels of a plane, and their bytes; of a packed format, blocks of two.</summary>
    public (uint Width, uint Height, uint Bytes) SizeOf(int plane)
    {
        var layout = Format.Ycbcr!;
        if (!Format.IsMultiPlanar)
            return (Width / 2, Height, (uint)Format.BlockBytes);
        return (plane > 0 && layout.HalvesWidth ? Width / 2 : Width, plane > 0 && layout.HalvesHeight ? Height / 2 : Height,
            (uint)FormatTable.Find(layout.Planes[plane])!.BlockBytes);
    }

    /// <summary>Copies all of a plane from or to tight rows.</summary>
    public void Copy(int plane, Span<byte> bytes, bool toImage) => Copy(plane, bytes, toImage, _layers - 1);

    private void Copy(int plane, Span<byte> bytes, bool toImage, uint layer)
    {
        using var buffer = new HostBuffer(_device.Vulkan, bytes.Length);
        bytes.CopyTo(buffer.Bytes);
        var (width, height, _) = SizeOf(plane);
        var region = new BufferImageCopy
        {
            ImageSubresource = new ImageSubresourceLayers { AspectMask = Aspects[plane], BaseArrayLayer = layer, LayerCount = 1 },
            ImageExtent = new Extent3D { Width = Format.IsMultiPlanar ? width : Width, Height = height, Depth = 1 },
        };
        _device.Run(c =>
        {
            if (toImage)
                _device.Vk.CmdCopyBufferToImage(c, buffer.Handle, Image, ImageLayout.General, 1, in region);
            else
                _device.Vk.CmdCopyImageToBuffer(c, Image, ImageLayout.General, buffer.Handle, 1, in region);
        });
        buffer.Bytes.CopyTo(bytes);
    }

    public ImageView View(ImageAspectFlags aspect, Format format, SamplerYcbcrConversion conversion = default)
    {
        var with = new SamplerYcbcrConversionInfo { Conversion = conversion };
        var info = new ImageViewCreateInfo
        {
            PNext = conversion.Handle == 0 ? null : &with, Image = Image, ViewType = _layers > 1 ? ImageViewType.Type2DArray : ImageViewType.Type2D,
            Format = format, SubresourceRange = new ImageSubresourceRange { AspectMask = aspect, LevelCount = 1, LayerCount = Math.Max(_layers - 1, 1), BaseArrayLayer = Math.Min(_layers - 1, 1) },
        };
        TestDevice.Check(_device.Vk.CreateImageView(_device.Device, in info, null, out var view));
        _device.Later(() => _device.Vk.DestroyImageView(_device.Device, view, null));
        return view;
    }

    /// <summary>Samples at random places and compares.</summary>
    /// <returns>How many were compared.</returns>
    public int Check(SamplerYcbcrConversionCreateInfo info, bool linear, int seed)
    {
        info.SType = StructureType.SamplerYcbcrConversionCreateInfo;
        info.Format = Format.Format;
        TestDevice.Check(_device.Vk.CreateSamplerYcbcrConversion(_device.Device, in info, null, out var conversion));
        var with = new SamplerYcbcrConversionInfo { Conversion = conversion };
        var filter = linear ? Filter.Linear : Filter.Nearest;
        var sampling = new SamplerCreateInfo
        {
            PNext = &with, MagFilter = filter, MinFilter = filter, AddressModeU = SamplerAddressMode.ClampToEdge,
            AddressModeV = SamplerAddressMode.ClampToEdge, AddressModeW = SamplerAddressMode.ClampToEdge,
        };
        TestDevice.Check(_device.Vk.CreateSampler(_device.Device, in sampling, null, out var sampler));
        _device.Later(() => _device.Vk.DestroySampler(_device.Device, sampler, null));
        var view = View(ImageAspectFlags.ColorBit, Format.Format, conversion);
        _device.Vk.DestroySamplerYcbcrConversion(_device.Device, conversion, null);

        var where = new float[Count * 4];
        var random = new Random(seed);
        for (int i = 0; i < where.Length; i++)
            where[i] = (i & 3) < 2 ? (random.NextSingle() * 1.2f) - 0.1f : (i & 3) == 3 ? _layers - 2 : 0;
        var found = Run(_layers > 1 ? "sample_ycbcr_layers" : "sample_ycbcr", view, sampler, where);
        var layout = Format.Ycbcr!;
        var made = ((Objects.SamplerObject)Handles.HandleTable.Get<Objects.SamplerObject>(sampler.Handle)!).Conversion!;
        int compared = 0;
        for (int i = 0; i < Count; i++)
        {
            var reference = new YcbcrReference((int)Width, (int)Height, layout.HalvesWidth, layout.HalvesHeight, layout.G.Bits,
                (x, y) => Luma(x, y), (x, y) => Chroma(x, y, 0), (x, y) => Chroma(x, y, 1))
            {
                Conversion = made, Linear = linear,
            };
            double[] expected = reference.Sample(where[i * 4], where[(i * 4) + 1]);
            if (reference.IsAmbiguous)
                continue;
            compared++;
            for (int c = 0; c < 4; c++)
            {
                if (Math.Abs(expected[c] - found[(i * 4) + c]) > 2e-4)
                    throw new InvalidDataException($"{Format.Format}, {made}: {found[(i * 4) + c]}, not {expected[c]}, component {c} at {where[i * 4]} {where[(i * 4) + 1]}");
            }
        }

        return compared;
    }

    /// <summary>Runs a shader of an image, the coordinates and the results.</summary>
    public float[] Run(string shader, ImageView view, Sampler sampler, float[] where)
    {
        using var from = new HostBuffer(_device.Vulkan, where.Length * 4);
        MemoryMarshal.AsBytes<float>(where).CopyTo(from.Bytes);
        using var to = new HostBuffer(_device.Vulkan, where.Length * 4);
        var vk = _device.Vk;
        var slots = stackalloc DescriptorSetLayoutBinding[3];
        for (uint i = 0; i < 3; i++)
        {
            slots[i] = new DescriptorSetLayoutBinding
            {
                Binding = i, DescriptorCount = 1, StageFlags = ShaderStageFlags.ComputeBit,
                DescriptorType = i == 0 ? DescriptorType.CombinedImageSampler : DescriptorType.StorageBuffer,
                PImmutableSamplers = i == 0 ? &sampler : null,
            };
        }

        var info = new DescriptorSetLayoutCreateInfo { BindingCount = 3, PBindings = slots };
        TestDevice.Check(vk.CreateDescriptorSetLayout(_device.Device, in info, null, out var setLayout));
        _device.Later(() => vk.DestroyDescriptorSetLayout(_device.Device, setLayout, null));
        TestDevice.Check(_device.TrySet(_device.Pool(1, (DescriptorType.CombinedImageSampler, 1), (DescriptorType.StorageBuffer, 2)), setLayout, out var set));
        var layout = _device.Layout(0, setLayout);
        var pipeline = _device.Pipeline(shader, layout);
        var described = new DescriptorImageInfo { ImageView = view, ImageLayout = ImageLayout.General };
        var write = new WriteDescriptorSet
        {
            DstSet = set, DescriptorCount = 1, DescriptorType = DescriptorType.CombinedImageSampler, PImageInfo = &described,
        };
        vk.UpdateDescriptorSets(_device.Device, 1, in write, 0, null);
        _device.Write(set, 1, DescriptorType.StorageBuffer, from, to);
        _device.Run(c =>
        {
            vk.CmdBindPipeline(c, PipelineBindPoint.Compute, pipeline);
            vk.CmdBindDescriptorSets(c, PipelineBindPoint.Compute, layout, 0, 1, in set, 0, null);
            vk.CmdDispatch(c, (uint)where.Length / 128, 1, 1);
        });
        return MemoryMarshal.Cast<byte, float>(to.Bytes).ToArray();
    }

    private void BindPlanes()
    {
        foreach (var aspect in Aspects)
        {
            var plane = new ImagePlaneMemoryRequirementsInfo { PlaneAspect = aspect };
            var bound = new BindImagePlaneMemoryInfo { PlaneAspect = aspect };
            Bind(new ImageMemoryRequirementsInfo2 { PNext = &plane, Image = Image }, new BindImageMemoryInfo { PNext = &bound, Image = Image });
        }
    }

    private void Bind(ImageMemoryRequirementsInfo2 asked, BindImageMemoryInfo info)
    {
        var needs = new MemoryRequirements2();
        _device.Vk.GetImageMemoryRequirements2(_device.Device, &asked, &needs);
        var allocation = new MemoryAllocateInfo { AllocationSize = needs.MemoryRequirements.Size, MemoryTypeIndex = _device.Vulkan.MemoryType };
        TestDevice.Check(_device.Vk.AllocateMemory(_device.Device, in allocation, null, out var memory));
        _device.Later(() => _device.Vk.FreeMemory(_device.Device, memory, null));
        info.Memory = memory;
        TestDevice.Check(_device.Vk.BindImageMemory2(_device.Device, 1, &info));
    }

    // From the names of the formats: G, B and R as they stand, in components of 8 or 16 bits of which the highest count.
    private int Luma(int x, int y) => Format.IsMultiPlanar
        ? Component(0, (y * (int)Width) + x)
        : Component(0, (((y * (int)Width) + x) * 2) + (Name[0] == 'G' ? 0 : 1));

    /// <param name="which">0 for blue, 1 for red.</param>
    private int Chroma(int x, int y, int which)
    {
        if (!Format.IsMultiPlanar)
            return Component(0, (((y * (int)Width / 2) + x) * 4) + (Name[0] == 'G' ? 1 : 0) + (2 * which));
        int texel = (y * (int)SizeOf(1).Width) + x;
        return Name.Contains("3Plane", StringComparison.Ordinal) ? Component(1 + which, texel) : Component(1, (texel * 2) + which);
    }

    private string Name => Format.Format.ToString();

    private int Component(int plane, int index)
    {
        if (Name.StartsWith("G8", StringComparison.Ordinal) || Name.StartsWith("B8", StringComparison.Ordinal))
            return _planes[plane][index];
        int word = BitConverter.ToUInt16(_planes[plane], index * 2);
        return Name.Contains("X6", StringComparison.Ordinal) ? word >> 6 : Name.Contains("X4", StringComparison.Ordinal) ? word >> 4 : word;
    }
}
