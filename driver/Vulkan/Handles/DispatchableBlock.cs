using System.Runtime.InteropServices;

namespace ShaderJit.Vulkan.Handles;

/// <summary>
/// The memory behind a dispatchable handle (VkInstance, VkPhysicalDevice, VkDevice, VkQueue, VkCommandBuffer). The
/// loader overwrites its first word, so it must be native memory that begins with the loader's magic number.
/// </summary>
/// <remarks>
/// Blocks live in slabs that are never given back: a destroyed handle still points to a block, which is then free or
/// somebody else's, and never to unmapped memory. (Loader-and-driver interface, "Driver dispatchable object creation".)
/// </remarks>
internal static unsafe class DispatchableBlock
{
    private const ulong LoaderMagic = 0x01CDC0DE;
    private const int BlockBytes = 64, FirstSlabBlocks = 1024, MaxSlabs = 20;
    private const int HandleField = 2; // in 8-byte words: [0] the loader's, [1] next free, [2] handle

    private static readonly nint[] Slabs = new nint[MaxSlabs];
    private static readonly Lock Gate = new();
    private static int _slabCount;
    private static ulong* _free;

    /// <summary>Makes a block that names an object of the handle table.</summary>
    public static nint Allocate(object target)
    {
        ulong handle = HandleTable.Add(target);
        lock (Gate)
        {
            if (_free == null)
                AddSlab();
            ulong* block = _free;
            _free = (ulong*)block[1];
            block[0] = LoaderMagic;
            block[1] = 0;
            Volatile.Write(ref block[HandleField], handle);
            return (nint)block;
        }
    }

    /// <summary>The object behind a dispatchable handle, or null where it is none of ours, or destroyed.</summary>
    public static T? Get<T>(nint pointer)
        where T : class =>
        IsBlock(pointer) ? HandleTable.Get<T>(Volatile.Read(ref ((ulong*)pointer)[HandleField])) : null;

    /// <summary>Destroys the handle; null where it was none of that type.</summary>
    public static T? Free<T>(nint pointer)
        where T : class
    {
        if (!IsBlock(pointer))
            return null;
        lock (Gate)
        {
            ulong* block = (ulong*)pointer;
            if (HandleTable.Remove<T>(block[HandleField]) is not { } target)
                return null;
            block[HandleField] = 0;
            block[1] = (ulong)_free;
            _free = block;
            return target;
        }
    }

    private static bool IsBlock(nint pointer)
    {
        int count = Volatile.Read(ref _slabCount);
        for (int i = 0; i < count; i++)
        {
            nuint offset = (nuint)(pointer - Slabs[i]);
            if (offset < (nuint)(FirstSlabBlocks << i) * BlockBytes)
                return offset % BlockBytes == 0;
        }

        return false;
    }

    private static void AddSlab()
    {
        if (_slabCount == MaxSlabs)
            throw new OutOfMemoryException("too many dispatchable handles");
        int blocks = FirstSlabBlocks << _slabCount;

        // SAFETY: the slab is never freed; every block below lies inside it.
        byte* slab = (byte*)NativeMemory.AlignedAlloc((nuint)blocks * BlockBytes, BlockBytes);
        new Span<byte>(slab, blocks * BlockBytes).Clear();
        for (int i = blocks - 1; i >= 0; i--)
        {
            ulong* block = (ulong*)(slab + (i * BlockBytes));
            block[1] = (ulong)_free;
            _free = block;
        }

        Slabs[_slabCount] = (nint)slab;
        Volatile.Write(ref _slabCount, _slabCount + 1);
    }
}
