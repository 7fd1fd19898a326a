using System.Runtime.InteropServices;
using ShaderJit.Compiler.Spirv;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz.Peer;

/// <summary>A dispatch that another driver is asked to run.</summary>
internal sealed record PeerRequest(uint[] Words, (uint X, uint Y, uint Z) Groups, byte[] Push, IReadOnlyList<BoundBuffer> Buffers,
    IReadOnlyList<ImageMemory> Images)
{
    public void Write(BinaryWriter to)
    {
        PeerMessage.WriteBytes(to, MemoryMarshal.AsBytes(Words.AsSpan()));
        to.Write(Groups.X);
        to.Write(Groups.Y);
        to.Write(Groups.Z);
        PeerMessage.WriteBytes(to, Push);
        PeerMessage.WriteBuffers(to, Buffers);
        PeerMessage.WriteImages(to, Images);
        to.Flush();
    }

    public static PeerRequest Read(BinaryReader from)
    {
        uint[] words = MemoryMarshal.Cast<byte, uint>(PeerMessage.ReadBytes(from)).ToArray();
        var groups = (from.ReadUInt32(), from.ReadUInt32(), from.ReadUInt32());
        return new PeerRequest(words, groups, PeerMessage.ReadBytes(from), PeerMessage.ReadBuffers(from), PeerMessage.ReadImages(from));
    }
}

/// <summary>What the other driver made of it.</summary>
/// <param name="Refusal">Why it did not run; empty when it did.</param>
internal sealed record PeerReply(string Refusal, IReadOnlyList<BoundBuffer> Buffers)
{
    public void Write(BinaryWriter to)
    {
        to.Write(Refusal);
        PeerMessage.WriteBuffers(to, Buffers);
        to.Flush();
    }

    public static PeerReply Read(BinaryReader from) => new(from.ReadString(), PeerMessage.ReadBuffers(from));
}

/// <summary>How both are written to a pipe.</summary>
internal static class PeerMessage
{
    public static void WriteBytes(BinaryWriter to, ReadOnlySpan<byte> bytes)
    {
        to.Write(bytes.Length);
        to.Write(bytes);
    }

    public static byte[] ReadBytes(BinaryReader from)
    {
        int length = from.ReadInt32();
        byte[] bytes = from.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }

    public static void WriteImages(BinaryWriter to, IReadOnlyList<ImageMemory> images)
    {
        to.Write(images.Count);
        foreach (var image in images)
        {
            foreach (int part in (int[])[image.Set, image.Binding, image.Buffer, (int)image.Format, image.Width, image.Height])
                to.Write(part);
            to.Write(image.IsStorage);
        }
    }

    public static List<ImageMemory> ReadImages(BinaryReader from)
    {
        var images = new List<ImageMemory>();
        for (int count = from.ReadInt32(); count > 0; count--)
        {
            images.Add(new ImageMemory(from.ReadInt32(), from.ReadInt32(), from.ReadInt32(), (ImageFormat)from.ReadInt32(), from.ReadInt32(),
                from.ReadInt32(), from.ReadBoolean()));
        }

        return images;
    }

    public static void WriteBuffers(BinaryWriter to, IReadOnlyList<BoundBuffer> buffers)
    {
        to.Write(buffers.Count);
        foreach (var buffer in buffers)
        {
            to.Write(buffer.Set);
            to.Write(buffer.Binding);
            to.Write(buffer.Element);
            WriteBytes(to, buffer.Bytes);
        }
    }

    public static List<BoundBuffer> ReadBuffers(BinaryReader from)
    {
        var buffers = new List<BoundBuffer>();
        for (int count = from.ReadInt32(); count > 0; count--)
        {
            int set = from.ReadInt32(), binding = from.ReadInt32(), element = from.ReadInt32();
            buffers.Add(new BoundBuffer(set, binding, ReadBytes(from), element));
        }

        return buffers;
    }
}
