using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>Runs recorded commands on the queue's thread, one after the other.</summary>
internal sealed class Executor : IDisposable
{
    private readonly byte[] _frame = new byte[ArgumentFrame.Size];
    private readonly RegionRange _pushConstants;
    private readonly Worker _worker;
    private readonly WorkerPool _pool;
    private RegionRange _nullTable;

    public Executor(DeviceObject device)
    {
        Device = device;
        _pushConstants = device.Memory.AllocateInternal(KernelAbi.MaxPushConstantBytes);
        _worker = new Worker(device);
        _pool = new WorkerPool(device, Settings.Threads - 1);
    }

    public DeviceObject Device { get; }

    public void Run(List<Command> commands)
    {
        foreach (var command in commands)
        {
            if (Device.IsOver)
                break;
            command.Run(this);
        }
    }

    /// <summary>Runs a dispatch to its end. A trap loses the device.</summary>
    public void Dispatch(BoundState state, (uint X, uint Y, uint Z) baseGroup, (uint X, uint Y, uint Z) groups)
    {
        if (groups.X == 0 || groups.Y == 0 || groups.Z == 0)
            return;
        TrapHandler.EnsureInstalled();
        BuildFrame(state, baseGroup, groups);
        var pipeline = state.Pipeline;
        using var deadline = new Deadline(Device.DispatchLimit);
        var job = new DispatchJob(pipeline.Code, pipeline.Kernel.ScratchBytes, _frame, groups, _pool.Helpers + 1, deadline);
        Device.RunningDeadline = deadline;
        try
        {
            _pool.Run(job, _worker);
        }
        finally
        {
            Device.RunningDeadline = null;
        }

        if (job.Failure is { } exit && !Device.IsClosing)
            Device.MarkLost(FaultReport.Of(exit, state, Device));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _worker.Dispose();
        Device.Memory.FreeInternal(_pushConstants);
        if (_nullTable.Bytes > 0)
            Device.Memory.FreeInternal(_nullTable);
    }

    private void BuildFrame(BoundState state, (uint X, uint Y, uint Z) baseGroup, (uint X, uint Y, uint Z) groups)
    {
        var frame = _frame.AsSpan();
        frame.Clear();
        WriteTriple(frame[ArgumentFrame.NumWorkgroups..], groups);
        WriteTriple(frame[ArgumentFrame.BaseWorkgroup..], baseGroup);
        state.PushConstants.CopyTo(Device.Region.Span(_pushConstants.Offset, KernelAbi.MaxPushConstantBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(frame[ArgumentFrame.PushConstantOffset..], _pushConstants.Offset);

        var layout = state.Pipeline.Layout;
        for (int i = 0; i < layout.SetLayouts.Length; i++)
        {
            if (layout.SetLayouts[i] is not { ElementCount: > 0 } expected)
                continue;
            var set = state.Sets[i];
            bool fits = set is { IsFreed: false } && set.Layout.ElementCount >= expected.ElementCount;
            BinaryPrimitives.WriteUInt64LittleEndian(frame[(ArgumentFrame.DescriptorSetOffsets + (i * 8))..],
                fits ? set!.Table.Offset : NullTable(expected.TableBytes));
            if (fits)
                WriteDynamic(frame, expected, set!, state.DynamicOffsets[i], layout.DynamicBases[i]);
        }
    }

    private static void WriteDynamic(Span<byte> frame, DescriptorSetLayoutObject layout, DescriptorSetObject set,
        uint[]? offsets, int first)
    {
        foreach (ref readonly var binding in layout.Bindings.AsSpan())
        {
            for (int i = 0; binding.IsDynamic && i < binding.Count; i++)
            {
                int index = binding.FirstDynamic + i;
                uint offset = offsets is not null && index < offsets.Length ? offsets[index] : 0;
                DescriptorSetObject.Store(
                    frame[(ArgumentFrame.DynamicDescriptors + ((first + index) * BufferDescriptor.Size))..],
                    set.ResolveDynamic(binding.FirstElement + i, offset));
            }
        }
    }

    /// <summary>A table of null descriptors, for a set that is not bound.</summary>
    private ulong NullTable(ulong bytes)
    {
        if (_nullTable.Bytes < bytes)
        {
            if (_nullTable.Bytes > 0)
                Device.Memory.FreeInternal(_nullTable);
            _nullTable = Device.Memory.AllocateInternal(bytes);
        }

        return _nullTable.Offset;
    }

    private static void WriteTriple(Span<byte> target, (uint X, uint Y, uint Z) value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, value.X);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], value.Y);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], value.Z);
    }
}
