using System.Runtime.InteropServices;

namespace ShaderJit.SpirvCross;

/// <summary>
/// SPIRV-Cross through its C library (Debian: libspirv-cross-c-shared0), under the names of Silk.NET.SPIRV.Cross. Methods that
/// return a <see cref="Result"/> leave the reason with the context (<see cref="ContextGetLastErrorString"/>).
/// </summary>
public sealed unsafe class Cross
{
    private const string LibraryName = "libspirv-cross-c-shared.so.0";

    private readonly nint _library;

    private Cross(nint library) => _library = library;

    /// <summary>The library, or null where it is not installed.</summary>
    public static Cross? GetApi() => NativeLibrary.TryLoad(LibraryName, out nint library) ? new Cross(library) : null;

    public Result ContextCreate(Context** context) =>
        ((delegate* unmanaged<Context**, Result>)Find("spvc_context_create"))(context);

    public void ContextDestroy(Context* context) =>
        ((delegate* unmanaged<Context*, void>)Find("spvc_context_destroy"))(context);

    public string ContextGetLastErrorString(Context* context) =>
        Text(((delegate* unmanaged<Context*, byte*>)Find("spvc_context_get_last_error_string"))(context));

    public Result ContextParseSpirv(Context* context, uint* spirv, nuint wordCount, ParsedIr** parsed) =>
        ((delegate* unmanaged<Context*, uint*, nuint, ParsedIr**, Result>)Find("spvc_context_parse_spirv"))(context, spirv, wordCount, parsed);

    public Result ContextCreateCompiler(Context* context, Backend backend, ParsedIr* parsed, CaptureMode mode, Compiler** compiler) =>
        ((delegate* unmanaged<Context*, Backend, ParsedIr*, CaptureMode, Compiler**, Result>)Find("spvc_context_create_compiler"))(
            context, backend, parsed, mode, compiler);

    public Result CompilerCreateCompilerOptions(Compiler* compiler, CompilerOptions** options) =>
        ((delegate* unmanaged<Compiler*, CompilerOptions**, Result>)Find("spvc_compiler_create_compiler_options"))(compiler, options);

    public Result CompilerOptionsSetUint(CompilerOptions* options, CompilerOption option, uint value) =>
        ((delegate* unmanaged<CompilerOptions*, CompilerOption, uint, Result>)Find("spvc_compiler_options_set_uint"))(options, option, value);

    public Result CompilerOptionsSetBool(CompilerOptions* options, CompilerOption option, byte value) =>
        ((delegate* unmanaged<CompilerOptions*, CompilerOption, byte, Result>)Find("spvc_compiler_options_set_bool"))(options, option, value);

    public Result CompilerInstallCompilerOptions(Compiler* compiler, CompilerOptions* options) =>
        ((delegate* unmanaged<Compiler*, CompilerOptions*, Result>)Find("spvc_compiler_install_compiler_options"))(compiler, options);

    public Result CompilerCompile(Compiler* compiler, byte** source) =>
        ((delegate* unmanaged<Compiler*, byte**, Result>)Find("spvc_compiler_compile"))(compiler, source);

    public Result CompilerCreateShaderResources(Compiler* compiler, Resources** resources) =>
        ((delegate* unmanaged<Compiler*, Resources**, Result>)Find("spvc_compiler_create_shader_resources"))(compiler, resources);

    public Result ResourcesGetResourceListForType(Resources* resources, ResourceType type, ReflectedResource** list, nuint* count) =>
        ((delegate* unmanaged<Resources*, ResourceType, ReflectedResource**, nuint*, Result>)Find("spvc_resources_get_resource_list_for_type"))(
            resources, type, list, count);

    public uint CompilerGetDecoration(Compiler* compiler, uint id, Decoration decoration) =>
        ((delegate* unmanaged<Compiler*, uint, Decoration, uint>)Find("spvc_compiler_get_decoration"))(compiler, id, decoration);

    public uint CompilerGetExecutionModeArgumentByIndex(Compiler* compiler, ExecutionMode mode, uint index) =>
        ((delegate* unmanaged<Compiler*, ExecutionMode, uint, uint>)Find("spvc_compiler_get_execution_mode_argument_by_index"))(compiler, mode, index);

    public uint CompilerGetWorkGroupSizeSpecializationConstants(Compiler* compiler, SpecializationConstant* x, SpecializationConstant* y,
        SpecializationConstant* z) =>
        ((delegate* unmanaged<Compiler*, SpecializationConstant*, SpecializationConstant*, SpecializationConstant*, uint>)
            Find("spvc_compiler_get_work_group_size_specialization_constants"))(compiler, x, y, z);

    public Result CompilerGetSpecializationConstants(Compiler* compiler, SpecializationConstant** constants, nuint* count) =>
        ((delegate* unmanaged<Compiler*, SpecializationConstant**, nuint*, Result>)Find("spvc_compiler_get_specialization_constants"))(
            compiler, constants, count);

    public CrossType* CompilerGetTypeHandle(Compiler* compiler, uint id) =>
        ((delegate* unmanaged<Compiler*, uint, CrossType*>)Find("spvc_compiler_get_type_handle"))(compiler, id);

    public Result CompilerGetDeclaredStructSize(Compiler* compiler, CrossType* type, nuint* size) =>
        ((delegate* unmanaged<Compiler*, CrossType*, nuint*, Result>)Find("spvc_compiler_get_declared_struct_size"))(compiler, type, size);

    public Result CompilerTypeStructMemberOffset(Compiler* compiler, CrossType* type, uint index, uint* offset) =>
        ((delegate* unmanaged<Compiler*, CrossType*, uint, uint*, Result>)Find("spvc_compiler_type_struct_member_offset"))(compiler, type, index, offset);

    public Result CompilerTypeStructMemberArrayStride(Compiler* compiler, CrossType* type, uint index, uint* stride) =>
        ((delegate* unmanaged<Compiler*, CrossType*, uint, uint*, Result>)Find("spvc_compiler_type_struct_member_array_stride"))(compiler, type, index, stride);

    public Result CompilerTypeStructMemberMatrixStride(Compiler* compiler, CrossType* type, uint index, uint* stride) =>
        ((delegate* unmanaged<Compiler*, CrossType*, uint, uint*, Result>)Find("spvc_compiler_type_struct_member_matrix_stride"))(compiler, type, index, stride);

    public uint TypeGetNumMemberTypes(CrossType* type) =>
        ((delegate* unmanaged<CrossType*, uint>)Find("spvc_type_get_num_member_types"))(type);

    public uint TypeGetMemberType(CrossType* type, uint index) =>
        ((delegate* unmanaged<CrossType*, uint, uint>)Find("spvc_type_get_member_type"))(type, index);

    public uint TypeGetNumArrayDimensions(CrossType* type) =>
        ((delegate* unmanaged<CrossType*, uint>)Find("spvc_type_get_num_array_dimensions"))(type);

    public byte TypeArrayDimensionIsLiteral(CrossType* type, uint dimension) =>
        ((delegate* unmanaged<CrossType*, uint, byte>)Find("spvc_type_array_dimension_is_literal"))(type, dimension);

    public uint TypeGetArrayDimension(CrossType* type, uint dimension) =>
        ((delegate* unmanaged<CrossType*, uint, uint>)Find("spvc_type_get_array_dimension"))(type, dimension);

    public uint TypeGetColumns(CrossType* type) =>
        ((delegate* unmanaged<CrossType*, uint>)Find("spvc_type_get_columns"))(type);

    private nint Find(string name) => NativeLibrary.GetExport(_library, name);

    internal static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
