using ShaderJit.Vulkan.Bindings;
using ShaderJit.Vulkan.Objects;
using ShaderJit.Vulkan.Recording;

namespace ShaderJit.Vulkan.Api;

/// <summary>What vkCmdCopy*, vkCmdBlit* and vkCmdResolve* share with their extensible forms: a command for each region.</summary>
internal static unsafe class CopyRecording
{
    /// <summary>Records regions of a command from one object to another.</summary>
    /// <param name="add">Adds the commands of one region.</param>
    public static void Record<TFrom, TTo, TRegion>(CommandBuffer buffer, ulong source, ulong destination, uint count, TRegion* regions,
        delegate*<List<Command>, TFrom, TTo, in TRegion, void> add)
        where TFrom : DeviceChild
        where TTo : DeviceChild
        where TRegion : unmanaged
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<TFrom>(target.Device, source);
            var to = Entry.Get<TTo>(target.Device, destination);
            for (uint i = 0; i < count; i++)
                add(target.Recorder!.Commands, from, to, in regions[i]);
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    /// <summary>The same for blits, which have a filter.</summary>
    /// <param name="plain">The region without what extends it.</param>
    public static void RecordBlit<TRegion>(CommandBuffer buffer, Image source, Image destination, uint count, TRegion* regions,
        Filter filter, delegate*<in TRegion, ImageBlit> plain)
        where TRegion : unmanaged
    {
        try
        {
            var target = CommandApi.Recording(buffer);
            var from = Entry.Get<ImageObject>(target.Device, source.Handle);
            var to = Entry.Get<ImageObject>(target.Device, destination.Handle);
            for (uint i = 0; i < count; i++)
                ImageRecording.Blit(target.Recorder!.Commands, from, to, plain(in regions[i]), filter);
        }
        catch (Exception e)
        {
            CommandApi.Reject(buffer, e);
        }
    }

    public static void Add(List<Command> commands, BufferObject from, BufferObject to, in BufferCopy region) =>
        commands.Add(new CopyBufferCommand(CommandApi.Range(from, region.SrcOffset, region.Size),
            CommandApi.Range(to, region.DstOffset, region.Size)));

    public static void Add(List<Command> commands, BufferObject from, ImageObject to, in BufferImageCopy region) =>
        ImageRecording.CopyBuffer(commands, from, to, region, toImage: true);

    public static void Add(List<Command> commands, ImageObject from, BufferObject to, in BufferImageCopy region) =>
        ImageRecording.CopyBuffer(commands, to, from, region, toImage: false);

    public static void Add(List<Command> commands, ImageObject from, ImageObject to, in ImageCopy region) =>
        ImageRecording.CopyImage(commands, from, to, region);

    public static void Add(List<Command> commands, ImageObject from, ImageObject to, in ImageCopy2 r) =>
        Add(commands, from, to, new ImageCopy
        {
            SrcSubresource = r.SrcSubresource, SrcOffset = r.SrcOffset, DstSubresource = r.DstSubresource, DstOffset = r.DstOffset,
            Extent = r.Extent,
        });

    public static void Add(List<Command> commands, ImageObject from, ImageObject to, in ImageResolve region) =>
        commands.Add(ImageRecording.Resolve(from, to, region));
}
