namespace ShaderJit.Compiler.Spirv.Validation;

/// <summary>Image types, and the operands of image instructions.</summary>
internal static class Images
{
    private const ImageOperands TexelOperands = ImageOperands.MakeTexelAvailable | ImageOperands.MakeTexelVisible
        | ImageOperands.NonPrivateTexel | ImageOperands.VolatileTexel | ImageOperands.SignExtend | ImageOperands.ZeroExtend
        | ImageOperands.Nontemporal;

    public static string? TypeProblem(Module m, in TypeInfo type)
    {
        ImageInfo image = m.Image(type);
        ReadOnlySpan<uint> o = m.WordArray.AsSpan(type.MemberOffset, type.Count);
        bool isWide = m.Type(image.SampledType) is { Kind: TypeKind.Int, Width: 64 };
        if (!isWide && m.Type(image.SampledType) is not ({ Kind: TypeKind.Float, Width: 32 } or { Kind: TypeKind.Int, Width: 32 }))
            return "only images of 32-bit floats and of integers of 32 and 64 bits are supported";
        if (isWide && !m.CapabilityList.Contains(Capability.Int64ImageEXT))
            return "an image of 64-bit integers needs capability Int64ImageEXT";
        if (image.Dim is not (Dim.Dim1D or Dim.Dim2D or Dim.Dim3D or Dim.Cube or Dim.Buffer or Dim.SubpassData))
            return $"images of dimension {image.Dim} are not supported";
        if (o[2] > 2 || o[3] > 1 || o[4] > 1)
            return "Depth is 0 to 2, Arrayed and MS are 0 or 1";
        if (image.Sampled is not (1 or 2))
            return "Vulkan's images are either sampled (1) or for storage (2)";
        if (image is { IsArrayed: true, Dim: Dim.Dim3D or Dim.Buffer })
            return "there are no arrays of that dimension";
        if (image.IsMultisampled && image.Dim != Dim.Dim2D)
            return "only 2D images have samples";
        if (image.Format is ImageFormat.R64ui or ImageFormat.R64i ? !isWide : isWide && image.Format != ImageFormat.Unknown)
            return "formats of 64 bits are for images of 64-bit integers, and those have no others";
        return null;
    }

    public static string? Problem(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        switch (opcode)
        {
            case Opcode.OpSampledImage:
                return Combine(c, i, o);
            case Opcode.OpImage:
                return c.TypeOf(o[0]) is { Kind: TypeKind.SampledImage } both && both.Element == i.ResultType
                    ? null : "its operand is no sampled image of its type";
            case Opcode.OpImageRead:
                return Access(c, o[0], i.ResultType, o[1], o[2..], true, out _);
            case Opcode.OpImageWrite:
                return Access(c, o[0], c.Module.TypeIdOf(o[2]), o[1], o[3..], true, out _);
            case Opcode.OpImageFetch:
                return Access(c, o[0], i.ResultType, o[1], o[2..], false, out _);
            case Opcode.OpImageQuerySizeLod:
            case Opcode.OpImageQuerySize:
            case Opcode.OpImageQueryLevels:
            case Opcode.OpImageQuerySamples:
                return Query(c, opcode, i, o);
            case Opcode.OpImageSampleImplicitLod:
            case Opcode.OpImageSampleExplicitLod:
            case Opcode.OpImageSampleProjImplicitLod:
            case Opcode.OpImageSampleProjExplicitLod:
                return Sample(c, opcode, i, o[0], o[1], 0, o[2..]);
            case Opcode.OpImageSampleDrefImplicitLod:
            case Opcode.OpImageSampleDrefExplicitLod:
            case Opcode.OpImageSampleProjDrefImplicitLod:
            case Opcode.OpImageSampleProjDrefExplicitLod:
            case Opcode.OpImageDrefGather:
                return Sample(c, opcode, i, o[0], o[1], o[2], o[3..]);
            case Opcode.OpImageGather:
                return c.IsInt32(c.Module.TypeIdOf(o[2])) && c.IsConstantId(o[2])
                    ? Sample(c, opcode, i, o[0], o[1], 0, o[3..]) : "its component is no 32-bit constant";
            case Opcode.OpImageQueryLod:
                return "it needs derivatives, which compute shaders do not have here";
            default:
                return Instructions.NotSupported;
        }
    }

    public static string? TexelPointerProblem(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        TypeInfo pointer = c.TypeOf(o[0]);
        if (!pointer.IsPointer || c.Module.Type(pointer.Element) is not { Kind: TypeKind.Image } type)
            return "its image is no pointer to an image";
        ImageInfo image = c.Module.Image(type);
        if (!image.IsStorage)
            return "its image is not for storage";
        TypeInfo result = c.Module.Type(i.ResultType);
        if (!result.IsPointer || result.StorageClass != StorageClass.Image || result.Element != image.SampledType)
            return "its type is no pointer to a texel of its image";
        if (image.Format is not (ImageFormat.R32ui or ImageFormat.R32i or ImageFormat.R32f or ImageFormat.R64ui or ImageFormat.R64i))
            return "atomics need an image of format R32ui, R32i, R32f, R64ui or R64i";
        c.SetRoot(i.Result, o[0]);
        return Coordinate(c, o[1], TypeKind.Int, image.TexelCoordinates)
            ?? (c.IsInt32(c.Module.TypeIdOf(o[2])) ? null : "its sample is no 32-bit integer");
    }

    private static string? Combine(ValidationContext c, in Instruction i, ReadOnlySpan<uint> o)
    {
        TypeInfo type = c.Module.Type(i.ResultType);
        if (type.Kind != TypeKind.SampledImage || type.Element != c.Module.TypeIdOf(o[0]))
            return "its type is no sampled image of its image's type";
        return c.TypeOf(o[1]).Kind == TypeKind.Sampler ? null : $"id {o[1]} is no sampler";
    }

    // Reads, writes and fetches: of one texel by its number.
    private static string? Access(ValidationContext c, uint id, uint texelType, uint coordinate, ReadOnlySpan<uint> operands,
        bool storage, out ImageInfo image)
    {
        image = default;
        if (ImageOf(c, id, out image) is { } problem)
            return problem;
        if (image.Dim == Dim.SubpassData)
            return "a kernel has no input attachments";
        if (image.IsStorage != storage)
            return storage ? "its image is not for storage" : "its image is for storage";
        if (!storage && image.Dim == Dim.Cube)
            return "nothing is fetched from a cube";
        if (!c.TryVector(texelType, out TypeInfo scalar, out _) || scalar.Id != image.SampledType)
            return "the texel has not the image's type";
        var o = new ImageOperandIds(operands);
        ImageOperands allowed = TexelOperands | ImageOperands.Sample;
        if (!storage)
            allowed |= ImageOperands.Lod | ImageOperands.ConstOffset | ImageOperands.Offset;
        if ((o.Mask & ~allowed) != 0)
            return $"its image operands {o.Mask & ~allowed} are not supported";
        if (o.Sample != 0 != image.IsMultisampled)
            return "Sample is there for images with samples, and only for them";
        if (o.Lod != 0 && (image.IsMultisampled || image.Dim == Dim.Buffer))
            return "the image has no levels";
        return Coordinate(c, coordinate, TypeKind.Int, image.TexelCoordinates)
            ?? Optional(c, o.Sample, TypeKind.Int, 1) ?? Optional(c, o.Lod, TypeKind.Int, 1) ?? Offset(c, o, image);
    }

    private static string? Sample(ValidationContext c, Opcode opcode, in Instruction i, uint id, uint coordinate, uint reference,
        ReadOnlySpan<uint> operands)
    {
        Module m = c.Module;
        if (m.Type(m.TypeIdOf(id)) is not { Kind: TypeKind.SampledImage } both)
            return $"id {id} is no sampled image";
        ImageInfo image = m.Image(m.Type(both.Element));
        if (image.IsMultisampled || image.Dim == Dim.Buffer)
            return "images with samples and buffers are not sampled but fetched from";
        bool gathers = opcode is Opcode.OpImageGather or Opcode.OpImageDrefGather;
        bool isExplicit = opcode is Opcode.OpImageSampleExplicitLod or Opcode.OpImageSampleDrefExplicitLod
            or Opcode.OpImageSampleProjExplicitLod or Opcode.OpImageSampleProjDrefExplicitLod;
        bool projects = opcode is Opcode.OpImageSampleProjImplicitLod or Opcode.OpImageSampleProjExplicitLod
            or Opcode.OpImageSampleProjDrefImplicitLod or Opcode.OpImageSampleProjDrefExplicitLod;
        int wanted = reference != 0 && !gathers ? 1 : 4;
        if (!c.TryVector(i.ResultType, out TypeInfo scalar, out int components) || scalar.Id != image.SampledType
            || components != wanted)
        {
            return "its type does not fit the image's";
        }

        if (projects && (image.IsArrayed || image.Dim == Dim.Cube))
            return "neither arrays nor cubes are projected on";
        if (gathers && image.Dim is not (Dim.Dim2D or Dim.Cube))
            return "only 2D images and cubes are gathered from";
        if (reference != 0 && (scalar.Kind != TypeKind.Float || !IsFloat32(c, m.TypeIdOf(reference), 1)))
            return "depths are 32-bit floats";
        if (reference != 0 && image.Dim == Dim.Dim3D)
            return "3D images have no depth comparison";
        var o = new ImageOperandIds(operands);
        var allowed = TexelOperands | ImageOperands.ConstOffset | ImageOperands.Offset;
        allowed |= isExplicit ? ImageOperands.Lod | ImageOperands.Grad
            : gathers ? ImageOperands.ConstOffsets : ImageOperands.Bias | ImageOperands.MinLod;
        if (o.GradX != 0)
            allowed |= ImageOperands.MinLod;
        if ((o.Mask & ~allowed) != 0)
            return $"its image operands {o.Mask & ~allowed} are not supported";
        if (isExplicit && (o.Lod != 0) == (o.GradX != 0))
            return "it needs either Lod or Grad";
        int layer = image.IsArrayed ? 1 : 0;
        return Coordinate(c, coordinate, TypeKind.Float, image.SampleCoordinates + (projects ? 1 : 0))
            ?? Optional(c, o.Bias, TypeKind.Float, 1) ?? Optional(c, o.Lod, TypeKind.Float, 1)
            ?? Optional(c, o.GradX, TypeKind.Float, image.SampleCoordinates - layer)
            ?? Optional(c, o.GradY, TypeKind.Float, image.SampleCoordinates - layer)
            ?? Optional(c, o.MinLod, TypeKind.Float, 1) ?? Offset(c, o, image) ?? Offsets(c, o);
    }

    private static string? Query(ValidationContext c, Opcode opcode, in Instruction i, ReadOnlySpan<uint> o)
    {
        if (ImageOf(c, o[0], out ImageInfo image) is { } problem)
            return problem;
        int components = opcode is Opcode.OpImageQuerySize or Opcode.OpImageQuerySizeLod ? image.SizeComponents : 1;
        if (!c.IsVectorOf(i.ResultType, TypeKind.Int, out int width, out int found) || width != 32 || found != components)
            return $"its type is not {components} 32-bit integers";
        switch (opcode)
        {
            case Opcode.OpImageQuerySizeLod when image.IsStorage || image.IsMultisampled || image.Dim == Dim.Buffer:
            case Opcode.OpImageQueryLevels when image.IsStorage || image.IsMultisampled || image.Dim == Dim.Buffer:
                return "the image has no levels";
            case Opcode.OpImageQuerySizeLod:
                return c.IsInt32(c.Module.TypeIdOf(o[1])) ? null : "its level is no 32-bit integer";
            case Opcode.OpImageQuerySize when !image.IsStorage && !image.IsMultisampled && image.Dim != Dim.Buffer:
                return "the image has levels: OpImageQuerySizeLod asks for one's size";
            case Opcode.OpImageQuerySamples when !image.IsMultisampled:
                return "the image has no samples";
            default:
                return null;
        }
    }

    private static string? ImageOf(ValidationContext c, uint id, out ImageInfo image)
    {
        TypeInfo type = c.TypeOf(id);
        image = type.Kind == TypeKind.Image ? c.Module.Image(type) : default;
        return type.Kind == TypeKind.Image ? null : $"id {id} is no image";
    }

    private static string? Coordinate(ValidationContext c, uint id, TypeKind kind, int components) =>
        c.IsVectorOf(c.Module.TypeIdOf(id), kind, out int width, out int found) && width == 32 && found >= components
            ? null : $"its coordinate is not {components} 32-bit {(kind == TypeKind.Int ? "integers" : "floats")}";

    private static string? Optional(ValidationContext c, uint id, TypeKind kind, int components) =>
        id == 0 || (c.IsVectorOf(c.Module.TypeIdOf(id), kind, out int width, out int found) && width == 32 && found == components)
            ? null : $"operand {id} is not {components} 32-bit {(kind == TypeKind.Int ? "integers" : "floats")}";

    private static string? Offset(ValidationContext c, in ImageOperandIds o, in ImageInfo image)
    {
        if (o.Offset == 0)
            return null;
        if (image.Dim is Dim.Cube or Dim.Buffer)
            return "the image has no offsets";
        if ((o.Mask & ImageOperands.ConstOffset) != 0 && !c.IsConstantId(o.Offset))
            return "ConstOffset is no constant";
        if ((o.Mask & (ImageOperands.ConstOffset | ImageOperands.Offset)) == (ImageOperands.ConstOffset | ImageOperands.Offset))
            return "it has two offsets";
        return Optional(c, o.Offset, TypeKind.Int, image.Dimensions);
    }

    private static string? Offsets(ValidationContext c, in ImageOperandIds o)
    {
        if (o.Offsets == 0)
            return null;
        if (o.Offset != 0 || !c.IsConstantId(o.Offsets))
            return "ConstOffsets are constants, and the only offsets";
        TypeInfo array = c.TypeOf(o.Offsets);
        return array.Kind == TypeKind.Array && c.Sizes.Length(array) == 4
            && c.IsVectorOf(array.Element, TypeKind.Int, out int width, out int components) && width == 32 && components == 2
            ? null : "ConstOffsets are four vectors of two 32-bit integers";
    }

    private static bool IsFloat32(ValidationContext c, uint typeId, int components) =>
        c.IsVectorOf(typeId, TypeKind.Float, out int width, out int found) && width == 32 && found == components;
}
