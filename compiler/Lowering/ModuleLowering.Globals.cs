using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Global variables: buffers, push constants, workgroup memory, builtins.</summary>
internal sealed partial class ModuleLowering
{
    private readonly Dictionary<(int Set, int Binding, int Part), int> _resourceOf = [];
    private HashSet<(uint Set, uint Binding)>? _writableBindings;
    private bool _usesAddresses;
    private long _workgroupBlockBytes = -1;

    private void CreateGlobal(uint id)
    {
        ref readonly var variable = ref _module.Definition(id);
        var type = _module.Type(variable.ResultType);
        switch (type.StorageClass)
        {
            case StorageClass.StorageBuffer or StorageClass.Uniform:
                _values.Set(id, BufferPointer(id, type));
                break;
            case StorageClass.PushConstant:
                _values.Set(id, PushConstantPointer(type));
                break;
            case StorageClass.Workgroup:
                _values.Set(id, WorkgroupPointer(type));
                break;
            case StorageClass.Input:
                _values.Set(id, BuiltinPointer(id, type));
                break;
            case StorageClass.UniformConstant:
                _values.Set(id, ImagePointer(id, type));
                break;
            default:
                Refusal.Throw($"{_module.NameOf(id)}: storage class {EnumerantTable.Name(type.StorageClass)} is not supported");
                break;
        }
    }

    // Buffers --------------------------------------------------------------------------------------------------------

    private MemoryPointer BufferPointer(uint id, in TypeInfo pointer)
    {
        var shape = _shapes.Of(pointer.Element);
        bool isArray = shape.Kind is TypeKind.Array or TypeKind.RuntimeArray;
        var block = isArray ? shape.Element! : shape;
        if (block.Kind != TypeKind.Struct)
            Refusal.Throw($"{_module.NameOf(id)}: a buffer must be a struct or an array of structs");
        var (set, binding) = PlaceOf(id);
        bool storage = IsStorage(pointer, block);
        int resource = ResourceOf(id, set, binding, storage ? DescriptorUse.StorageBuffer : DescriptorUse.UniformBuffer, isArray ? shape.Count : 1, out int count);
        var flags = NodeFlags.None;
        if (!storage || IsReadOnlyBinding(set, binding))
            flags |= NodeFlags.ReadOnly;
        if (_module.HasDecoration(id, Decoration.Volatile) || _module.HasDecoration(id, Decoration.Coherent))
            flags = (flags & ~NodeFlags.ReadOnly) | NodeFlags.Volatile;
        var root = new MemoryRoot(MemoryKind.Buffer, resource, count, ValueId.None, Natural: false);
        return new MemoryPointer(root, shape, _b.I32(0), isArray, 0, [], 0, false, 0, flags);
    }

    private bool IsStorage(in TypeInfo pointer, Shape block) => pointer.StorageClass == StorageClass.StorageBuffer
        || _module.HasDecoration(block.TypeId, Decoration.BufferBlock);

    /// <summary>What a shader takes a binding for.</summary>
    private enum DescriptorUse
    {
        UniformBuffer, StorageBuffer, SampledImage, StorageImage, Sampler, CombinedImageSampler, UniformTexelBuffer,
        StorageTexelBuffer,
    }

    /// <summary>Finds the binding in the pipeline layout.</summary>
    private int ResourceOf(uint id, uint set, uint binding, DescriptorUse use, int length, out int count)
    {
        if (set < _stage.Sets.Count)
        {
            foreach (var entry in _stage.Sets[(int)set])
            {
                if (entry.Binding != binding)
                    continue;
                bool kindFits = entry.Kind switch
                {
                    DescriptorKind.UniformBuffer or DescriptorKind.UniformBufferDynamic => use == DescriptorUse.UniformBuffer,
                    DescriptorKind.StorageBuffer or DescriptorKind.StorageBufferDynamic => use == DescriptorUse.StorageBuffer,
                    DescriptorKind.SampledImage => use == DescriptorUse.SampledImage,
                    DescriptorKind.StorageImage => use == DescriptorUse.StorageImage,
                    DescriptorKind.Sampler => use == DescriptorUse.Sampler,
                    DescriptorKind.CombinedImageSampler => use is DescriptorUse.CombinedImageSampler
                        or DescriptorUse.SampledImage or DescriptorUse.Sampler,
                    DescriptorKind.UniformTexelBuffer => use == DescriptorUse.UniformTexelBuffer,
                    DescriptorKind.StorageTexelBuffer => use == DescriptorUse.StorageTexelBuffer,
                    DescriptorKind.Mutable => true,
                    _ => false,
                };
                if (!kindFits)
                {
                    Refusal.Throw($"{_module.NameOf(id)}: set {set} binding {binding} of the pipeline layout is a {entry.Kind}");
                }

                if (entry.Count == 0 || entry.Count > int.MaxValue || entry.Count < length)
                {
                    Refusal.Throw($"{_module.NameOf(id)}: set {set} binding {binding} of the pipeline layout has {entry.Count} "
                        + $"descriptors, the shader declares {length}");
                }

                count = (int)entry.Count;
                bool isBehind = entry.Kind == DescriptorKind.Mutable && use is not (DescriptorUse.UniformBuffer or DescriptorUse.StorageBuffer);
                int part = isBehind ? BufferDescriptor.Size : 0;
                if (_resourceOf.TryGetValue(((int)set, (int)binding, part), out int known))
                    return known;
                _f.Resources.Add(new Resource((int)set, (int)binding, count, entry.TableOffset + part, entry.Stride,
                    entry.DynamicIndex));
                _resourceOf.Add(((int)set, (int)binding, part), _f.Resources.Count - 1);
                return _f.Resources.Count - 1;
            }
        }

        Refusal.Throw($"{_module.NameOf(id)}: the pipeline layout has no set {set} binding {binding}");
        count = 0;
        return -1;
    }

    /// <summary>Set and binding of a variable that is used; others need not have them.</summary>
    private (uint Set, uint Binding) PlaceOf(uint id)
    {
        if (!_module.TryDecoration(id, Decoration.DescriptorSet, out uint set) | !_module.TryDecoration(id, Decoration.Binding, out uint binding))
            Refusal.Throw($"{_module.NameOf(id)} lacks DescriptorSet or Binding");
        return (set, binding);
    }

    /// <summary>True where no variable of the binding can be written, and no address either could reach it.</summary>
    private bool IsReadOnlyBinding(uint set, uint binding)
    {
        if (_writableBindings == null)
        {
            _writableBindings = [];
            ScanWritable(_writableBindings);
        }

        return !_usesAddresses && !_writableBindings.Contains((set, binding));
    }

    private void ScanWritable(HashSet<(uint Set, uint Binding)> writable)
    {
        foreach (var capability in _module.Capabilities)
            _usesAddresses |= capability == Capability.PhysicalStorageBufferAddresses;
        int end = _module.Functions[0].Instruction;
        for (int i = 0; i < end; i++)
        {
            ref readonly var variable = ref _module.Instruction(i);
            if (variable.Opcode != Opcode.OpVariable || !_module.TryType(variable.ResultType, out var pointer)
                || pointer.StorageClass is not (StorageClass.StorageBuffer or StorageClass.Uniform)
                || !_module.TryDecoration(variable.Result, Decoration.DescriptorSet, out uint set)
                || !_module.TryDecoration(variable.Result, Decoration.Binding, out uint binding))
            {
                continue;
            }

            var block = _module.Type(pointer.Element);
            if (block.Kind is TypeKind.Array or TypeKind.RuntimeArray)
                block = _module.Type(block.Element);
            bool storage = pointer.StorageClass == StorageClass.StorageBuffer
                || _module.HasDecoration(block.Id, Decoration.BufferBlock);
            if (!storage)
                continue;
            bool readOnly = _module.HasDecoration(variable.Result, Decoration.NonWritable) || AllMembersNonWritable(block);
            if (!readOnly || _module.HasDecoration(variable.Result, Decoration.Aliased))
                writable.Add((set, binding));
        }
    }

    private bool AllMembersNonWritable(in TypeInfo block)
    {
        if (block.Kind != TypeKind.Struct)
            return false;
        for (int i = 0; i < block.Count; i++)
        {
            if (!_module.HasMemberDecoration(block.Id, i, Decoration.NonWritable))
                return false;
        }

        return true;
    }

    // Push constants, workgroup memory, addresses --------------------------------------------------------------------

    private MemoryPointer PushConstantPointer(in TypeInfo pointer)
    {
        var shape = ShapeOf(pointer.Element);
        long size = _explicitLayout.SizeOf(shape, 0, false, 0);
        if (size > _stage.PushConstantBytes)
        {
            Refusal.Throw($"the shader declares {size} bytes of push constants, the pipeline layout has "
                + $"{_stage.PushConstantBytes}");
        }

        _f.PushConstantBytes = Math.Max(_f.PushConstantBytes, (int)size);
        var root = new MemoryRoot(MemoryKind.PushConstant, -1, 1, ValueId.None, Natural: false);
        return new MemoryPointer(root, shape, ValueId.None, false, 0, [], 0, false, 0, NodeFlags.ReadOnly);
    }

    private MemoryPointer WorkgroupPointer(in TypeInfo pointer)
    {
        var shape = _shapes.Of(pointer.Element);
        bool natural = !_module.HasDecoration(shape.TypeId, Decoration.Block);
        long size, offset;
        if (natural)
        {
            size = _naturalLayout.NaturalSize(shape).Size;
            offset = (Math.Max(_f.WorkgroupBytes, WorkgroupBlockBytes()) + 15L) & ~15L;
        }
        else
        {
            // Blocks with explicit layout all start at the same place: they alias each other, and nothing else.
            size = _explicitLayout.SizeOf(shape, 0, false, 0);
            offset = 0;
        }

        if (offset + size > 1 << 24)
            Refusal.Throw($"{offset + size} bytes of workgroup memory");
        _f.WorkgroupBytes = (int)Math.Max(_f.WorkgroupBytes, offset + size);
        var root = new MemoryRoot(MemoryKind.Workgroup, -1, 1, ValueId.None, natural);
        return new MemoryPointer(root, shape, ValueId.None, false, offset, [], 0, false, 0, NodeFlags.None);
    }

    /// <summary>Bytes of the largest block with explicit layout in workgroup memory.</summary>
    private long WorkgroupBlockBytes()
    {
        if (_workgroupBlockBytes >= 0)
            return _workgroupBlockBytes;
        _workgroupBlockBytes = 0;
        for (int i = 0; i < _module.Functions[0].Instruction; i++)
        {
            ref readonly var variable = ref _module.Instruction(i);
            if (variable.Opcode != Opcode.OpVariable || (StorageClass)_module.Operands(variable)[0] != StorageClass.Workgroup)
                continue;
            var shape = _shapes.Of(_module.Type(variable.ResultType).Element);
            if (_module.HasDecoration(shape.TypeId, Decoration.Block))
                _workgroupBlockBytes = Math.Max(_workgroupBlockBytes, _explicitLayout.SizeOf(shape, 0, false, 0));
        }

        return _workgroupBlockBytes;
    }

    private MemoryPointer PhysicalPointer(ValueId address, in TypeInfo pointer)
    {
        var root = new MemoryRoot(MemoryKind.Physical, -1, 1, address, Natural: false);
        return new MemoryPointer(root, _shapes.Of(pointer.Element), ValueId.None, false, 0, [], 0, false, 0, NodeFlags.None);
    }

    // Builtins -------------------------------------------------------------------------------------------------------

    private LocalPointer BuiltinPointer(uint id, in TypeInfo pointer)
    {
        if (!_module.TryBuiltIn(id, out var builtIn))
            Refusal.Throw($"{_module.NameOf(id)}: input variables without BuiltIn are not supported");
        var shape = ShapeOf(pointer.Element);
        var values = BuiltinLeaves(builtIn);
        if (values.Length != shape.Leaves || shape.LeafType(0) != IrType.I32)
            Refusal.Throw($"BuiltIn {EnumerantTable.Name(builtIn)} has an unexpected type");
        var slots = new Slot[values.Length];
        for (int i = 0; i < slots.Length; i++)
            slots[i] = new Slot(IrType.I32, -1, -1, values[i]);
        var variable = new LocalVariable { Shape = shape, Indexed = false, Slots = slots };
        return new LocalPointer(variable, shape, 0, ValueId.None, []);
    }
}
