namespace ShaderJit.Abi;

/// <summary>
/// Byte offsets, from r14, of what a kernel is told. The frame is host memory that the kernel can only load from;
/// every address in it is an offset into the region, so it is data to the sandbox.
/// </summary>
public static class ArgumentFrame
{
    /// <summary><c>u32[3]</c>: <c>gl_NumWorkGroups</c>.</summary>
    public const int NumWorkgroups = 0;

    /// <summary><c>u32</c>: workgroups that this entry runs; at least 1.</summary>
    public const int WorkgroupCount = 12;

    /// <summary><c>u32[3]</c>: base added to the workgroup id (<c>vkCmdDispatchBase</c>).</summary>
    public const int BaseWorkgroup = 16;

    /// <summary><c>u32[3]</c>: id, without the base, of the first workgroup of this entry.</summary>
    public const int FirstWorkgroup = 32;

    /// <summary><c>u64</c>: region offset of this worker's scratch memory, 64-byte aligned, <c>ScratchBytes</c> long.</summary>
    public const int ScratchOffset = 48;

    /// <summary><c>u64</c>: region offset of this dispatch's push constants, 64-byte aligned.</summary>
    public const int PushConstantOffset = 56;

    /// <summary><c>u64[MaxDescriptorSets]</c>: region offset of each bound descriptor set's table.</summary>
    public const int DescriptorSetOffsets = 64;

    /// <summary><c>BufferDescriptor[MaxDynamicDescriptors]</c>: the dynamic buffers, dynamic offset applied.</summary>
    public const int DynamicDescriptors = 128;

    /// <summary><c>BufferDescriptor</c>: the <see cref="PrintBuffer"/>; null where nobody listens. It follows the dynamic buffers,
    /// so it can be named like one of them.</summary>
    public const int PrintDescriptor = DynamicDescriptors + KernelAbi.MaxDynamicDescriptors * BufferDescriptor.Size;

    /// <summary>Bytes of the frame.</summary>
    public const int Size = PrintDescriptor + BufferDescriptor.Size;
}

/// <summary>A buffer descriptor as it stands in a descriptor set's table in the region.</summary>
/// <param name="Offset">Region offset of the first byte.</param>
/// <param name="Range">Bytes that may be accessed; below 2^31. 0 is a null descriptor.</param>
public readonly record struct BufferDescriptor(ulong Offset, uint Range)
{
    /// <summary>Bytes of a descriptor: u64 offset, u32 range, u32 zero.</summary>
    public const int Size = 16;

    /// <summary>Byte offsets of the fields.</summary>
    public const int OffsetField = 0, RangeField = 8;
}

/// <summary>
/// Byte offsets, from rsp, of what a kernel writes about where it is. Read by the fault report only, as a hint:
/// nothing relies on it.
/// </summary>
public static class DiagnosticBlock
{
    /// <summary><c>u32[3]</c>: the workgroup being run, base included.</summary>
    public const int Workgroup = 0;

    /// <summary><c>u32</c>: the subgroup being run within the workgroup.</summary>
    public const int Subgroup = 12;

    /// <summary><c>u32</c>: on a trap raised by the kernel itself, the lanes concerned, one bit each.</summary>
    public const int TrapLanes = 16;

    /// <summary><c>u32</c>: on a trap raised by the kernel itself, the SPIR-V word offset of the instruction.</summary>
    public const int TrapSpirvOffset = 20;

    /// <summary><c>u64</c>: on <see cref="TrapCode.OutOfBounds"/>, the <see cref="BufferLocation"/> aimed at.</summary>
    public const int TrapAddress = 24;
}
