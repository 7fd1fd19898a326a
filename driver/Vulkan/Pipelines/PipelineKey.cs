using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler;

namespace ShaderJit.Vulkan.Pipelines;

/// <summary>What a compiled kernel depends on, as a SHA-256: module, stage description, target and compiler.</summary>
internal readonly record struct PipelineKey(UInt128 High, UInt128 Low)
{
    public const int Bytes = 32;

    /// <summary>Identifies the build of the compiler: its module's version id.</summary>
    private static readonly Guid CompilerBuild = typeof(ShaderCompiler).Module.ModuleVersionId;

    public static PipelineKey Of(ReadOnlySpan<uint> words, StageDesc stage, in TargetFeatures target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[8];
        hash.AppendData(CompilerBuild.ToByteArray());
        Add(hash, buffer, KernelAbi.Version);
        Add(hash, buffer, target.LaneCount);
        Add(hash, buffer, target.RegionBits);
        Add(hash, buffer, (long)stage.Stage);
        Add(hash, buffer, (long)stage.OutOfBounds);
        Add(hash, buffer, stage.TrapDivisionByZero ? 1 : 0);
        Add(hash, buffer, stage.ScalarBounds ? 1 : 0);
        Add(hash, buffer, stage.ImageFormatsFromRecords ? 1 : 0);
        Add(hash, buffer, stage.PushConstantBytes);
        byte[] name = Encoding.UTF8.GetBytes(stage.EntryPoint);
        Add(hash, buffer, name.Length);
        hash.AppendData(name);
        Add(hash, buffer, stage.Specializations.Count);
        foreach (var constant in stage.Specializations)
        {
            Add(hash, buffer, constant.Id);
            Add(hash, buffer, (long)constant.Bits);
            Add(hash, buffer, constant.Bytes);
        }

        Add(hash, buffer, stage.Sets.Count);
        foreach (var set in stage.Sets)
        {
            Add(hash, buffer, set.Count);
            foreach (var binding in set)
            {
                Add(hash, buffer, ((long)binding.Binding << 32) | (uint)binding.Kind);
                Add(hash, buffer, binding.Count);
                Add(hash, buffer, ((long)binding.TableOffset << 32) | (uint)binding.Stride);
                Add(hash, buffer, binding.DynamicIndex);
            }
        }

        Add(hash, buffer, stage.KnownDescriptors.Count);
        foreach (var known in stage.KnownDescriptors)
        {
            Add(hash, buffer, ((long)known.Set << 32) | known.Binding);
            Add(hash, buffer, known.Element);
            Add(hash, buffer, known.Image);
            Add(hash, buffer, known.Sampler);
        }

        Add(hash, buffer, stage.Conversions.Count);
        foreach (var known in stage.Conversions)
        {
            // A record's text has all of its members.
            byte[] text = Encoding.UTF8.GetBytes(known.ToString());
            Add(hash, buffer, text.Length);
            hash.AppendData(text);
        }

        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words));
        Span<byte> digest = stackalloc byte[Bytes];
        hash.GetHashAndReset(digest);
        return Read(digest);
    }

    public static PipelineKey Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128LittleEndian(bytes), BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, High);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[16..], Low);
    }

    private static void Add(IncrementalHash hash, Span<byte> buffer, RecordTraits? traits)
    {
        Add(hash, buffer, traits?.Words.Length ?? 0);
        if (traits is not null)
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(traits.Words));
    }

    private static void Add(IncrementalHash hash, Span<byte> buffer, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(buffer, value);
        hash.AppendData(buffer);
    }
}
