using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Verifier;

namespace ShaderJit.Sandbox.Tests;

/// <summary>Kernels written by hand, to the ABI of driver/Abi.</summary>
internal static class HandKernel
{
    public const int Bits = 32;

    public static readonly VerifierPolicy Policy = new(Bits);

    /// <summary>Assembles a kernel whose body ends by falling, or jumping to the label, into the exit.</summary>
    public static CompiledKernel Assemble(Action<Assembler, Label> body, ReadOnlySpan<byte> constants = default)
    {
        var a = new Assembler(64);
        Label exit = a.CreateLabel();
        body(a, exit);
        a.Label(ref exit);
        a.nop();
        var sink = new CodeBytes(1 << 16);
        a.Assemble(sink, 0);
        // Without the nop, which only gave the label something to stand in front of.
        return FromCode(sink.Written[..^1], constants);
    }

    public static CompiledKernel FromCode(ReadOnlySpan<byte> code, ReadOnlySpan<byte> constants = default)
    {
        byte[] image = new byte[KernelAbi.ConstantsOffset(code.Length) + constants.Length];
        code.CopyTo(image);
        constants.CopyTo(image.AsSpan(KernelAbi.ConstantsOffset(code.Length)));
        return FromImage(image, code.Length);
    }

    public static CompiledKernel FromImage(byte[] image, int codeBytes) => new()
    {
        Image = image,
        CodeBytes = codeBytes,
        ScratchBytes = 0,
        LocalSize = (1, 1, 1),
        LaneCount = 16,
        PcMap = [],
    };

    /// <summary>Publishes a kernel that the verifier must accept.</summary>
    public static KernelCode Publish(CompiledKernel kernel)
    {
        PublishResult result = CodeHeap.Process.Publish(kernel, Policy);
        Assert.True(result.Kernel != null, $"{result.Verdict} full={result.IsFull}");
        return result.Kernel;
    }

    /// <summary>Publishes what <paramref name="body"/> assembles.</summary>
    public static KernelCode Publish(Action<Assembler, Label> body) => Publish(Assemble(body));

    /// <summary>
    /// Publishes a kernel and then overwrites its code: instructions that the verifier refuses, to see that the trap
    /// handlers would catch them all the same. Only a test that maps memory itself can do this.
    /// </summary>
    public static unsafe KernelCode Forge(Action<Assembler, Label> body)
    {
        CompiledKernel forged = Assemble(body);
        byte[] nops = new byte[forged.CodeBytes];
        nops.AsSpan().Fill(0x90);
        KernelCode kernel = Publish(FromCode(nops));
        nint page = kernel.Entry;
        Libc.Protect(page, (nuint)kernel.Pages * 4096, Libc.ProtRead | Libc.ProtWrite);
        forged.Image.Span[..forged.CodeBytes].CopyTo(new Span<byte>((void*)page, forged.CodeBytes));
        Libc.Protect(page, (nuint)kernel.Pages * 4096, Libc.ProtRead | Libc.ProtExecute);
        return kernel;
    }
}
