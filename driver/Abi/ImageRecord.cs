using System.Buffers.Binary;

namespace ShaderJit.Abi;

/// <summary>
/// An image view or texel buffer view as compiled code sees it: <see cref="Size"/> bytes in the region, 64-byte aligned. It is
/// plain data inside the sandbox: whatever a shader makes of it, accesses stay in the region.
/// </summary>
/// <remarks>
/// Texel (x, y, z) of layer l, sample s and level v lies at <c>Base + Levels[v].Offset + z * SlicePitch + l * LayerPitch +
/// s * SamplePitch + y * RowPitch + x * TexelBytes</c>. Every such offset from the base is below 2^31. Level 0 and layer 0
/// are the view's first. Sizes are those of level 0 of the view; level v has <c>max(1, size >> v)</c>.
/// <see cref="Base"/> is a multiple of 4, or of the texel where it is larger (up to 16).
/// Null descriptors name a record of zeros.
/// </remarks>
public sealed record ImageRecord
{
    /// <summary>Bytes of a record.</summary>
    public const int Size = 512;

    /// <summary>Most levels of a view.</summary>
    public const int MaxLevels = 16;

    /// <summary>Entries of the sRGB table: an f32 for each byte.</summary>
    public const int SrgbTableEntries = 256;

    /// <summary>Byte offsets of the fields.</summary>
    public const int BaseField = 0, SrgbTableField = 8, WidthField = 16, HeightField = 20, DepthField = 24, LayersField = 28,
        LevelsField = 32, SamplesField = 36, LayerPitchField = 40, SamplePitchField = 44, TexelBytesField = 48,
        DwordsField = 52, KindField = 56, LayoutField = 60, ShiftsField = 64, MasksField = 80, SignsField = 96,
        ScalesField = 112, HalfShiftsField = 128, SwizzleField = 144, SwizzledField = 160, SplitField = 164, NoAlphaField = 168;

    /// <summary>Byte offset of the table of planes behind the first, bytes of an entry, and the fields of an entry.</summary>
    public const int PlaneTable = 176, PlaneSize = 16, PlaneBaseField = 0, PlaneRowPitchField = 8,
        PlaneLayerPitchField = 12;

    /// <summary>Most planes of an image.</summary>
    public const int MaxPlanes = 3;

    /// <summary>Byte offset of the table of levels, bytes of an entry, and the fields of an entry.</summary>
    public const int LevelTable = 256, LevelSize = 16, LevelOffsetField = 0, LevelRowPitchField = 4, LevelSlicePitchField = 8;

    /// <summary>Where one level lies.</summary>
    /// <param name="Offset">Bytes from the base to its first texel, in layer 0.</param>
    /// <param name="RowPitch">Bytes from a row to the next; for 1D images 0 is fine.</param>
    /// <param name="SlicePitch">Bytes from a slice of a 3D image to the next.</param>
    public readonly record struct Level(uint Offset, uint RowPitch, uint SlicePitch);

    /// <summary>Where one plane of a multi-planar image lies, which has one level.</summary>
    /// <param name="Base">Region offset of its first texel, in layer 0, aligned as the image's.</param>
    /// <param name="RowPitch">Bytes from a row to the next.</param>
    /// <param name="LayerPitch">Bytes from a layer of this plane to the next; 0 is fine where there is one.</param>
    public readonly record struct Plane(ulong Base, uint RowPitch, uint LayerPitch = 0);

    /// <summary>Region offset of the first texel.</summary>
    public ulong Base { get; init; }

    /// <summary>Region offset of a table of 256 f32: the linear number for each sRGB byte. Needed for
    /// <see cref="TexelKind.Srgb"/> only.</summary>
    public ulong SrgbTable { get; init; }

    /// <summary>Texels of a row; elements of a texel buffer.</summary>
    public uint Width { get; init; }

    /// <summary>Rows; 1 for 1D images and texel buffers.</summary>
    public uint Height { get; init; } = 1;

    /// <summary>Slices of a 3D image; else 1.</summary>
    public uint Depth { get; init; } = 1;

    /// <summary>Layers of the view, cube faces counted one by one.</summary>
    public uint Layers { get; init; } = 1;

    /// <summary>Samples of a texel.</summary>
    public uint Samples { get; init; } = 1;

    /// <summary>Bytes from a layer to the next.</summary>
    public uint LayerPitch { get; init; }

    /// <summary>Bytes from a sample to the next.</summary>
    public uint SamplePitch { get; init; }

    /// <summary>Bytes from a texel to the next in its row: 1, 2 or a multiple of 4.</summary>
    public uint TexelBytes { get; init; }

    /// <summary>Dwords that hold the texel: 1 (also for texels of 1 and 2 bytes), 2 or 4.</summary>
    public uint Dwords { get; init; } = 1;

    /// <summary>With two dwords: whether G is in the second (two components of 32 bits) or the first (of 16).</summary>
    public bool Split { get; init; }

    public TexelKind Kind { get; init; }

    /// <summary>The components of the format, before the view's swizzle.</summary>
    public TexelComponent R { get; init; }

    public TexelComponent G { get; init; }

    public TexelComponent B { get; init; }

    public TexelComponent A { get; init; }

    /// <summary>What the view gives for R, G, B and A. A component that the format lacks is named as zero, or one for A.</summary>
    public TexelSwizzle SwizzleR { get; init; } = TexelSwizzle.R;

    public TexelSwizzle SwizzleG { get; init; } = TexelSwizzle.G;

    public TexelSwizzle SwizzleB { get; init; } = TexelSwizzle.B;

    public TexelSwizzle SwizzleA { get; init; } = TexelSwizzle.A;

    /// <summary>The view's levels, at least one.</summary>
    public IReadOnlyList<Level> Levels { get; init; } = [];

    /// <summary>The planes behind the first, which the rest of the record is about; none unless the image is multi-planar.</summary>
    public IReadOnlyList<Plane> FurtherPlanes { get; init; } = [];

    /// <summary>Whether a component is another than the format's own, or than what stands for one that it lacks.</summary>
    private bool IsSwizzled => !IsNatural(R, SwizzleR, TexelSwizzle.R, TexelSwizzle.Zero)
        || !IsNatural(G, SwizzleG, TexelSwizzle.G, TexelSwizzle.Zero) || !IsNatural(B, SwizzleB, TexelSwizzle.B, TexelSwizzle.Zero)
        || !IsNatural(A, SwizzleA, TexelSwizzle.A, TexelSwizzle.One);

    private static bool IsNatural(in TexelComponent component, TexelSwizzle swizzle, TexelSwizzle own, TexelSwizzle absent) =>
        swizzle == own ? component.Mask != 0 : swizzle == absent && component.Mask == 0;

    private TexelLayout Layout
    {
        get
        {
            if (IsSwizzled)
                return TexelLayout.Other;
            if (Kind == TexelKind.Float32 && Dwords == 4 && TexelBytes == 16)
                return TexelLayout.Rgba32Float;
            if (Kind != TexelKind.Normalized || Dwords != 1 || TexelBytes != 4 || G != TexelComponent.Unorm(8, 8)
                || A != TexelComponent.Unorm(24, 8))
            {
                return TexelLayout.Other;
            }

            if (R == TexelComponent.Unorm(0, 8) && B == TexelComponent.Unorm(16, 8))
                return TexelLayout.Rgba8Unorm;
            return R == TexelComponent.Unorm(16, 8) && B == TexelComponent.Unorm(0, 8)
                ? TexelLayout.Bgra8Unorm
                : TexelLayout.Other;
        }
    }

    /// <summary>Writes the record.</summary>
    /// <param name="to"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Levels.Count, MaxLevels, nameof(Levels));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(FurtherPlanes.Count, MaxPlanes - 1, nameof(FurtherPlanes));
        to = to[..Size];
        to.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(to[BaseField..], Base);
        BinaryPrimitives.WriteUInt64LittleEndian(to[SrgbTableField..], SrgbTable);
        Put(to, WidthField, Width);
        Put(to, HeightField, Height);
        Put(to, DepthField, Depth);
        Put(to, LayersField, Layers);
        Put(to, LevelsField, (uint)Levels.Count);
        Put(to, SamplesField, Samples);
        Put(to, LayerPitchField, LayerPitch);
        Put(to, SamplePitchField, SamplePitch);
        Put(to, TexelBytesField, TexelBytes);
        Put(to, DwordsField, Dwords);
        Put(to, KindField, (uint)Kind);
        Put(to, LayoutField, (uint)Layout);
        Put(to, SwizzledField, IsSwizzled ? 1u : 0);
        Put(to, SplitField, Split ? 1u : 0);
        Put(to, NoAlphaField, A.Mask == 0 ? 1u : 0);
        PutComponent(to, 0, R, SwizzleR);
        PutComponent(to, 4, G, SwizzleG);
        PutComponent(to, 8, B, SwizzleB);
        PutComponent(to, 12, A, SwizzleA);
        for (int i = 0; i < FurtherPlanes.Count; i++)
        {
            int at = PlaneTable + i * PlaneSize;
            BinaryPrimitives.WriteUInt64LittleEndian(to[(at + PlaneBaseField)..], FurtherPlanes[i].Base);
            Put(to, at + PlaneRowPitchField, FurtherPlanes[i].RowPitch);
            Put(to, at + PlaneLayerPitchField, FurtherPlanes[i].LayerPitch);
        }

        for (int i = 0; i < Levels.Count; i++)
        {
            int at = LevelTable + i * LevelSize;
            Put(to, at + LevelOffsetField, Levels[i].Offset);
            Put(to, at + LevelRowPitchField, Levels[i].RowPitch);
            Put(to, at + LevelSlicePitchField, Levels[i].SlicePitch);
        }
    }

    private static void PutComponent(Span<byte> to, int at, in TexelComponent component, TexelSwizzle swizzle)
    {
        Put(to, ShiftsField + at, (uint)component.Shift);
        Put(to, MasksField + at, component.Mask);
        Put(to, SignsField + at, component.Sign);
        Put(to, ScalesField + at, BitConverter.SingleToUInt32Bits(component.Scale));
        Put(to, HalfShiftsField + at, (uint)component.HalfShift);
        Put(to, SwizzleField + at, (uint)swizzle);
    }

    private static void Put(Span<byte> to, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(to[at..], value);
}
