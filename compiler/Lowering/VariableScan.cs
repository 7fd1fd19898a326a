using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// What must be known of Function and Private variables before they are lowered: whether an array in them is indexed
/// dynamically anywhere (through parameters of inlined functions too), and whether something might read them before
/// they were stored whole.
/// </summary>
internal sealed class VariableScan
{
    private readonly Module _module;

    /// <summary>For a pointer made by an access chain or copy, the variable or parameter it points into.</summary>
    private readonly Dictionary<uint, uint> _roots = [];
    private readonly HashSet<uint> _indexed = [];
    private readonly HashSet<uint> _exposed = [];
    private readonly Dictionary<uint, List<uint>> _argumentsOf = [];

    private VariableScan(Module module) => _module = module;

    public static VariableScan Run(Module module)
    {
        var scan = new VariableScan(module);
        foreach (var function in module.Functions)
        {
            foreach (var block in module.BlocksOf(function))
                scan.ScanBlock(block);
        }

        scan.Propagate();
        return scan;
    }

    /// <summary>True where an array within the variable is indexed by something that is not a constant.</summary>
    public bool IsIndexed(uint variable) => _indexed.Contains(variable);

    /// <summary>True unless every use of the variable follows, in its block, a store of the whole variable.</summary>
    public bool MayBeReadEarly(uint variable) => _exposed.Contains(variable);

    private void ScanBlock(in BlockInfo block)
    {
        var stored = new HashSet<uint>();
        for (int index = block.First; index <= block.Terminator; index++)
        {
            ref readonly var i = ref _module.Instruction(index);
            var operands = _module.Operands(i);
            switch (i.Opcode)
            {
                case Opcode.OpVariable:
                    break;
                case Opcode.OpStore when !_roots.ContainsKey(operands[0]):
                    stored.Add(operands[0]);
                    break;
                case Opcode.OpAccessChain or Opcode.OpInBoundsAccessChain:
                    uint root = Root(operands[0]);
                    _roots[i.Result] = root;
                    Expose(root, stored);
                    if (HasDynamicIndex(operands[1..]))
                        _indexed.Add(root);
                    break;
                case Opcode.OpCopyObject:
                    _roots[i.Result] = Root(operands[0]);
                    Expose(Root(operands[0]), stored);
                    break;
                case Opcode.OpFunctionCall:
                    AddCall(operands, stored);
                    break;
                default:
                    foreach (uint operand in operands)
                        Expose(Root(operand), stored);
                    break;
            }
        }
    }

    private void AddCall(ReadOnlySpan<uint> operands, HashSet<uint> stored)
    {
        int callee = _module.FunctionIndexOf(operands[0]);
        if (callee < 0)
            return;
        var parameters = _module.Parameters(_module.Functions[callee]);
        for (int k = 0; k < parameters.Length && k + 1 < operands.Length; k++)
        {
            uint root = Root(operands[k + 1]);
            Expose(root, stored);
            if (_module.OpcodeOf(root) is not (Opcode.OpVariable or Opcode.OpFunctionParameter))
                continue;
            if (!_argumentsOf.TryGetValue(parameters[k], out var list))
                _argumentsOf.Add(parameters[k], list = []);
            list.Add(root);
        }
    }

    private uint Root(uint pointer) => _roots.GetValueOrDefault(pointer, pointer);

    private void Expose(uint variable, HashSet<uint> stored)
    {
        if (!stored.Contains(variable) && _module.OpcodeOf(variable) == Opcode.OpVariable)
            _exposed.Add(variable);
    }

    private bool HasDynamicIndex(ReadOnlySpan<uint> indices)
    {
        foreach (uint index in indices)
        {
            if (_module.OpcodeOf(index) is not (Opcode.OpConstant or Opcode.OpSpecConstant or Opcode.OpSpecConstantOp
                or Opcode.OpConstantNull or Opcode.OpUndef))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A parameter that is indexed makes every argument given for it indexed.</summary>
    private void Propagate()
    {
        var work = new Stack<uint>(_indexed);
        while (work.TryPop(out uint parameter))
        {
            if (!_argumentsOf.TryGetValue(parameter, out var arguments))
                continue;
            foreach (uint argument in arguments)
            {
                if (_indexed.Add(argument))
                    work.Push(argument);
            }
        }
    }
}
