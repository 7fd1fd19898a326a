using ShaderJit.Abi;
using ShaderJit.Verifier;

namespace ShaderJit.Sandbox;

/// <summary>
/// Where kernels live, and the only road by which bytes become executable: copied into fresh pages, verified there,
/// sealed. One heap per process.
/// </summary>
/// <remarks>
/// <para>Each kernel has pages of its own, so that no page is ever made writable while somebody executes it. The rest
/// of its last page, and the gap around the exit jump, are <c>int3</c>.</para>
/// <para>Thread safe.</para>
/// </remarks>
public sealed unsafe class CodeHeap
{
    private const byte JumpRelative = 0xE9, Breakpoint = 0xCC;
    private const int JumpBytes = 5;

    private static readonly Lazy<CodeHeap> Single = new(() => new CodeHeap(), LazyThreadSafetyMode.PublicationOnly);

    private readonly Lock _gate = new();
    private readonly PageRanges _pages = new(0, CodeSpace.KernelBytes / Libc.Page);
    private readonly SortedList<int, KernelCode> _byFirstPage = [];

    private CodeHeap()
    {
    }

    /// <summary>The process' heap.</summary>
    public static CodeHeap Process => Single.Value;

    /// <summary>Pages of 4 KiB that are free.</summary>
    public int FreePages
    {
        get
        {
            lock (_gate) return _pages.FreePages;
        }
    }

    /// <summary>Kernels that are published.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _byFirstPage.Count;
        }
    }

    /// <summary>Copies a kernel, verifies the copy, seals it.</summary>
    /// <param name="kernel">Bytes that nobody trusts.</param>
    /// <param name="policy">What to verify against.</param>
    /// <exception cref="SandboxException">The machine refuses to seal pages.</exception>
    public PublishResult Publish(CompiledKernel kernel, in VerifierPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ReadOnlySpan<byte> image = kernel.Image.Span;
        int codeBytes = kernel.CodeBytes;
        if (codeBytes < 0 || image.Length < KernelAbi.ExitBytes || codeBytes > image.Length - KernelAbi.ExitBytes)
        {
            var layout = new VerifyResult(VerifierRule.Layout, 0,
                $"an image of {image.Length} bytes has no room for {codeBytes} bytes of code and the exit jump");
            return new PublishResult(null, layout, IsFull: false);
        }

        int pages = (int)(((long)image.Length + Libc.Page - 1) / Libc.Page);
        int first = TakePages(pages);
        if (first < 0) return new PublishResult(null, default, IsFull: true);

        nint address = CodeSpace.Kernels + (nint)first * Libc.Page;
        nuint bytes = (nuint)pages * Libc.Page;
        if (Libc.MProtect(address, bytes, Libc.ProtRead | Libc.ProtWrite) != 0)
        {
            Discard(first, pages);
            return new PublishResult(null, default, IsFull: true);
        }

        VerifyResult verdict;
        try
        {
            // SAFETY: the pages were free, so no kernel runs in them; they are writable, and only this call has them.
            var final = new Span<byte>((void*)address, (int)bytes);
            image.CopyTo(final);
            final[image.Length..].Fill(Breakpoint);
            Span<byte> exit = final.Slice(codeBytes, KernelAbi.ExitBytes);
            exit.Fill(Breakpoint);
            exit[0] = JumpRelative;
            long distance = CodeSpace.Exit - (address + codeBytes + JumpBytes);
            BitConverter.TryWriteBytes(exit[1..], checked((int)distance));

#if SHADERJIT_COST
            verdict = SandboxCost.WithoutVerification ? default : KernelVerifier.Verify(final[..image.Length], codeBytes, policy);
#else
            verdict = KernelVerifier.Verify(final[..image.Length], codeBytes, policy);
#endif
            if (verdict.Accepted) Libc.Protect(address, bytes, Libc.ProtRead | Libc.ProtExecute);
        }
        catch
        {
            Discard(first, pages);
            throw;
        }

        if (!verdict.Accepted)
        {
            Discard(first, pages);
            return new PublishResult(null, verdict, IsFull: false);
        }

        var code = new KernelCode(this, kernel, policy, address, first, pages);
        lock (_gate) _byFirstPage.Add(first, code);
        return new PublishResult(code, verdict, IsFull: false);
    }

    /// <summary>The kernel that a code address belongs to, if any.</summary>
    internal KernelCode? Find(nint address)
    {
        long page = ((long)address - CodeSpace.Kernels) >> 12;
        if (page < 0 || page >= CodeSpace.KernelBytes / Libc.Page) return null;
        lock (_gate)
        {
            IList<int> firsts = _byFirstPage.Keys;
            int low = 0, high = firsts.Count;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (firsts[middle] <= page) low = middle + 1;
                else high = middle;
            }

            if (low == 0) return null;
            KernelCode kernel = _byFirstPage.Values[low - 1];
            return page < kernel.FirstPage + kernel.Pages ? kernel : null;
        }
    }

    /// <summary>Called once, when nobody runs the kernel any more.</summary>
    internal void Free(KernelCode kernel)
    {
        lock (_gate) _byFirstPage.Remove(kernel.FirstPage);
        Discard(kernel.FirstPage, kernel.Pages);
    }

    private int TakePages(int pages)
    {
        lock (_gate)
        {
            int first = _pages.Take(pages);
            if (first >= 0) return first;
        }

        Retirement.Sweep();
        lock (_gate) return _pages.Take(pages);
    }

    /// <summary>Makes pages inaccessible and empty, and free.</summary>
    private void Discard(int first, int pages)
    {
        nint address = CodeSpace.Kernels + (nint)first * Libc.Page;
        nuint bytes = (nuint)pages * Libc.Page;
        // SAFETY: the pages belong to the reservation, and no kernel runs in them.
        bool sealedOff = Libc.MProtect(address, bytes, Libc.ProtNone) == 0;
        Libc.MAdvise(address, bytes, Libc.AdviseDontNeed);
        // Pages that stayed accessible are not used again.
        if (!sealedOff) return;
        lock (_gate) _pages.Return(first, pages);
    }
}
