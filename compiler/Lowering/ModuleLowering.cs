using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>
/// SPIR-V to IR. In: a module that has passed validation, and what the pipeline says about the stage. Out: one function
/// at Invocation level: every call inlined, every composite split into scalars, variables in SSA form, constants
/// specialized, each buffer access with its bounds check.
/// </summary>
/// <remarks>
/// The class is spread over files by instruction group. Block 0 is a prologue: constants, builtins, buffer bases and
/// limits, all of which every later block may use; it stays open until the end.
/// </remarks>
internal sealed partial class ModuleLowering
{
    /// <summary>Nodes after which a module is refused: inlining can double a program at every level of calls.</summary>
    private const int MaxNodes = 4_000_000;

    /// <summary>SPIR-V instructions looked at, inlined ones each time, and phi operands searched.</summary>
    private const long MaxWork = 64_000_000;

    private readonly Module _module;
    private readonly StageDesc _stage;
    private readonly Function _f = new() { Level = FunctionLevel.Invocation };
    private readonly RoundingBuilder _b;
    private readonly SsaConstruction _ssa;
    private readonly ValueTable _values;
    private readonly ShapeTable _shapes;
    private readonly MemoryLayout _explicitLayout, _naturalLayout;
    private readonly List<ValueId> _scratch = [];
    private FloatControls _floats;
    private string _current = "";
    private long _work;

    private ModuleLowering(Module module, StageDesc stage)
    {
        _module = module;
        _stage = stage;
        _b = new RoundingBuilder(_f);
        _ssa = new SsaConstruction(_b);
        _values = new ValueTable(module.Bound);
        _shapes = new ShapeTable(module, ConstantInteger);
        _explicitLayout = new MemoryLayout(module, natural: false);
        _naturalLayout = new MemoryLayout(module, natural: true);
    }

    /// <summary>Lowers the entry point that the stage names.</summary>
    /// <returns>The function, or null after a diagnostic that says what is not supported or does not fit the pipeline
    /// layout.</returns>
    public static Function? Lower(Module module, StageDesc stage, List<Diagnostic> diagnostics)
    {
        var lowering = new ModuleLowering(module, stage);
        try
        {
            lowering.Run();
            lowering._ssa.Discard();
            return lowering._f;
        }
        catch (Refusal refusal)
        {
            string name = lowering._current;
            string message = name.Length == 0 || refusal.Message.Contains(name, StringComparison.Ordinal)
                ? refusal.Message
                : $"{name}: {refusal.Message}";
            int offset = lowering._f.CurrentSpirvOffset;
            diagnostics.Add(new Diagnostic(offset == 0 ? -1 : offset, message));
            return null;
        }
    }

    private void Run()
    {
        _b.Block = _f.NewBlock();
        _f.Layout.Add(_b.Block);
        CheckCapabilities();
        int function = FindEntryPoint(out uint entryPoint);
        _floats = FloatControls.Of(_module, entryPoint);
        LowerConstants();
        SetLocalSize(entryPoint);
        ScanVariables();
        CreatePointerTargets();

        var body = _f.NewBlock();
        _f.Layout.Add(body);
        _ssa.Seal(body);
        _b.Block = body;
        CreatePrivateVariables();
        LowerBody(function, BlockId.None);
        _current = "";
        _f.CurrentSpirvOffset = 0;
        _f.Jump(_f.Entry, body, []);
        if (_f.NodeCount > MaxNodes)
            Refusal.Throw("the program is too large once its calls are inlined");
        ParameterCleanup.Run(_f);
    }

    private int FindEntryPoint(out uint id)
    {
        foreach (var entry in _module.EntryPoints)
        {
            if (entry.Name != _stage.EntryPoint || entry.Model != ExecutionModel.GLCompute)
                continue;
            id = entry.Function;
            int function = _module.FunctionIndexOf(id);
            if (function >= 0 && _module.Functions[function].ParameterCount == 0)
                return function;
        }

        Refusal.Throw($"no compute entry point named \"{_stage.EntryPoint}\"");
        id = 0;
        return -1;
    }

    private void SetLocalSize(uint entryPoint)
    {
        foreach (var mode in _module.ExecutionModes)
        {
            if (mode.EntryPoint != entryPoint)
                continue;
            var operands = _module.Words.Slice(mode.OperandOffset, mode.OperandCount);
            switch (mode.Mode)
            {
                case ExecutionMode.LocalSize when operands.Length == 3:
                    _f.LocalSize = CheckedSize(operands[0], operands[1], operands[2]);
                    break;
                case ExecutionMode.LocalSizeId when operands.Length == 3:
                    _f.LocalSize = CheckedSize(ConstantInteger(operands[0]), ConstantInteger(operands[1]),
                        ConstantInteger(operands[2]));
                    break;
            }
        }

        // A constant decorated WorkgroupSize overrides the execution modes.
        foreach (var decoration in _module.AllDecorations)
        {
            if (decoration is not { Decoration: Decoration.BuiltIn, OperandCount: > 0, Member: < 0 }
                || (BuiltIn)_module.Operands(decoration)[0] != BuiltIn.WorkgroupSize || !_values.Has(decoration.Target))
            {
                continue;
            }

            var size = _values.Of(decoration.Target);
            if (size.Length != 3)
                Refusal.Throw("WorkgroupSize is not a vector of 3");
            _f.LocalSize = CheckedSize(ConstantLeaf(size[0]), ConstantLeaf(size[1]), ConstantLeaf(size[2]));
        }
    }

    private static (int X, int Y, int Z) CheckedSize(long x, long y, long z)
    {
        // The product bounds what the SIMD stage makes of it; the limits are far below.
        if (x is <= 0 or > 65535 || y is <= 0 or > 65535 || z is <= 0 or > 65535 || x * y * z > 65536)
            Refusal.Throw($"a workgroup of {x} x {y} x {z} invocations");
        return ((int)x, (int)y, (int)z);
    }

    /// <summary>Runs with new nodes going to the prologue, which dominates everything.</summary>
    private BlockId EnterPrologue()
    {
        var block = _b.Block;
        _b.Block = _f.Entry;
        return block;
    }

    private void LeavePrologue(BlockId block) => _b.Block = block;

    private void CountWork(long steps)
    {
        _work += steps;
        if (_work > MaxWork || _f.NodeCount > MaxNodes || _ssa.DefinitionCount > 4 * MaxNodes)
            Refusal.Throw("the program is too large once its calls are inlined");
    }

    // Values ---------------------------------------------------------------------------------------------------------

    private Shape ShapeOf(uint typeId)
    {
        var shape = _shapes.Of(typeId);
        if (shape.Leaves > ShapeTable.MaxLeaves)
            Refusal.Throw($"a value of {shape.Leaves} scalars is too large");
        return shape;
    }

    /// <summary>The shape of a value's type.</summary>
    private Shape ShapeOfValue(uint id) => ShapeOf(_module.TypeIdOf(id));

    private IrType ScalarTypeOf(uint typeId) => ShapeOf(typeId).LeafType(0);

    /// <summary>The leaves of a value.</summary>
    private ReadOnlySpan<ValueId> Leaves(uint id)
    {
        Ensure(id);
        if (_values.PointerOf(id) is { } pointer)
        {
            if (pointer is MemoryPointer { Root.Kind: MemoryKind.Physical } physical)
                return new[] { PhysicalAddress(physical) };
            if (pointer is not MemoryPointer memory)
            {
                Refusal.Throw("a pointer to a variable of an invocation is used as a value");
                return default;
            }

            return PointerLeaves(memory);
        }

        return _flushesOperands ? Flushed(_values.Of(id)) : _values.Of(id);
    }

    /// <summary>Global variables get their pointers when first named.</summary>
    private void Ensure(uint id)
    {
        if (_values.Has(id))
            return;
        if (_module.OpcodeOf(id) != Opcode.OpVariable)
            Refusal.Throw($"%{id} ({InstructionTable.Name(_module.OpcodeOf(id))}) has no value here");
        CreateGlobal(id);
    }

    private Pointer PointerOf(uint id)
    {
        Ensure(id);
        if (_values.PointerOf(id) is { } pointer)
            return pointer;
        var type = _module.TypeOf(id);
        if (!type.IsPointer)
            Refusal.Throw($"%{id} is not a pointer");
        if (IsPointerValue(type))
            return VariablePointer(id, type);
        return PhysicalPointer(_values.Of(id)[0], type);
    }

    private ValueId Leaf(uint id) => Leaves(id)[0];

    private void SetScalar(uint id, ValueId value) => _values.Set(id, [value]);

    /// <summary>The value of an integer constant, sign-extended if its type is signed.</summary>
    private long ConstantInteger(uint id)
    {
        if (!_values.Has(id) || _values.PointerOf(id) != null)
            Refusal.Throw($"%{id} is not a constant");
        var type = _module.TypeOf(id);
        long bits = ConstantLeaf(_values.Of(id)[0]);
        return type.Signed ? IntegerMath.Sign((ulong)bits, type.Width) : bits;
    }

    private long ConstantLeaf(ValueId id)
    {
        if (!_b.TryConst(id, out long bits))
            Refusal.Throw("a constant expression has no constant value");
        return bits;
    }
}
