using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Images;
using ShaderJit.Vulkan.Pipelines;
using ShaderJit.Vulkan.Prints;
using ShaderJit.Vulkan.Recording;
using ShaderJit.Vulkan.Memory;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Execution;

/// <summary>Runs recorded commands on the queue's thread, one after the other.</summary>
internal sealed class Executor : IDisposable
{
    private readonly DispatchJob _job = new();
    private readonly RegionRange _pushConstants;
    private readonly Worker _worker;
    private readonly WorkerPool _pool;
    private readonly RegionRange[] _nullTables = new RegionRange[KernelAbi.MaxDescriptorSets];
    private Deadline? _deadline;
    private PrintReader? _prints;
    private bool _handlersChecked;

    public Executor(DeviceObject device)
    {
        Device = device;
        _pushConstants = device.Memory.AllocateInternal(KernelAbi.MaxPushConstantBytes);
        _worker = new Worker(device);
        _pool = new WorkerPool(device, Settings.Threads - 1);
    }

    public DeviceObject Device { get; }

    /// <summary>Invocations of compute shaders that dispatches have had so far, for queries.</summary>
    public ulong Invocations { get; private set; }

    /// <summary>Dispatches are left out: the condition that vkCmdBeginConditionalRenderingEXT named does not hold.</summary>
    public bool IsDiscarding { get; set; }

    /// <inheritdoc cref="WorkerPool.WakeEarly"/>
    public bool WakeHelpers(double nanoseconds) => _pool.WakeEarly(nanoseconds);

    /// <summary>A batch of commands begins.</summary>
    public void Begin()
    {
        _handlersChecked = false;
        IsDiscarding = false;
        _pool.BeginBatch();
    }

    /// <summary>A batch has ended.</summary>
    public void End() => _pool.EndBatch();

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
        if (IsDiscarding || groups.X == 0 || groups.Y == 0 || groups.Z == 0)
            return;
        if (state.Pipeline.Formats is { } formats && !DeclaredFormats.Hold(formats, state))
            state = state.With(state.Pipeline.ForOtherFormats);
        if (state.Pipeline.Variants?.For(state) is { } variant && variant != state.Pipeline)
            state = state.With(variant);
        if (!_handlersChecked)
        {
            // Six system calls: once in a batch is what sandbox.md promises.
            TrapHandler.EnsureInstalled();
            _handlersChecked = true;
        }

        var deadline = StartDeadline();
        _job.Begin(state.Pipeline, groups, _pool.Helpers + 1, deadline);
        BuildFrame(_job.Frame, state, baseGroup, groups);
        bool prints = state.Pipeline.Prints.Count > 0 && Device.Physical.Instance.HearsPrints;
        if (prints)
            (_prints ??= new PrintReader(Device)).Begin(_job.Frame);
        Device.RunningDeadline = deadline;
        try
        {
            _pool.Run(_job, _worker, state.Pipeline);
        }
        finally
        {
            Device.RunningDeadline = null;
            deadline.Rest();
            _job.End();
        }

        var (x, y, z) = state.Pipeline.Kernel.LocalSize;
        Invocations += (ulong)groups.X * groups.Y * groups.Z * x * y * z;
        if (Device.StoresBlocks)
            StoredBlocks.Refresh(Device, state);
        if (prints)
            _prints!.Report(state.Pipeline);
        if (_job.Failure is { } exit && !Device.IsClosing)
            Device.MarkLost(FaultReport.Of(exit, state, Device));
    }

    public void Dispose()
    {
        _pool.Dispose();
        _worker.Dispose();
        _deadline?.Dispose();
        _prints?.Dispose();
        Device.Memory.FreeInternal(_pushConstants);
        foreach (var table in _nullTables)
        {
            if (table.Bytes > 0)
                Device.Memory.FreeInternal(table);
        }
    }

    private Deadline StartDeadline()
    {
        if (_deadline?.TryRestart(Device.DispatchLimit) is true)
            return _deadline;
        _deadline?.Dispose();
        return _deadline = new Deadline(Device.DispatchLimit);
    }

    private void BuildFrame(Span<byte> frame, BoundState state, (uint X, uint Y, uint Z) baseGroup,
        (uint X, uint Y, uint Z) groups)
    {
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
            bool fits = set is { IsFreed: false } && set.Layout.TableBytes >= expected.TableBytes;
            BinaryPrimitives.WriteUInt64LittleEndian(frame[(ArgumentFrame.DescriptorSetOffsets + (i * 8))..],
                fits ? set!.Table.Offset : NullTable(i, expected));
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
    private ulong NullTable(int index, DescriptorSetLayoutObject layout)
    {
        ref var table = ref _nullTables[index];
        if (table.Bytes < layout.TableBytes)
        {
            if (table.Bytes > 0)
                Device.Memory.FreeInternal(table);
            table = default;
            table = Device.Memory.AllocateInternal(layout.TableBytes);
        }

        var bytes = Device.Region.Span(table.Offset, (int)layout.TableBytes);
        bytes.Clear();
        layout.WriteNull(bytes);
        return table.Offset;
    }

    private static void WriteTriple(Span<byte> target, (uint X, uint Y, uint Z) value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, value.X);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], value.Y);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], value.Z);
    }
}
