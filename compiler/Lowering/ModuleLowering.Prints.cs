using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// NonSemantic.DebugPrintf: each active invocation takes room in the print buffer and writes a record there. The driver makes
/// text of the records when the dispatch has ended.
/// </summary>
internal sealed partial class ModuleLowering
{
    private const string PrintSet = "NonSemantic.DebugPrintf";

    private const uint DebugPrintf = 1;

    private readonly Dictionary<int, int> _printFormats = [];
    private int _printResource = -1;

    private void LowerPrint(in Insn i)
    {
        if (i[1] != DebugPrintf)
            return;
        if (_module.OpcodeOf(i[2]) != Opcode.OpString)
            Refusal.Throw("the format of DebugPrintf is not an OpString");
        var arguments = new List<PrintArgument>();
        var words = new List<ValueId>();
        foreach (uint id in i.Operands[3..])
        {
            arguments.Add(_module.OpcodeOf(id) == Opcode.OpString
                ? new PrintArgument(PrintKind.Text, false, 0, _module.StringOf(id))
                : AddWords(id, words));
        }

        int count = Math.Max(words.Count, arguments.Count);
        if (count > PrintBuffer.MaxArguments)
            Refusal.Throw($"DebugPrintf has {count} arguments or words of them, more than {PrintBuffer.MaxArguments}");
        if (!_printFormats.TryGetValue(_f.CurrentSpirvOffset, out int format))
        {
            format = _f.Prints.Count;
            _printFormats.Add(_f.CurrentSpirvOffset, format);
            _f.Prints.Add(new PrintFormat(_module.StringOf(i[2]), arguments));
        }

        StoreRecord(format, words);
    }

    /// <summary>Appends an argument's components, as words.</summary>
    private PrintArgument AddWords(uint id, List<ValueId> words)
    {
        var type = _module.TypeOf(id);
        var component = type.Kind == TypeKind.Vector ? _module.Type(type.Element) : type;
        var leaves = Leaves(id).ToArray();
        bool isNumber = component.Kind is TypeKind.Int or TypeKind.Float or TypeKind.Bool || type.IsPointer;
        if (!isNumber || leaves.Length > 4)
            Refusal.Throw("an argument of DebugPrintf that is neither a number nor a vector");
        bool isWide = false;
        foreach (var leaf in leaves)
        {
            var value = leaf;
            var scalar = _f.TypeOf(leaf);
            if (scalar.Scalar == Scalar.Bool)
                value = _b.Select(value, _b.I32(1), _b.I32(0));
            else if (scalar.Scalar == Scalar.F16)
                value = _b.Bitcast(IrType.I32, _b.Convert(Op.FWiden, IrType.F32, value));
            else if (scalar.IsFloat)
                value = _b.Bitcast(scalar.Bits == 64 ? IrType.I64 : IrType.I32, value);
            else if (scalar.Bits < 32)
                value = Resize(value, IrType.I32, component.Signed);
            isWide = scalar.Bits == 64;
            if (isWide)
            {
                var (low, high) = Packing.Split(_b, value);
                words.Add(low);
                words.Add(high);
            }
            else
            {
                words.Add(value);
            }
        }

        return new PrintArgument(component.Kind == TypeKind.Float ? PrintKind.Float : PrintKind.Integer, isWide, leaves.Length, "");
    }

    private void StoreRecord(int format, List<ValueId> words)
    {
        int bytes = 4 * (1 + words.Count);
        var block = EnterPrologue();
        if (_printResource < 0)
        {
            // It stands behind the dynamic buffers of the argument frame, and is named like one of a set that no layout has.
            _printResource = _f.Resources.Count;
            _f.Resources.Add(new Resource(KernelAbi.MaxDescriptorSets, 0, 1, 0, BufferDescriptor.Size, KernelAbi.MaxDynamicDescriptors));
        }

        var zero = _b.I32(0);
        var start = _b.Emit(Op.BufferBase, IrType.Base, [zero], aux: _printResource);
        var range = _b.Emit(Op.BufferRange, IrType.I32, [zero], aux: _printResource);
        var isHeard = _b.Compare(Op.ULe, _b.I32(PrintBuffer.FirstRecord + bytes), range);
        var last = _b.ISub(range, _b.I32(bytes));
        LeavePrologue(block);

        // The cursor stands still once it is beyond the end, so that it never comes round.
        var seen = _b.Emit(Op.Load, IrType.I32, [start, zero, isHeard], PrintBuffer.Cursor, flags: AtomicFlags);
        var isOpen = _b.And(isHeard, _b.Compare(Op.ULe, seen, range));
        var at = _b.Emit(Op.AtomicRmw, IrType.I32, [start, zero, _b.I32(bytes), isOpen], PrintBuffer.Cursor, (int)AtomicKind.Add);
        var fits = _b.And(isOpen, _b.Compare(Op.ULe, at, last));
        _b.Emit(Op.Store, IrType.Void, [start, at, _b.I32(format + 1), fits]);
        for (int k = 0; k < words.Count; k++)
            _b.Emit(Op.Store, IrType.Void, [start, at, words[k], fits], 4 * (k + 1));
    }
}
