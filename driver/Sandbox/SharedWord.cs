using Microsoft.Win32.SafeHandles;

namespace ShaderJit.Sandbox;

/// <summary>
/// A number of 64 bits that several processes share, and where their threads sleep until it changes
/// (<see cref="Doorbell.Sleep(uint, ulong, ReadOnlySpan{SharedWord.Sight})"/>). It lies in a page of its own
/// (<see cref="SharedMemory"/>) outside of all regions.
/// </summary>
/// <remarks>
/// Whoever has the file can write anything to it at any time, or end between a change and the call that tells of it. So the page is never
/// asked for more than the number: no count, no address, no owner, no lock. A page that is mapped stays there, as the file cannot shrink.
/// All members may be called by several threads, and after <see cref="Dispose"/>: then the number is 0 and nothing changes it.
/// </remarks>
public sealed unsafe class SharedWord : IDisposable
{
    /// <summary>The page's first words are what it is and of which kind; the number lies on a cache line of its own.</summary>
    private const ulong Magic = 0x6472_6f57_4a53_0001;

    private const int ValueIndex = 8;

    private readonly Page _page;
    private readonly SharedMemory? _file;

    private SharedWord(Page page, SharedMemory? file) => (_page, _file) = (page, file);

    /// <summary>A number as a thread saw it before it looked whether it has to sleep.</summary>
    public readonly record struct Sight(SharedWord Word, ulong Seen);

    /// <summary>The number now.</summary>
    public ulong Value
    {
        get
        {
            if (!TryHold())
                return 0;
            ulong value = Volatile.Read(ref _page.Words[ValueIndex]);
            Release();
            return value;
        }
    }

    /// <summary>True from <see cref="Dispose"/> on.</summary>
    public bool IsClosed => _page.IsClosed;

    /// <summary>A new number; null when the machine refuses.</summary>
    /// <param name="kind">What it means to those who share it.</param>
    /// <param name="value">What it is at first.</param>
    public static SharedWord? TryCreate(ulong kind, ulong value)
    {
        if (SharedMemory.TryCreate(Region.PageBytes) is not { } file)
            return null;
        if (Page.TryMap(file) is not { } page)
        {
            file.Dispose();
            return null;
        }

        page.Words[0] = Magic;
        page.Words[1] = kind;
        Volatile.Write(ref page.Words[ValueIndex], value);
        return new SharedWord(page, file);
    }

    /// <summary>Takes over a file that <see cref="Duplicate"/> gave, in this process or in another.</summary>
    /// <param name="file">Closed, or kept, when the call succeeds; else it still is the caller's.</param>
    /// <param name="kind">What the number has to mean.</param>
    /// <param name="keepsFile">Whether <see cref="Duplicate"/> shall be possible. It costs a descriptor.</param>
    /// <returns>Null where it is no such file, or one of another kind, or the machine refuses.</returns>
    public static SharedWord? TryAdopt(int file, ulong kind, bool keepsFile)
    {
        if (SharedMemory.TryAdopt(file) is not { } memory)
            return null;
        var page = Page.TryMap(memory);
        if (page is null || page.Words[0] != Magic || page.Words[1] != kind)
        {
            page?.Dispose();
            memory.Abandon();
            return null;
        }

        if (!keepsFile)
            memory.Dispose();
        return new SharedWord(page, keepsFile ? memory : null);
    }

    /// <summary>Changes the number and wakes who sleeps for it, in all processes.</summary>
    /// <param name="from">What it has to be; else nothing happens.</param>
    /// <param name="to">What it becomes.</param>
    /// <param name="seen">What it was.</param>
    public bool TryChange(ulong from, ulong to, out ulong seen)
    {
        seen = 0;
        if (!TryHold())
            return false;
        seen = Interlocked.CompareExchange(ref _page.Words[ValueIndex], to, from);
        if (seen == from)
            Libc.Syscall(Libc.SyscallFutex, Address, Libc.FutexWakeShared, int.MaxValue, 0);
        Release();
        return seen == from;
    }

    /// <summary>A descriptor of the file, which the caller owns; -1 when the process has too many, or the file was not kept.</summary>
    public int Duplicate() => _file?.Duplicate() ?? -1;

    public void Dispose()
    {
        _page.Dispose();
        _file?.Dispose();
    }

    /// <summary>Where the system knows the number: its low half, as that is the first in memory.</summary>
    internal nint Address => (nint)(_page.Words + ValueIndex);

    /// <summary>Keeps the page mapped until <see cref="Release"/>; false when it no longer is.</summary>
    internal bool TryHold()
    {
        bool held = false;
        try
        {
            _page.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        return held;
    }

    internal void Release() => _page.DangerousRelease();

    /// <summary>The mapping, which goes when nobody uses it any more.</summary>
    private sealed class Page : SafeHandleZeroOrMinusOneIsInvalid
    {
        private Page(nint address)
            : base(ownsHandle: true) => SetHandle(address);

        // SAFETY: 4096 bytes, mapped for reading and writing until the handle is released.
        public ulong* Words => (ulong*)handle;

        public static Page? TryMap(SharedMemory memory)
        {
            nint address = Libc.MMap(0, (nuint)Region.PageBytes, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared, memory.File, 0);
            return address == -1 ? null : new Page(address);
        }

        protected override bool ReleaseHandle() => Libc.MUnmap(handle, (nuint)Region.PageBytes) == 0;
    }
}
