using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using ShaderJit.Abi;
using ShaderJit.Compiler;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>The kernels of tests/Filetests/kernels as the compiler makes them.</summary>
internal static class CompiledSeeds
{
    /// <summary>Every kernel, of both front ends, at each width that this machine has, in both modes of out-of-bounds
    /// access.</summary>
    /// <exception cref="InvalidOperationException">The compiler refuses one.</exception>
    public static void AddTo(List<MutationSeed> seeds, int regionBits)
    {
        string[] files = Directory.GetFiles(Path.Combine(SourceFolder(), "..", "..", "Filetests", "kernels"), "*.spv");
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            uint[] words = new uint[new FileInfo(file).Length / 4];
            byte[] bytes = File.ReadAllBytes(file);
            for (int i = 0; i < words.Length; i++)
                words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i));
            foreach (OutOfBoundsMode mode in (OutOfBoundsMode[])[OutOfBoundsMode.Guarded, OutOfBoundsMode.Trap])
            foreach (int lanes in (int[])[8, 16])
            {
                if (lanes == 16 && !CpuFeatures.Current.Features.HasFlag(CpuFeature.Lanes16)) continue;
                string name = $"{Path.GetFileNameWithoutExtension(file)}, {lanes} lanes, {mode}";
                CompileResult result = ShaderCompiler.Compile(words, Stage(mode), new TargetFeatures(lanes, regionBits));
                CompiledKernel kernel = result.Kernel
                    ?? throw new InvalidOperationException($"{name}: {string.Join("; ", result.Diagnostics)}");
                if (kernel.ScratchBytes > Dispatch.ScratchBytes)
                    throw new InvalidOperationException($"{name} wants {kernel.ScratchBytes} bytes of scratch");
                seeds.Add(new MutationSeed(name, regionBits, kernel.CodeBytes, kernel.Image.ToArray(), IsCompiled: true));
            }
        }
    }

    /// <summary>A layout that has room for each of the kernels: see <see cref="Dispatch"/>.</summary>
    private static StageDesc Stage(OutOfBoundsMode mode)
    {
        var bindings = new DescriptorBinding[Dispatch.Buffers];
        for (int i = 0; i < bindings.Length; i++)
            bindings[i] = new DescriptorBinding((uint)i, DescriptorKind.StorageBuffer, 1, i * BufferDescriptor.Size,
                BufferDescriptor.Size, -1);
        return new StageDesc { Sets = [bindings], PushConstantBytes = Dispatch.PushBytes, OutOfBounds = mode };
    }

    private static string SourceFolder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
