using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>Why a device was lost, as VK_EXT_device_fault and the log tell it.</summary>
internal sealed class FaultReport
{
    /// <summary>Bytes behind a buffer's end within which an address is still said to be "behind" it.</summary>
    private const ulong NearBuffer = 1 << 20;

    /// <summary>One sentence.</summary>
    public required string Description { get; init; }

    public TrapCode Code { get; init; } = TrapCode.MachineFault;

    /// <summary>The device address (region offset) that was aimed at, where there is one.</summary>
    public ulong? Address { get; init; }

    public bool IsWrite { get; init; }

    /// <summary>Offset in the kernel's code, or -1.</summary>
    public int CodeOffset { get; init; } = -1;

    /// <summary>Word offset in the module of the SPIR-V instruction, or -1.</summary>
    public int SpirvOffset { get; init; } = -1;

    /// <summary>An error inside the driver.</summary>
    public static FaultReport Internal(Exception e) =>
        new() { Description = e is VulkanException ? e.Message : $"internal error: {e}" };

    /// <summary>The report of a kernel that trapped.</summary>
    public static FaultReport Of(KernelExit exit, BoundState state, DeviceObject device)
    {
        var pipeline = state.Pipeline;
        int spirv = SpirvOffsetOf(exit, pipeline);
        var target = exit.Code == TrapCode.OutOfBounds ? BufferTarget.Find(exit.Position.TrapAddress, state) : null;
        bool isWrite = exit.IsWrite || (exit.Code == TrapCode.OutOfBounds && spirv >= 0 && pipeline.IsStore(spirv));
        ulong? address = target is not null ? target.Address
            : exit.Place is FaultPlace.Region or FaultPlace.Guard ? (ulong)exit.RegionOffset : null;

        var text = new StringBuilder(256);
        text.Append(exit.Code switch
        {
            TrapCode.OutOfBounds => isWrite ? "out-of-bounds store" : "out-of-bounds load",
            TrapCode.DivergentBarrier => "OpControlBarrier in divergent control flow",
            TrapCode.Unreachable => "OpUnreachable was reached",
            TrapCode.DivisionByZero => "integer division by zero",
            TrapCode.MemoryFault => exit.IsWrite ? "store to memory that is not there" : "load from memory that is not there",
            TrapCode.MachineFault => $"machine fault (signal {exit.Signal})",
            TrapCode.Preempted => $"stopped after the limit of {device.DispatchLimit.TotalMilliseconds:0} ms for one dispatch",
            TrapCode.Finished => "finished",
            _ => exit.Code.ToString(),
        });
        if (target is not null)
        {
            text.Append($" at device address 0x{target.Address:x}, byte {target.Offset} of {target.Range} of ");
            text.Append(target.Buffer.DebugName is { } given ? $"buffer \"{given}\"" : "a buffer");
            text.Append($" at set {target.Set} binding {target.Binding}");
        }
        else if (address is { } at)
        {
            text.Append($" at device address 0x{at:x}");
            if (device.Buffers.Find(at, NearBuffer) is { } buffer)
            {
                string name = buffer.DebugName is { } given ? $"buffer \"{given}\"" : "a buffer";
                ulong offset = at - buffer.RegionOffset;
                text.Append(offset < buffer.Size
                    ? $", byte {offset} of {name} of {buffer.Size} bytes"
                    : $", {offset - buffer.Size} bytes behind {name} of {buffer.Size} bytes");
            }
        }

        if (spirv >= 0)
            text.Append($", in {pipeline.InstructionName(spirv)} at SPIR-V word {spirv}");
        if (spirv >= 0 && pipeline.LineOf(spirv) is { } line)
            text.Append($", {line.File}:{line.Line}");
        var position = exit.Position;
        text.Append($", workgroup ({position.WorkgroupX}, {position.WorkgroupY}, {position.WorkgroupZ})");
        AppendInvocation(text, position, pipeline.Kernel);
        if (pipeline.DebugName is { } pipelineName)
            text.Append($", pipeline \"{pipelineName}\"");

        return new FaultReport
        {
            Description = text.ToString(),
            Code = exit.Code,
            Address = address,
            IsWrite = isWrite,
            CodeOffset = exit.CodeOffset,
            SpirvOffset = spirv,
        };
    }

    private static int SpirvOffsetOf(KernelExit exit, PipelineObject pipeline)
    {
        if (exit.Signal == 0)
        {
            return exit.Position.TrapSpirvOffset is > 0 and var offset && offset < (uint)pipeline.Words.Length
                ? (int)offset
                : -1;
        }

        int found = -1;
        foreach (var entry in pipeline.Kernel.PcMap)
        {
            if (entry.CodeOffset > exit.CodeOffset)
                break;
            found = entry.SpirvOffset;
        }

        return found > 0 && found < pipeline.Words.Length ? found : -1;
    }

    /// <summary>The invocation where the kernel said which lane it was, else the range of its subgroup.</summary>
    private static void AppendInvocation(StringBuilder text, KernelPosition position, CompiledKernel kernel)
    {
        var (sizeX, sizeY, sizeZ) = kernel.LocalSize;
        ulong size = (ulong)sizeX * sizeY * sizeZ;
        ulong first = (ulong)position.Subgroup * (ulong)kernel.LaneCount;
        if (first >= size)
            return;
        if (position.TrapLanes == 0)
        {
            text.Append($", invocations {first} to {Math.Min(first + (ulong)kernel.LaneCount, size) - 1}");
            return;
        }

        ulong index = first + (ulong)System.Numerics.BitOperations.TrailingZeroCount(position.TrapLanes);
        text.Append($", invocation ({index % sizeX}, {index / sizeX % sizeY}, {index / sizeX / sizeY})");
    }
}
