using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>A thread's means to run kernels: its kernel context and its scratch memory in the region.</summary>
/// <remarks>Used from the one thread that made it.</remarks>
internal sealed class Worker(DeviceObject device) : IDisposable
{
    /// <summary>Bytes of mapped memory in front of scratch memory and behind it. Between what two workers write all the time: caches
    /// fetch ahead within a page, and would take lines from the other processor just as it writes them. And next to workgroup
    /// memory: a masked load that begins in front of it, as that of a left neighbour does, takes a hundred times as long where
    /// the lanes that it leaves out have no page.</summary>
    private const ulong Margin = 4096;

    private readonly KernelThread _thread = new();

    /// <summary>With its margins.</summary>
    private RegionRange _memory;
    private int _scratchBytes;

    private ulong Scratch => _memory.Bytes > 0 ? _memory.Offset + Margin : 0;

    /// <summary>Runs chunks of a dispatch until there are none left or a kernel traps.</summary>
    /// <param name="most">Workgroups after which to stop.</param>
    /// <returns>Workgroups that it ran.</returns>
    public ulong Run(DispatchJob job, ulong most = ulong.MaxValue)
    {
        if (job.ScratchBytes > _scratchBytes)
            GrowScratch(job.ScratchBytes);
        var frame = _thread.ArgumentFrame;
        job.Frame.CopyTo(frame);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[ArgumentFrame.ScratchOffset..], Scratch);
        ulong done = 0;
        while (done < most && job.TryTake(most - done, out ulong first, out uint count))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame[ArgumentFrame.WorkgroupCount..], count);
            job.WriteFirstWorkgroup(frame[ArgumentFrame.FirstWorkgroup..], first);
            var exit = _thread.Run(job.Code, device.Region, job.Deadline);
            if (exit.Code != TrapCode.Finished)
            {
                job.Fail(exit);
                return done;
            }

            done += count;
        }

        return done;
    }

    public void Dispose()
    {
        _thread.Dispose();
        if (_memory.Bytes > 0)
            device.Memory.FreeInternal(_memory);
    }

    private void GrowScratch(int bytes)
    {
        var larger = device.Memory.AllocateInternal((ulong)bytes + (2 * Margin));
        // A page that was never touched is none.
        device.Region.Span(larger.Offset, (int)Margin).Clear();
        device.Region.Span(larger.End - Margin, (int)Margin).Clear();
        if (_memory.Bytes > 0)
            device.Memory.FreeInternal(_memory);
        (_memory, _scratchBytes) = (larger, bytes);
    }
}
