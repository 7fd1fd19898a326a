using System.Runtime.InteropServices;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Vulkan.Tests;

/// <summary>A pNext chain with one struct of every type that may stand behind a given one, and one of a type that nobody
/// knows at each end. All bytes behind the headers are <see cref="Canary"/>, and so are some behind each struct.</summary>
internal sealed unsafe class StructChain : IDisposable
{
    public const byte Canary = 0xA5;

    /// <summary>The type of the structs that nobody knows.</summary>
    public const StructureType Unknown = (StructureType)0x7EEE_EEE1;

    private const int GuardBytes = 64;
    private readonly List<(StructureType Type, nint Address, int Bytes)> _items = [];

    /// <param name="head">Type of the struct that the chain will hang on.</param>
    public StructChain(StructureType head)
    {
        Add(Unknown, 64);
        foreach (var type in Enum.GetValues<StructureType>().Distinct())
        {
            if (StructureTypeInfo.ExtendsOf(type).Contains(head))
                Add(type, StructureTypeInfo.SizeOf(type));
        }

        Add(Unknown, 64);
    }

    /// <summary>The first struct.</summary>
    public void* First => (void*)_items[0].Address;

    /// <summary>The types, but for the unknown ones.</summary>
    public IEnumerable<StructureType> Types => _items.Select(i => i.Type).Where(t => t != Unknown);

    /// <summary>What stands behind the header of the struct of a type.</summary>
    public Span<byte> this[StructureType type]
    {
        get
        {
            var (_, address, bytes) = _items.First(i => i.Type == type);
            return new Span<byte>((BaseOutStructure*)address + 1, bytes - sizeof(BaseOutStructure));
        }
    }

    /// <summary>A copy of the struct of a type.</summary>
    public T Get<T>()
        where T : unmanaged, IChainedStruct => *(T*)_items.First(i => i.Type == T.StructureType).Address;

    /// <summary>Types of the structs of which any byte behind the header was changed.</summary>
    public IEnumerable<StructureType> Changed =>
        _items.Where(i => new Span<byte>((BaseOutStructure*)i.Address + 1, i.Bytes - sizeof(BaseOutStructure)).ContainsAnyExcept(Canary))
            .Select(i => i.Type);

    /// <summary>True while nothing was written behind any struct, and all headers are what they were.</summary>
    public bool IsIntact
    {
        get
        {
            for (int i = 0; i < _items.Count; i++)
            {
                var (type, address, bytes) = _items[i];
                var header = (BaseOutStructure*)address;
                nint next = i + 1 < _items.Count ? _items[i + 1].Address : 0;
                if (header->SType != type || (nint)header->PNext != next
                    || new Span<byte>((byte*)address + bytes, GuardBytes).ContainsAnyExcept(Canary))
                {
                    return false;
                }
            }

            return true;
        }
    }

    public void Dispose()
    {
        foreach (var (_, address, _) in _items)
            NativeMemory.Free((void*)address);
        _items.Clear();
    }

    private void Add(StructureType type, int bytes)
    {
        var item = (BaseOutStructure*)NativeMemory.Alloc((nuint)(bytes + GuardBytes));
        new Span<byte>(item, bytes + GuardBytes).Fill(Canary);

        // Of this one, pointers and counts are read.
        if (type == StructureType.PhysicalDeviceHostImageCopyPropertiesExt)
            new Span<byte>(item, bytes).Clear();
        *item = new BaseOutStructure { SType = type };
        if (_items.Count > 0)
            ((BaseOutStructure*)_items[^1].Address)->PNext = item;
        _items.Add((type, (nint)item, bytes));
    }
}
