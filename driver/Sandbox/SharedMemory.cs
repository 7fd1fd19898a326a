using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace ShaderJit.Sandbox;

/// <summary>
/// Memory without a name that several processes may map (memfd), to be mapped into regions. It keeps its size for good: the file is
/// sealed against shrinking, so a page that was mapped is there until it is unmapped, whoever else has the file.
/// </summary>
/// <remarks>Others may write to it at any time; to the host it is as hostile as the rest of a region.</remarks>
public sealed unsafe class SharedMemory : IDisposable
{
    /// <summary>f_type of the file system that memfds live in, but for those of huge pages, which may lack a page when it is
    /// touched.</summary>
    private const long TmpfsMagic = 0x0102_1994;

    private const nint AccessMode = 3, ReadWrite = 2;

    private readonly SafeFileHandle _file;

    private SharedMemory(SafeFileHandle file, ulong bytes) => (_file, Bytes) = (file, bytes);

    /// <summary>Its size, a multiple of <see cref="Region.PageBytes"/>.</summary>
    public ulong Bytes { get; }

    /// <summary>The file itself, for <see cref="Region.TryMap"/>.</summary>
    /// <exception cref="ObjectDisposedException">It is closed: the number may be another file's.</exception>
    internal int File
    {
        get
        {
            ObjectDisposedException.ThrowIf(_file.IsClosed, this);
            return (int)_file.DangerousGetHandle();
        }
    }

    /// <summary>New memory, which reads as zeros; null when the machine refuses.</summary>
    /// <param name="bytes">A multiple of <see cref="Region.PageBytes"/>, at least one page.</param>
    public static SharedMemory? TryCreate(ulong bytes)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes & (Region.PageBytes - 1), 0ul);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (ulong)long.MaxValue);
        nint made;
        fixed (byte* name = "shaderjit\0"u8)
            made = Libc.Syscall(Libc.SyscallMemfdCreate, (nint)name, Libc.MemfdCloseOnExec | Libc.MemfdAllowSealing, 0, 0);
        if (made < 0)
            return null;
        var file = new SafeFileHandle(made, ownsHandle: true);
        if (Libc.Syscall(Libc.SyscallFtruncate, made, (nint)bytes, 0, 0) == 0
            && Libc.Syscall(Libc.SyscallFcntl, made, Libc.FcntlAddSeals, Libc.SealShrink | Libc.SealGrow | Libc.SealSeal, 0) == 0)
        {
            return new SharedMemory(file, bytes);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Takes over a file that <see cref="Duplicate"/> gave, in this process or in another; null where it is no such
    /// file, which then still is the caller's.</summary>
    public static SharedMemory? TryAdopt(int file)
    {
        nint flags = Libc.Syscall(Libc.SyscallFcntl, file, Libc.FcntlGetFlags, 0, 0);
        nint seals = Libc.Syscall(Libc.SyscallFcntl, file, Libc.FcntlGetSeals, 0, 0);

        // Without the first seal its pages could go while they are mapped; with the others no mapping can be written to.
        if (flags < 0 || (flags & AccessMode) != ReadWrite || seals < 0 || (seals & Libc.SealShrink) == 0
            || (seals & (Libc.SealWrite | Libc.SealFutureWrite)) != 0)
        {
            return null;
        }

        // SAFETY: struct stat has 144 bytes, its st_size stands at 48; struct statfs has 120, its f_type stands first.
        byte* record = stackalloc byte[256];
        var span = new ReadOnlySpan<byte>(record, 256);
        if (Libc.Syscall(Libc.SyscallFstatfs, file, (nint)record, 0, 0) != 0 || BinaryPrimitives.ReadInt64LittleEndian(span) != TmpfsMagic)
            return null;
        if (Libc.Syscall(Libc.SyscallFstat, file, (nint)record, 0, 0) != 0)
            return null;
        ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(span[48..]) & ~(Region.PageBytes - 1);
        return bytes > 0 ? new SharedMemory(new SafeFileHandle(file, ownsHandle: true), bytes) : null;
    }

    /// <summary>Device and number of the file, by which <see cref="ProcessMap"/> names its mappings.</summary>
    internal (ulong Device, ulong Inode) Identity
    {
        get
        {
            // SAFETY: struct stat has 144 bytes; st_dev stands first, st_ino behind it.
            ulong* record = stackalloc ulong[32];
            nint result = Libc.Syscall(Libc.SyscallFstat, File, (nint)record, 0, 0);
            GC.KeepAlive(this);
            return result == 0 ? (record[0], record[1]) : throw Libc.Failure("fstat");
        }
    }

    /// <summary>Another descriptor of the file, which the caller owns; -1 when the process has too many.</summary>
    public int Duplicate()
    {
        int file = (int)Libc.Syscall(Libc.SyscallFcntl, File, Libc.FcntlDupCloseOnExec, 0, 0);
        GC.KeepAlive(this);
        return file;
    }

    /// <summary>Gives a file that was taken over back to its owner: it is not closed.</summary>
    public void Abandon() => _file.SetHandleAsInvalid();

    /// <summary>Closes the file. Where it is mapped it stays.</summary>
    public void Dispose() => _file.Dispose();
}
