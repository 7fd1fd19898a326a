using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// Which variables a pointer may point into that is a value (variable pointers): through OpPhi and OpSelect, through
/// variables that hold pointers, through parameters and results of functions. The sets are those of the whole module,
/// whatever its flow; in most modules each has one member.
/// </summary>
/// <remarks>An id that is or holds a pointer has the set of those that it is made from. A variable that holds pointers, and
/// what points into it, share one set: what one store puts there, any load may find.</remarks>
internal sealed class PointerScan
{
    private readonly Module _module;
    private readonly Dictionary<uint, List<uint>> _flowsTo = [];
    private readonly Dictionary<uint, SortedSet<uint>> _roots = [];
    private readonly Dictionary<uint, bool> _holds = [];

    private PointerScan(Module module) => _module = module;

    public static PointerScan Run(Module module)
    {
        var scan = new PointerScan(module);
        bool variable = false;
        foreach (var capability in module.Capabilities)
            variable |= capability is Capability.VariablePointers or Capability.VariablePointersStorageBuffer;
        if (variable)
            scan.Scan();
        return scan;
    }

    /// <summary>Variables of StorageBuffer and Workgroup that an id may point into, by ascending id.</summary>
    public IReadOnlyCollection<uint> RootsOf(uint id) => _roots.TryGetValue(id, out var set) ? set : [];

    private void Scan()
    {
        int function = -1;
        for (int at = 0; at < _module.Instructions.Length; at++)
        {
            ref readonly var i = ref _module.Instruction(at);
            var operands = _module.Operands(i);
            switch (i.Opcode)
            {
                case Opcode.OpFunction:
                    function = _module.FunctionIndexOf(i.Result);
                    break;
                case Opcode.OpVariable:
                    if (IsMemory((StorageClass)operands[0]))
                        RootSet(i.Result).Add(i.Result);
                    else if (operands.Length > 1)
                        Flow(operands[1], i.Result);
                    break;
                case Opcode.OpStore or Opcode.OpCopyMemory:
                    Flow(operands[1], operands[0]);
                    break;
                case Opcode.OpReturnValue:
                    Flow(operands[0], _module.Instruction(_module.Functions[function].Instruction).Result);
                    break;
                case Opcode.OpFunctionCall:
                    ScanCall(i.Result, operands);
                    break;
                case Opcode.OpPhi:
                    for (int k = 0; k + 1 < operands.Length; k += 2)
                        Flow(operands[k], i.Result);
                    break;
                case Opcode.OpSelect:
                    Flow(operands[1], i.Result);
                    Flow(operands[2], i.Result);
                    break;
                case Opcode.OpCompositeConstruct or Opcode.OpConstantComposite:
                    foreach (uint part in operands)
                        Flow(part, i.Result);
                    break;
                case Opcode.OpCompositeInsert:
                    Flow(operands[0], i.Result);
                    Flow(operands[1], i.Result);
                    break;
                case Opcode.OpLoad or Opcode.OpAccessChain or Opcode.OpInBoundsAccessChain or Opcode.OpPtrAccessChain
                    or Opcode.OpInBoundsPtrAccessChain or Opcode.OpCopyObject or Opcode.OpCompositeExtract or Opcode.OpCopyLogical:
                    Flow(operands[0], i.Result);
                    break;
            }
        }

        Propagate();
    }

    private void ScanCall(uint result, ReadOnlySpan<uint> operands)
    {
        int callee = _module.FunctionIndexOf(operands[0]);
        if (callee < 0)
            return;
        var parameters = _module.Parameters(_module.Functions[callee]);
        for (int k = 0; k < parameters.Length && k + 1 < operands.Length; k++)
            Flow(operands[k + 1], parameters[k]);
        Flow(operands[0], result, always: true);
    }

    /// <summary>What the one may point into, the other may as well; both ways where one is a place that holds pointers.</summary>
    private void Flow(uint from, uint to, bool always = false)
    {
        if (!always && !Holds(_module.TypeIdOf(from)))
            return;
        Edges(from).Add(to);
        if (!always && PointsToPointers(from))
            Edges(to).Add(from);
    }

    private List<uint> Edges(uint id)
    {
        if (!_flowsTo.TryGetValue(id, out var list))
            _flowsTo.Add(id, list = []);
        return list;
    }

    private SortedSet<uint> RootSet(uint id)
    {
        if (!_roots.TryGetValue(id, out var set))
            _roots.Add(id, set = []);
        return set;
    }

    private void Propagate()
    {
        var work = new Queue<uint>(_roots.Keys);
        while (work.TryDequeue(out uint id))
        {
            if (!_flowsTo.TryGetValue(id, out var targets))
                continue;
            foreach (uint to in targets)
            {
                var set = RootSet(to);
                int before = set.Count;
                set.UnionWith(_roots[id]);
                if (set.Count > before)
                    work.Enqueue(to);
            }
        }
    }

    private static bool IsMemory(StorageClass storage) => storage is StorageClass.StorageBuffer or StorageClass.Workgroup;

    private bool PointsToPointers(uint id) =>
        _module.TypeOf(id) is { IsPointer: true } pointer && !IsMemory(pointer.StorageClass) && Holds(pointer.Element);

    /// <summary>True for a type that is or holds a pointer into memory, or points to one.</summary>
    private bool Holds(uint typeId)
    {
        if (_holds.TryGetValue(typeId, out bool known))
            return known;
        _holds.Add(typeId, false);
        var type = _module.Type(typeId);
        bool holds = false;
        switch (type.Kind)
        {
            case TypeKind.Pointer:
                holds = IsMemory(type.StorageClass)
                    || (type.StorageClass is StorageClass.Function or StorageClass.Private && Holds(type.Element));
                break;
            case TypeKind.Array:
                holds = Holds(type.Element);
                break;
            case TypeKind.Struct:
                foreach (uint member in _module.Members(type))
                    holds |= Holds(member);
                break;
        }

        _holds[typeId] = holds;
        return holds;
    }
}
