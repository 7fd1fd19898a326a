using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Instructions under the entry point's float controls.</summary>
internal sealed partial class ModuleLowering
{
    /// <summary>What flushing gave or would leave as it is.</summary>
    private readonly HashSet<ValueId> _flushed = [];

    private bool _flushesOperands;

    private void EnterFloats(Opcode opcode)
    {
        _flushesOperands = _floats.Flushed != 0 && FloatControls.Computes(opcode);
        _b.TowardZeroWidths = FloatControls.Rounds(opcode) ? _floats.TowardZero : 0;
    }

    private void LeaveFloats(uint result)
    {
        bool flushes = _flushesOperands;
        _flushesOperands = false;
        _b.TowardZeroWidths = 0;
        if (flushes && result != 0 && _values.Has(result) && _values.PointerOf(result) is null)
            _values.Set(result, Flushed(_values.Of(result)));
    }

    /// <summary>The same with zeros for denormals of the widths that are flushed.</summary>
    private ReadOnlySpan<ValueId> Flushed(ReadOnlySpan<ValueId> leaves)
    {
        var results = leaves.ToArray();
        foreach (ref var leaf in results.AsSpan())
        {
            var type = _f.TypeOf(leaf);
            if (!type.IsFloat || (_floats.Flushed & type.Bits) == 0 || _flushed.Contains(leaf))
                continue;
            leaf = Denormals.Flush(_b, leaf);
            _flushed.Add(leaf);
        }

        return results;
    }
}
