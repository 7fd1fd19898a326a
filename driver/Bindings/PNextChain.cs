namespace ShaderJit.Vulkan.Bindings;

/// <summary>
/// Walks the structs that hang on a pNext pointer. An application builds the chain, so a walk trusts its pointers as
/// Vulkan does, but ends after <see cref="MaxLength"/> structs: a chain that bites its tail does not hang the caller.
/// </summary>
public static unsafe class PNextChain
{
    /// <summary>Most structs that a walk visits. The registry knows fewer than that many extensions of any one struct.</summary>
    public const int MaxLength = 1024;

    /// <summary>The first struct of type T at or after <paramref name="pNext"/>, or null.</summary>
    /// <param name="pNext">The pNext of a struct, or null; pass a struct's own address to include that struct.</param>
    public static T* Find<T>(void* pNext) where T : unmanaged, IChainedStruct
    {
        foreach (var item in Of(pNext))
        {
            if (item->SType == T.StructureType)
                return (T*)item;
        }
        return null;
    }

    /// <summary>All structs at and after <paramref name="pNext"/>, in order: <c>foreach (BaseOutStructure* s in PNextChain.Of(p))</c>.</summary>
    public static Walk Of(void* pNext) => new((BaseOutStructure*)pNext);

    /// <summary>Puts <paramref name="item"/> behind <paramref name="head"/>, in front of what is chained there already.</summary>
    public static void Prepend<THead, TItem>(THead* head, TItem* item)
        where THead : unmanaged, IChainedStruct
        where TItem : unmanaged, IChainedStruct
    {
        // SAFETY: both structs start with SType and PNext; that is what IChainedStruct says of a generated struct.
        ((BaseOutStructure*)item)->PNext = ((BaseOutStructure*)head)->PNext;
        ((BaseOutStructure*)head)->PNext = (BaseOutStructure*)item;
    }

    /// <summary>An enumerable chain; made by <see cref="Of"/>.</summary>
    public ref struct Walk
    {
        private BaseOutStructure* _next;
        private int _left;

        internal Walk(BaseOutStructure* first)
        {
            _next = first;
            _left = MaxLength;
        }

        /// <summary>The struct that the walk stands at.</summary>
        public BaseOutStructure* Current { get; private set; }

        public readonly Walk GetEnumerator() => this;

        /// <summary>Goes to the next struct; false at the end.</summary>
        public bool MoveNext()
        {
            if (_next == null || _left-- == 0)
                return false;
            Current = _next;
            // SAFETY: a non-null pNext of a Vulkan chain points at a struct that starts with SType and PNext.
            _next = Current->PNext;
            return true;
        }
    }
}
