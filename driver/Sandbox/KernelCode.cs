using ShaderJit.Abi;
using ShaderJit.Verifier;

namespace ShaderJit.Sandbox;

/// <summary>A kernel that has been verified and sealed: the only thing that <see cref="KernelThread.Run"/> takes.</summary>
public sealed class KernelCode : IDisposable
{
    private readonly CodeHeap _heap;
    private int _disposed;

    internal KernelCode(CodeHeap heap, CompiledKernel source, VerifierPolicy policy, nint entry, int firstPage, int pages)
    {
        _heap = heap;
        Source = source;
        Policy = policy;
        Entry = entry;
        FirstPage = firstPage;
        Pages = pages;
    }

    /// <summary>What was published. Its bytes are not what runs, those were copied.</summary>
    public CompiledKernel Source { get; }

    /// <summary>What it was verified against; it runs in regions of exactly these bits.</summary>
    public VerifierPolicy Policy { get; }

    /// <summary>Bytes of code and constants.</summary>
    public int ImageBytes => Source.Image.Length;

    /// <summary>Whether <see cref="Dispose"/> has been called.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Address of the first instruction.</summary>
    internal nint Entry { get; }

    /// <summary>The pages it lies in, counted from the first page for kernels.</summary>
    internal int FirstPage { get; }

    /// <summary>Pages.</summary>
    internal int Pages { get; }

    /// <summary>Gives the pages back, at once or when the last thread that runs the kernel has left it. No run may
    /// begin any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) Retirement.Release(this, () => _heap.Free(this));
    }
}

/// <summary>What became of a kernel: published, rejected by the verifier, or there was no room.</summary>
/// <param name="Kernel">The kernel, ready to run; null otherwise.</param>
/// <param name="Verdict">The verifier's verdict. A rejection is a compiler's error, or a forged cache.</param>
/// <param name="IsFull">The code heap has no room for it, or the machine no memory.</param>
public readonly record struct PublishResult(KernelCode? Kernel, VerifyResult Verdict, bool IsFull);
