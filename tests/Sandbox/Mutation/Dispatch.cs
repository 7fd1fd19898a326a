using System.Buffers.Binary;
using ShaderJit.Abi;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>
/// The memory and the arguments of a dispatch, laid out in a region as the driver does it, so that compiled kernels and
/// their mutants do what they were made for: eight storage buffers, push constants, scratch.
/// </summary>
internal static class Dispatch
{
    public const int Buffers = 8, BufferBytes = 8 * 1024, PushBytes = 128, ScratchBytes = 64 * 1024;

    // Regions begin with the null guard; all else is behind it.
    private const int Table = KernelAbi.NullGuardBytes, Push = Table + 4096, FirstBuffer = Table + 16 * 1024;
    private const int Scratch = FirstBuffer + Buffers * BufferBytes;
    private const int Workgroups = 3;

    /// <summary>Fills the buffers: small numbers, some of them floats.</summary>
    public static void FillBuffers(Span<byte> region, Random random)
    {
        for (int at = FirstBuffer; at < Scratch; at += 4)
            BinaryPrimitives.WriteInt32LittleEndian(region[at..], Number(random));
    }

    /// <summary>The bytes of the buffers.</summary>
    public static Span<byte> BuffersOf(Span<byte> region) => region[FirstBuffer..Scratch];

    /// <summary>Writes the descriptors, which the mutant before may have changed, and new push constants.</summary>
    public static void Prepare(Span<byte> region, Random random)
    {
        for (int i = 0; i < Buffers; i++)
        {
            Span<byte> descriptor = region.Slice(Table + i * BufferDescriptor.Size, BufferDescriptor.Size);
            descriptor.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(descriptor[BufferDescriptor.OffsetField..], FirstBuffer + i * BufferBytes);
            // Whole, short, or of an odd length: what lies behind it is out of bounds.
            int range = random.Next(4) switch { 0 => random.Next(BufferBytes), 1 => 256, _ => BufferBytes };
            BinaryPrimitives.WriteInt32LittleEndian(descriptor[BufferDescriptor.RangeField..], range);
        }

        // Sizes and counts come first in the kernels' push constants.
        for (int at = 0; at < PushBytes; at += 4)
            BinaryPrimitives.WriteInt32LittleEndian(region[(Push + at)..], at < 12 ? random.Next(1, random.Next(3) == 0 ? 600 : 60) : Number(random));
    }

    /// <summary>The arguments of an entry that runs some workgroups.</summary>
    public static void FillArguments(Span<byte> arguments, Random random)
    {
        arguments.Clear();
        for (int axis = 0; axis < 3; axis++)
        {
            int count = axis == 2 ? 1 : Workgroups;
            BinaryPrimitives.WriteInt32LittleEndian(arguments[(ArgumentFrame.NumWorkgroups + 4 * axis)..], count);
        }

        int first = random.Next(Workgroups);
        BinaryPrimitives.WriteInt32LittleEndian(arguments[ArgumentFrame.WorkgroupCount..], random.Next(1, Workgroups + 1));
        BinaryPrimitives.WriteInt32LittleEndian(arguments[ArgumentFrame.FirstWorkgroup..], first);
        BinaryPrimitives.WriteInt64LittleEndian(arguments[ArgumentFrame.ScratchOffset..], Scratch);
        BinaryPrimitives.WriteInt64LittleEndian(arguments[ArgumentFrame.PushConstantOffset..], Push);
        BinaryPrimitives.WriteInt64LittleEndian(arguments[ArgumentFrame.DescriptorSetOffsets..], Table);
    }

    private static int Number(Random random) => random.Next(8) switch
    {
        0 => random.Next(),
        < 4 => BitConverter.SingleToInt32Bits((float)(random.NextDouble() * 8 - 2)),
        _ => random.Next(256),
    };
}
