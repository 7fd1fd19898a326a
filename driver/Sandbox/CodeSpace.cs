using Iced.Intel;

namespace ShaderJit.Sandbox;

/// <summary>
/// The one stretch of address space that holds machine code: stubs in front, then signal handlers, then kernels. One
/// per process, because the handlers know its bounds as constants.
/// </summary>
/// <remarks>Each page is written while it is writable and nobody's code, then sealed; it is never both.</remarks>
internal static unsafe class CodeSpace
{
    /// <summary>Bytes of the whole stretch; far below the reach of a 32-bit displacement.</summary>
    public const int Bytes = 512 << 20;

    private const int StubPages = 16, HandlerPages = 256;

    /// <summary>Bytes from the start to the first kernel. The pages between handlers and kernels stay a guard.</summary>
    public const int KernelsAt = 2 << 20;

    /// <summary>Bytes that kernels may lie in.</summary>
    public const int KernelBytes = Bytes - KernelsAt;

    private static readonly Lock Gate = new();
    private static readonly nint Start = Libc.Reserve(Bytes);
    private static int _handlerPagesUsed;
    private static readonly EntryStubs Stubs = EntryStubs.Place(Start, StubPages * Libc.Page);

    /// <summary>Address of the first page that kernels may lie in.</summary>
    public static nint Kernels => Start + KernelsAt;

    /// <summary>Address of the entry stub.</summary>
    public static nint Enter => Stubs.Enter;

    /// <summary>Address of the exit stub.</summary>
    public static nint Exit => Stubs.Exit;

    /// <summary>Pages for handlers that are left.</summary>
    public static int HandlerPagesLeft => HandlerPages - _handlerPagesUsed;

    /// <summary>Assembles a handler, or a routine of one, into a page of its own.</summary>
    /// <exception cref="SandboxException">All pages for handlers are used.</exception>
    public static nint PlaceHandler(Assembler assembler)
    {
        lock (Gate)
        {
            if (_handlerPagesUsed == HandlerPages)
                throw new SandboxException("signal handlers have been replaced too often by other code");
            nint page = Start + (StubPages + _handlerPagesUsed) * Libc.Page;
            _handlerPagesUsed++;
            Place(assembler, page, Libc.Page);
            return page;
        }
    }

    /// <summary>Assembles code into fresh pages and seals them.</summary>
    public static AssemblerResult Place(Assembler assembler, nint address, int bytes)
    {
        var sink = new CodeBytes(bytes);
        AssemblerResult result = assembler.Assemble(sink, (ulong)address, BlockEncoderOptions.ReturnNewInstructionOffsets);
        Libc.Protect(address, (nuint)bytes, Libc.ProtRead | Libc.ProtWrite);
        // SAFETY: the pages belong to this reservation and have just become writable; nobody executes them yet.
        var pages = new Span<byte>((void*)address, bytes);
        pages.Fill(0xCC);
        sink.Written.CopyTo(pages);
        Libc.Protect(address, (nuint)bytes, Libc.ProtRead | Libc.ProtExecute);
        return result;
    }
}

/// <summary>Where the assembler writes to: a buffer of fixed size.</summary>
internal sealed class CodeBytes(int capacity) : CodeWriter
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _count;

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _count);

    /// <inheritdoc/>
    public override void WriteByte(byte value) => _bytes[_count++] = value;
}
