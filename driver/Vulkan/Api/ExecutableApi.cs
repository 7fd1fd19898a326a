using System.Runtime.InteropServices;
using System.Text;
using ShaderJit.Compiler.X64;
using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Handles;
using ShaderJit.Vulkan.Objects;

namespace ShaderJit.Vulkan.Api;

/// <summary>VK_KHR_pipeline_executable_properties: what became of a shader. A pipeline is one kernel.</summary>
internal static unsafe class ExecutableApi
{
    [UnmanagedCallersOnly]
    public static Result GetPipelineExecutablePropertiesKHR(Device device, PipelineInfoKHR* info, uint* count,
        PipelineExecutablePropertiesKHR* properties)
    {
        try
        {
            var pipeline = Entry.Get<PipelineObject>(Entry.Get(device), info->Pipeline.Handle);
            if (properties != null && *count > 0)
            {
                properties->Stages = ShaderStageFlags.ComputeBit;
                properties->SubgroupSize = (uint)pipeline.Kernel.LaneCount;
                DeviceIdentity.WriteText(new Span<byte>(properties->Name, 256), "kernel");
                DeviceIdentity.WriteText(new Span<byte>(properties->Description, 256),
                    $"machine code for {pipeline.Kernel.LaneCount} lanes");
            }

            return One(count, properties != null);
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result GetPipelineExecutableStatisticsKHR(Device device, PipelineExecutableInfoKHR* info, uint* count,
        PipelineExecutableStatisticKHR* statistics)
    {
        try
        {
            var kernel = Find(device, info).Kernel;
            var code = Disassembly.Of(kernel);
            ReadOnlySpan<(string Name, string Description, int Value)> all =
            [
                ("Code bytes", "Bytes of machine code", kernel.CodeBytes),
                ("Constant bytes", "Bytes of code and constants, less those of the code", kernel.Image.Length - kernel.CodeBytes),
                ("Instructions", "Machine instructions", code.Instructions),
                ("Memory accesses", "Instructions that access the device's memory", code.MemoryAccesses),
                ("Frame accesses", "Instructions that access the stack: values that found no register", code.FrameAccesses),
                ("Scratch bytes", "Memory of each worker: shared memory, arrays, what subgroups keep across barriers", kernel.ScratchBytes),
                ("Lanes", "Invocations that one instruction serves", kernel.LaneCount),
            ];
            if (statistics == null)
            {
                *count = (uint)all.Length;
                return Result.Success;
            }

            int room = (int)Math.Min(*count, (uint)all.Length);
            for (int i = 0; i < room; i++)
            {
                DeviceIdentity.WriteText(new Span<byte>(statistics[i].Name, 256), all[i].Name);
                DeviceIdentity.WriteText(new Span<byte>(statistics[i].Description, 256), all[i].Description);
                statistics[i].Format = PipelineExecutableStatisticFormatKHR.Uint64Khr;
                statistics[i].Value.U64 = (ulong)all[i].Value;
            }

            *count = (uint)room;
            return room < all.Length ? Result.Incomplete : Result.Success;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    [UnmanagedCallersOnly]
    public static Result GetPipelineExecutableInternalRepresentationsKHR(Device device, PipelineExecutableInfoKHR* info,
        uint* count, PipelineExecutableInternalRepresentationKHR* representations)
    {
        try
        {
            var pipeline = Find(device, info);
            var all = pipeline.Representations;
            int total = all.Count + 1;
            if (representations == null)
            {
                *count = (uint)total;
                return Result.Success;
            }

            int room = (int)Math.Min(*count, (uint)total);
            bool complete = room == total;
            for (int i = 0; i < room; i++)
            {
                complete &= i < all.Count
                    ? Write(ref representations[i], all[i].Name, all[i].Description, all[i].Text)
                    : Write(ref representations[i], "Assembly", "Machine code, Intel syntax", Disassembly.Of(pipeline.Kernel).Text);
            }

            *count = (uint)room;
            return complete ? Result.Success : Result.Incomplete;
        }
        catch (Exception e)
        {
            return Entry.Fail(device, e);
        }
    }

    private static PipelineObject Find(Device device, PipelineExecutableInfoKHR* info)
    {
        if (info->ExecutableIndex != 0)
            throw new VulkanException(Result.ErrorUnknown, "VUID-VkPipelineExecutableInfoKHR-executableIndex-03275: a pipeline is one executable");
        return Entry.Get<PipelineObject>(Entry.Get(device), info->Pipeline.Handle);
    }

    private static Result One(uint* count, bool isFilled)
    {
        bool incomplete = isFilled && *count == 0;
        *count = incomplete ? 0u : 1;
        return incomplete ? Result.Incomplete : Result.Success;
    }

    /// <summary>Writes a text, or its size where there is no room given; false where it had to be cut.</summary>
    private static bool Write(ref PipelineExecutableInternalRepresentationKHR target, string name, string description, string text)
    {
        fixed (byte* nameBytes = target.Name, descriptionBytes = target.Description)
        {
            DeviceIdentity.WriteText(new Span<byte>(nameBytes, 256), name);
            DeviceIdentity.WriteText(new Span<byte>(descriptionBytes, 256), description);
        }

        target.IsText = true;
        nuint needed = (nuint)Encoding.UTF8.GetByteCount(text) + 1;
        if (target.PData == null)
        {
            target.DataSize = needed;
            return true;
        }

        nuint room = target.DataSize;
        if (room > 0)
            DeviceIdentity.WriteText(new Span<byte>(target.PData, (int)Math.Min(room, needed)), text);
        target.DataSize = Math.Min(room, needed);
        return room >= needed;
    }
}
