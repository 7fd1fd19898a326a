using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Which file lowers which instruction.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>Lowers an instruction of a function's body, terminators aside.</summary>
    private void LowerInstruction(in Instruction instruction)
    {
        var i = new Insn(instruction.Opcode, instruction.ResultType, instruction.Result, _module.Operands(instruction));
        switch (i.Opcode)
        {
            case Opcode.OpNop or Opcode.OpLine or Opcode.OpNoLine or Opcode.OpPhi or Opcode.OpLoopMerge
                or Opcode.OpSelectionMerge or Opcode.OpAssumeTrueKHR:
                break;
            case Opcode.OpVariable:
                CreateLocal(i.Result, i.Type, i.Operands);
                break;
            case Opcode.OpLoad when _module.Type(i.Type).IsDescriptor:
                LoadDescriptor(i);
                break;
            case Opcode.OpLoad:
                LowerLoad(i);
                break;
            case Opcode.OpStore:
                LowerStore(i);
                break;
            case Opcode.OpCopyMemory:
                LowerCopyMemory(i);
                break;
            case Opcode.OpArrayLength:
                LowerArrayLength(i);
                break;
            case Opcode.OpAccessChain or Opcode.OpInBoundsAccessChain or Opcode.OpPtrAccessChain
                or Opcode.OpInBoundsPtrAccessChain:
                LowerAccessChain(i);
                break;
            case Opcode.OpPtrEqual or Opcode.OpPtrNotEqual or Opcode.OpPtrDiff:
                LowerPointerComparison(i);
                break;
            case Opcode.OpFunctionCall:
                LowerCall(i);
                break;
            case Opcode.OpExtInst:
                EnterFloats(i.Opcode);
                LowerExtended(i);
                LeaveFloats(i.Result);
                break;
            case Opcode.OpControlBarrier or Opcode.OpMemoryBarrier:
                LowerBarrier(i);
                break;
            default:
                EnterFloats(i.Opcode);
                if (!LowerValue(i) && !LowerAtomic(i) && !LowerSubgroup(i) && !LowerImage(i))
                    Refusal.Throw($"{InstructionTable.Name(i.Opcode)} is not supported yet");
                LeaveFloats(i.Result);
                break;
        }
    }

    /// <summary>Lowers what needs neither memory nor other invocations: what OpSpecConstantOp may hold, and more.</summary>
    /// <returns>False for an opcode that is none of these.</returns>
    private bool LowerValue(in Insn i) => LowerArithmetic(i) || LowerBits(i) || LowerRelational(i) || LowerConversion(i)
        || LowerComposite(i) || LowerMatrix(i);

    /// <summary>NoContraction forbids fusing the result's operation with another; so does rounding it toward zero.</summary>
    private NodeFlags Precise(in Insn i) => _b.TowardZeroWidths != 0 || (i.Result != 0 && _module.HasDecoration(i.Result, Decoration.NoContraction))
        ? NodeFlags.Precise
        : NodeFlags.None;

    /// <summary>One op per component: result component = op(a).</summary>
    private bool EachUnary(in Insn i, Op op)
    {
        var a = Leaves(i[0]);
        var results = new ValueId[a.Length];
        var flags = Precise(i);
        for (int k = 0; k < results.Length; k++)
            results[k] = _b.Unary(op, a[k], flags);
        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>One op per component: result component = op(a, b).</summary>
    private bool EachBinary(in Insn i, Op op)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        CheckLength(a, b);
        var results = new ValueId[a.Length];
        var flags = _f.TypeOf(a[0]).IsFloat ? Precise(i) : NodeFlags.None;
        for (int k = 0; k < results.Length; k++)
            results[k] = _b.Binary(op, a[k], b[k], flags);
        _values.Set(i.Result, results);
        return true;
    }

    private delegate ValueId UnaryRoutine(FunctionBuilder b, ValueId x);

    private delegate ValueId BinaryRoutine(FunctionBuilder b, ValueId x, ValueId y);

    private delegate ValueId TernaryRoutine(FunctionBuilder b, ValueId x, ValueId y, ValueId z);

    private bool Each(uint result, uint x, UnaryRoutine routine)
    {
        var a = Leaves(x);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = routine(_b, a[k]);
        _values.Set(result, results);
        return true;
    }

    private bool Each(uint result, uint x, uint y, BinaryRoutine routine)
    {
        var a = Leaves(x);
        var b = Leaves(y);
        CheckLength(a, b);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = routine(_b, a[k], b[k]);
        _values.Set(result, results);
        return true;
    }

    private bool Each(uint result, uint x, uint y, uint z, TernaryRoutine routine)
    {
        var a = Leaves(x);
        var b = Leaves(y);
        var c = Leaves(z);
        CheckLength(a, b);
        CheckLength(a, c);
        var results = new ValueId[a.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = routine(_b, a[k], b[k], c[k]);
        _values.Set(result, results);
        return true;
    }

    private static void CheckLength(ReadOnlySpan<ValueId> a, ReadOnlySpan<ValueId> b)
    {
        if (a.Length != b.Length || a.Length == 0)
            Refusal.Throw("operands differ in their number of components");
    }
}
