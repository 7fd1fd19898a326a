namespace ShaderJit.SpirvCross;

/// <summary>A resource as SPIRV-Cross sees it.</summary>
/// <param name="Count">Descriptors; 0 for an array without length.</param>
/// <param name="Size">Declared bytes of a buffer's block; 0 for others.</param>
public sealed record ReflectedBinding(ResourceType Type, uint Set, uint Binding, uint Count, ulong Size, IReadOnlyList<ReflectedMember> Members);

/// <summary>A member of a block, in bytes; 0 where it has no such stride.</summary>
public sealed record ReflectedMember(uint Offset, uint ArrayStride, uint MatrixStride);

/// <summary>What SPIRV-Cross says of a compute module.</summary>
public sealed record ModuleReflection(IReadOnlyList<ReflectedBinding> Bindings, ReflectedBinding? PushConstants,
    (uint X, uint Y, uint Z) LocalSize, IReadOnlyList<uint> SpecializationIds);

/// <summary>SPIRV-Cross without its pointers.</summary>
public static unsafe class Judge
{
    private static readonly ResourceType[] Described =
    [
        ResourceType.UniformBuffer, ResourceType.StorageBuffer, ResourceType.StorageImage, ResourceType.SampledImage,
        ResourceType.SeparateImage, ResourceType.SeparateSamplers,
    ];

    /// <summary>Reflects a module; null where the library is not installed.</summary>
    /// <exception cref="InvalidOperationException">SPIRV-Cross does not take the module.</exception>
    public static ModuleReflection? Reflect(uint[] words) => With(words, Backend.None, Reflect);

    /// <summary>The module as GLSL; null where the library is not installed.</summary>
    /// <exception cref="InvalidOperationException">SPIRV-Cross does not take the module.</exception>
    public static string? ToGlsl(uint[] words) => With(words, Backend.Glsl, (cross, context, compiler) =>
    {
        CompilerOptions* options;
        Check(cross, (Context*)context, cross.CompilerCreateCompilerOptions((Compiler*)compiler, &options));
        Check(cross, (Context*)context, cross.CompilerOptionsSetUint(options, CompilerOption.GlslVersion, 460));
        Check(cross, (Context*)context, cross.CompilerOptionsSetBool(options, CompilerOption.GlslVulkanSemantics, 1));
        Check(cross, (Context*)context, cross.CompilerInstallCompilerOptions((Compiler*)compiler, options));
        byte* source;
        Check(cross, (Context*)context, cross.CompilerCompile((Compiler*)compiler, &source));
        return Cross.Text(source);
    });

    private static T? With<T>(uint[] words, Backend backend, Func<Cross, nint, nint, T> use)
        where T : class
    {
        if (Cross.GetApi() is not { } cross)
            return null;
        Context* context;
        if (cross.ContextCreate(&context) != Result.Success)
            throw new InvalidOperationException("SPIRV-Cross has no memory");
        try
        {
            ParsedIr* parsed;
            fixed (uint* code = words)
                Check(cross, context, cross.ContextParseSpirv(context, code, (nuint)words.Length, &parsed));
            Compiler* compiler;
            Check(cross, context, cross.ContextCreateCompiler(context, backend, parsed, CaptureMode.TakeOwnership, &compiler));
            return use(cross, (nint)context, (nint)compiler);
        }
        finally
        {
            cross.ContextDestroy(context);
        }
    }

    private static ModuleReflection Reflect(Cross cross, nint contextHandle, nint compilerHandle)
    {
        var context = (Context*)contextHandle;
        var compiler = (Compiler*)compilerHandle;
        Resources* resources;
        Check(cross, context, cross.CompilerCreateShaderResources(compiler, &resources));
        var bindings = new List<ReflectedBinding>();
        foreach (var type in Described)
            bindings.AddRange(List(cross, context, compiler, resources, type));
        var push = List(cross, context, compiler, resources, ResourceType.PushConstant);
        SpecializationConstant* constants;
        nuint count;
        Check(cross, context, cross.CompilerGetSpecializationConstants(compiler, &constants, &count));
        var ids = new List<uint>();
        for (nuint i = 0; i < count; i++)
            ids.Add(constants[i].ConstantID);
        ids.Sort();
        return new ModuleReflection(bindings, push.Count > 0 ? push[0] : null,
            (Size(0), Size(1), Size(2)), ids);

        uint Size(uint index) => cross.CompilerGetExecutionModeArgumentByIndex(compiler, ExecutionMode.LocalSize, index);
    }

    private static List<ReflectedBinding> List(Cross cross, Context* context, Compiler* compiler, Resources* resources, ResourceType type)
    {
        ReflectedResource* list;
        nuint count;
        Check(cross, context, cross.ResourcesGetResourceListForType(resources, type, &list, &count));
        var result = new List<ReflectedBinding>();
        for (nuint i = 0; i < count; i++)
        {
            var resource = list[i];
            var handle = cross.CompilerGetTypeHandle(compiler, resource.TypeID);
            uint descriptors = 1;
            if (cross.TypeGetNumArrayDimensions(handle) > 0)
                descriptors = cross.TypeArrayDimensionIsLiteral(handle, 0) != 0 ? cross.TypeGetArrayDimension(handle, 0) : 0;
            nuint size = 0;
            var members = new List<ReflectedMember>();
            if (type is ResourceType.UniformBuffer or ResourceType.StorageBuffer or ResourceType.PushConstant)
            {
                var block = cross.CompilerGetTypeHandle(compiler, resource.BaseTypeID);
                Check(cross, context, cross.CompilerGetDeclaredStructSize(compiler, block, &size));
                Members(cross, compiler, block, members);
            }

            result.Add(new ReflectedBinding(type, cross.CompilerGetDecoration(compiler, resource.ID, Decoration.DescriptorSet),
                cross.CompilerGetDecoration(compiler, resource.ID, Decoration.Binding), descriptors, size, members));
        }

        return result;
    }

    private static void Members(Cross cross, Compiler* compiler, CrossType* block, List<ReflectedMember> members)
    {
        for (uint i = 0; i < cross.TypeGetNumMemberTypes(block); i++)
        {
            uint offset = 0, arrayStride = 0, matrixStride = 0;
            var member = cross.CompilerGetTypeHandle(compiler, cross.TypeGetMemberType(block, i));
            cross.CompilerTypeStructMemberOffset(compiler, block, i, &offset);
            if (cross.TypeGetNumArrayDimensions(member) > 0)
                cross.CompilerTypeStructMemberArrayStride(compiler, block, i, &arrayStride);
            if (cross.TypeGetColumns(member) > 1)
                cross.CompilerTypeStructMemberMatrixStride(compiler, block, i, &matrixStride);
            members.Add(new ReflectedMember(offset, arrayStride, matrixStride));
        }
    }

    private static void Check(Cross cross, Context* context, Result result)
    {
        if (result != Result.Success)
            throw new InvalidOperationException($"SPIRV-Cross: {cross.ContextGetLastErrorString(context)}");
    }
}
