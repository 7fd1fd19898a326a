namespace ShaderJit.Vulkan.Handles;

/// <summary>
/// Maps handles to objects, for the whole process. A handle is {generation, index + 1}: a destroyed object's handle
/// finds nothing, even after its slot was used again.
/// </summary>
/// <remarks>Look-ups take no lock. Chunks never move, so a reader sees a slot or no slot.</remarks>
internal static class HandleTable
{
    private const int ChunkBits = 10, ChunkSize = 1 << ChunkBits, MaxChunks = 1 << 14;

    private struct Slot
    {
        public object? Object;
        public uint Generation;
        public int NextFree;
    }

    private static readonly Slot[]?[] Chunks = new Slot[]?[MaxChunks];
    private static readonly Lock Gate = new();
    private static int _count, _firstFree = -1, _live;

    /// <summary>Objects that have a handle now. Tests use it to find leaks.</summary>
    public static int LiveCount => Volatile.Read(ref _live);

    /// <summary>Gives an object a handle; never 0.</summary>
    /// <exception cref="OutOfMemoryException">All 2^24 handles are in use.</exception>
    public static ulong Add(object target)
    {
        lock (Gate)
        {
            int index = _firstFree;
            if (index >= 0)
            {
                _firstFree = SlotAt(index).NextFree;
            }
            else
            {
                index = _count;
                if (index >> ChunkBits >= MaxChunks)
                    throw new OutOfMemoryException("handle table is full");
                Chunks[index >> ChunkBits] ??= new Slot[ChunkSize];
                _count++;
            }

            ref var slot = ref SlotAt(index);
            if (slot.Generation == 0)
                slot.Generation = 1;
            Volatile.Write(ref slot.Object, target);
            _live++;
            return ((ulong)slot.Generation << 32) | (uint)(index + 1);
        }
    }

    /// <summary>The object of a handle, or null where the handle is null, stale, or of another type.</summary>
    public static T? Get<T>(ulong handle)
        where T : class
    {
        uint index = (uint)handle - 1;
        if (index >> ChunkBits >= MaxChunks || Volatile.Read(ref Chunks[index >> ChunkBits]) is not { } chunk)
            return null;
        ref var slot = ref chunk[index & (ChunkSize - 1)];
        return Volatile.Read(ref slot.Object) is T target && slot.Generation == (uint)(handle >> 32) ? target : null;
    }

    /// <summary>Takes a handle away from its object; null where there is none of that type.</summary>
    public static T? Remove<T>(ulong handle)
        where T : class
    {
        lock (Gate)
        {
            if (Get<T>(handle) is not { } target)
                return null;
            int index = (int)((uint)handle - 1);
            ref var slot = ref SlotAt(index);
            slot.Object = null;
            slot.Generation = slot.Generation == uint.MaxValue ? 1 : slot.Generation + 1;
            slot.NextFree = _firstFree;
            _firstFree = index;
            _live--;
            return target;
        }
    }

    private static ref Slot SlotAt(int index) => ref Chunks[index >> ChunkBits]![index & (ChunkSize - 1)];
}
