using ShaderJit.Compiler;
using ShaderJit.Sandbox;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Execution;
using ShaderJit.Vulkan.Images;
using ShaderJit.Vulkan.Memory;

namespace ShaderJit.Vulkan.Objects;

/// <summary>VkDevice: a region of its own, its memory, its queue. Nothing of it is shared with another device.</summary>
internal sealed class DeviceObject
{
    private bool _storesBlocks;
    private FaultReport? _fault;
    private volatile bool _closing;
    private Deadline? _runningDeadline;

    public DeviceObject(PhysicalDeviceObject physical, HashSet<string> extensions, TimeSpan dispatchLimit,
        OutOfBoundsMode outOfBounds, int laneCount)
    {
        Physical = physical;
        Extensions = extensions;
        DispatchLimit = dispatchLimit;
        OutOfBounds = outOfBounds;
        LaneCount = laneCount;
        Region = new Region(physical.RegionBits);
        Memory = new DeviceHeap(Region, physical.HeapBytes);
        Records = new RecordStore(this);
        Queue = new QueueObject(this);
        Progress = new Progress(Queue);
    }

    public PhysicalDeviceObject Physical { get; }

    public HashSet<string> Extensions { get; }

    public Region Region { get; }

    public DeviceHeap Memory { get; }

    /// <summary>The records of image views, buffer views and samplers that kernels read.</summary>
    public RecordStore Records { get; }

    public QueueObject Queue { get; }

    /// <summary>The handle of <see cref="Queue"/>.</summary>
    public Queue QueueHandle { get; set; }

    public BufferRegistry Buffers { get; } = new();

    public Progress Progress { get; }

    public string? DebugName { get; set; }

    /// <summary>How long one dispatch may take; infinite for no limit.</summary>
    public TimeSpan DispatchLimit { get; }

    public OutOfBoundsMode OutOfBounds { get; }

    /// <summary>Whether each component of a buffer access is checked for itself (robustBufferAccess2).</summary>
    public required bool ChecksScalars { get; init; }

    /// <summary>Lanes of a subgroup.</summary>
    public int LaneCount { get; }

    public TargetFeatures Target => new(LaneCount, Region.Bits);

    public bool IsLost => Volatile.Read(ref _fault) is not null;

    /// <summary>Why the device was lost, or null.</summary>
    public FaultReport? Fault => Volatile.Read(ref _fault);

    /// <summary>True once vkDestroyDevice has begun.</summary>
    public bool IsClosing => _closing;

    /// <summary>True when nothing that was submitted makes progress any more, so that no wait may go on.</summary>
    public bool IsOver => IsLost || _closing;

    /// <summary>True once the device has a compressed image whose blocks kernels may store.</summary>
    public bool StoresBlocks
    {
        get => Volatile.Read(ref _storesBlocks);
        set => Volatile.Write(ref _storesBlocks, value);
    }

    /// <summary>What the dispatch that runs now stands under; vkDestroyDevice stops it.</summary>
    public Deadline? RunningDeadline
    {
        get => Volatile.Read(ref _runningDeadline);
        set
        {
            // Announced first, then looked: Destroy sets the flag first, then looks for the announcement.
            Interlocked.Exchange(ref _runningDeadline, value);
            if (_closing)
                value?.Stop();
        }
    }

    /// <summary>Vulkan's "Lost Device": for good, and for this device only. The first report stays.</summary>
    public void MarkLost(FaultReport report)
    {
        if (Interlocked.CompareExchange(ref _fault, report, null) is not null)
            return;
        string name = DebugName is { } given ? $"device \"{given}\"" : "the device";
        Report(DebugUtilsMessageSeverityFlagsEXT.ErrorBitExt, $"{name} is lost: {report.Description}");
        Progress.Notify();
    }

    /// <summary>Tells the application (debug messengers) and the log.</summary>
    public void Report(DebugUtilsMessageSeverityFlagsEXT severity, string message) =>
        Physical.Instance.Report(severity, message);

    public void ThrowIfLost()
    {
        if (Fault is { } fault)
            throw new VulkanException(Result.ErrorDeviceLost, fault.Description);
    }

    public void Destroy()
    {
        _closing = true;
        Interlocked.MemoryBarrier();
        RunningDeadline?.Stop();
        Progress.Notify();
        Queue.Close();
        Memory.Close();
        Region.Dispose();
    }
}
