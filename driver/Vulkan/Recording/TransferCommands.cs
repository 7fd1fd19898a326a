using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Recording;

/// <summary>A range of a buffer, checked against its size and memory when it is used.</summary>
internal readonly record struct BufferRange(BufferObject Buffer, ulong Offset, ulong Bytes)
{
    /// <summary>Calls for the bytes piece by piece, as a span holds 2^31 at most; nothing where they are not there.</summary>
    public bool IsValid => Buffer.IsResident && Offset <= Buffer.Size && Bytes <= Buffer.Size - Offset;

    public ulong RegionOffset => Buffer.RegionOffset + Offset;
}

/// <summary>vkCmdCopyBuffer, one region.</summary>
internal sealed class CopyBufferCommand(BufferRange source, BufferRange target) : Command
{
    private const ulong Piece = 1 << 30;

    public override void Run(Executor executor)
    {
        if (!source.IsValid || !target.IsValid)
            return;
        var region = executor.Device.Region;
        for (ulong done = 0; done < source.Bytes; done += Piece)
        {
            int length = (int)Math.Min(Piece, source.Bytes - done);
            region.Span(source.RegionOffset + done, length).CopyTo(region.Span(target.RegionOffset + done, length));
        }
    }
}

/// <summary>vkCmdFillBuffer.</summary>
internal sealed class FillBufferCommand(BufferRange target, uint value) : Command
{
    private const ulong Piece = 1 << 30;

    public override void Run(Executor executor)
    {
        if (!target.IsValid)
            return;
        for (ulong done = 0; done < target.Bytes; done += Piece)
        {
            int length = (int)Math.Min(Piece, target.Bytes - done);
            MemoryMarshal.Cast<byte, uint>(executor.Device.Region.Span(target.RegionOffset + done, length)).Fill(value);
        }
    }
}

/// <summary>vkCmdUpdateBuffer.</summary>
internal sealed class UpdateBufferCommand(BufferRange target, byte[] data) : Command
{
    public override void Run(Executor executor)
    {
        if (target.IsValid)
            data.CopyTo(executor.Device.Region.Span(target.RegionOffset, data.Length));
    }
}
