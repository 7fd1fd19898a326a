using ShaderJit.Abi;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Fuzz;

/// <summary>An image or texel buffer of a run: packed texels, level by level, layer by layer.</summary>
/// <param name="Buffer">Index of the run's buffer that holds them.</param>
/// <param name="Height">0 for a texel buffer.</param>
/// <param name="Depth">Slices of a 3D image; else 1.</param>
internal sealed record ImageMemory(int Set, int Binding, int Buffer, ImageFormat Format, int Width, int Height, bool IsStorage, int Depth = 1,
    int Layers = 1, int LevelCount = 1)
{
    /// <summary>The set of the buffers with the texels: no shader has it.</summary>
    public const int HiddenSet = 1000;

    public bool IsTexelBuffer => Height == 0;

    public int Bytes => Layers * LayerBytes;

    private int LayerBytes
    {
        get
        {
            int bytes = 0;
            for (int level = 0; level < LevelCount; level++)
                bytes += SliceBytes(level) * Math.Max(1, Depth >> level);
            return bytes;
        }
    }

    private int RowBytes(int level) => Math.Max(1, Width >> level) * TexelBytes(Format);

    private int SliceBytes(int level) => RowBytes(level) * Math.Max(1, Height >> level);

    public static int TexelBytes(ImageFormat format) => format switch
    {
        ImageFormat.Rgba32f or ImageFormat.Rgba32i or ImageFormat.Rgba32ui => 16,
        ImageFormat.Rgba16f or ImageFormat.R64ui => 8,
        _ => 4,
    };

    /// <summary>Bits of its floats, 8 for normalized numbers, 0 for integers: how contents are compared.</summary>
    public static int FloatBits(ImageFormat format) => format switch
    {
        ImageFormat.Rgba32f or ImageFormat.R32f => 32,
        ImageFormat.Rgba16f => 16,
        ImageFormat.Rgba8 => 8,
        _ => 0,
    };

    /// <summary>As the driver writes it for a view; the base is left to the oracle.</summary>
    public ImageRecord Record()
    {
        var levels = new ImageRecord.Level[LevelCount];
        int offset = 0;
        for (int level = 0; level < LevelCount; level++)
        {
            levels[level] = new ImageRecord.Level((uint)offset, (uint)RowBytes(level), (uint)SliceBytes(level));
            offset += SliceBytes(level) * Math.Max(1, Depth >> level);
        }

        return Texel() with
        {
            Width = (uint)Width, Height = (uint)Math.Max(Height, 1), Depth = (uint)Depth, Layers = (uint)Layers, LayerPitch = (uint)LayerBytes,
            SamplePitch = (uint)LayerBytes, Levels = levels,
        };
    }

    private ImageRecord Texel() => Format switch
    {
        ImageFormat.Rgba8 => Of(TexelKind.Normalized, i => TexelComponent.Unorm(8 * i, 8), 4),
        ImageFormat.Rgba8ui => Of(TexelKind.Integer, i => TexelComponent.Unsigned(8 * i, 8), 4),
        ImageFormat.Rgba16f => Of(TexelKind.Half, i => TexelComponent.Half(16 * (i & 1), 16), 4),
        ImageFormat.Rgba32f => Of(TexelKind.Float32, _ => TexelComponent.Unsigned(0, 32), 4),
        ImageFormat.R32f => Of(TexelKind.Float32, _ => TexelComponent.Unsigned(0, 32), 1),
        ImageFormat.Rgba32i => Of(TexelKind.Integer, _ => TexelComponent.Signed(0, 32), 4),
        ImageFormat.Rgba32ui => Of(TexelKind.Integer, _ => TexelComponent.Unsigned(0, 32), 4),
        ImageFormat.R32i => Of(TexelKind.Integer, _ => TexelComponent.Signed(0, 32), 1),
        ImageFormat.R64ui => Of(TexelKind.Integer, _ => TexelComponent.Unsigned(0, 32), 1),
        ImageFormat.R32ui => Of(TexelKind.Integer, _ => TexelComponent.Unsigned(0, 32), 1),
        _ => throw new ModuleException(FindingKind.Refused, $"it uses images of {Format}"),
    };

    private ImageRecord Of(TexelKind kind, Func<int, TexelComponent> component, int components)
    {
        bool four = components == 4;
        return new ImageRecord
        {
            TexelBytes = (uint)TexelBytes(Format), Dwords = (uint)TexelBytes(Format) / 4, Kind = kind, R = component(0),
            G = four ? component(1) : TexelComponent.None, B = four ? component(2) : TexelComponent.None, A = four ? component(3) : TexelComponent.None,
            SwizzleG = four ? TexelSwizzle.G : TexelSwizzle.Zero, SwizzleB = four ? TexelSwizzle.B : TexelSwizzle.Zero,
            SwizzleA = four ? TexelSwizzle.A : TexelSwizzle.One,
        };
    }
}
