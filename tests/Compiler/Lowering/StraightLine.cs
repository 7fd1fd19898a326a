using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Tests.Lowering;

/// <summary>Evaluates a routine of elementwise ops quickly, by <see cref="ScalarMath"/>, on many arguments.</summary>
internal sealed class StraightLine
{
    private readonly List<(Op Op, Scalar Result, Scalar Operand, int A, int B, int C, int To)> _steps = [];
    private readonly ulong[] _values;
    private readonly ValueId _x, _y, _result;

    public StraightLine(Func<FunctionBuilder, ValueId, ValueId, ValueId> routine)
    {
        var f = new Function();
        var b = new FunctionBuilder(f) { Block = f.NewBlock() };
        var body = f.NewBlock();
        _x = f.AddParam(body, IrType.F32);
        _y = f.AddParam(body, IrType.F32);
        b.Block = body;
        _result = routine(b, _x, _y);
        _values = new ulong[f.NodeCount];
        foreach (var block in new[] { f.Entry, body })
        {
            for (var id = f[block].First; !id.IsNone; id = f[id].Next)
            {
                if (f[id].Op == Op.Const)
                {
                    _values[id.Index] = (ulong)f[id].Imm;
                    continue;
                }

                var operands = f.Operands(id);
                var first = f.TypeOf(f[id].Op == Op.Select ? operands[1] : operands[0]).Scalar;
                _steps.Add((f[id].Op, f.TypeOf(id).Scalar, first, operands[0].Index,
                    operands.Length > 1 ? operands[1].Index : operands[0].Index,
                    operands.Length > 2 ? operands[2].Index : operands[0].Index, id.Index));
            }
        }
    }

    /// <summary>Ops that the routine takes.</summary>
    public int Steps => _steps.Count;

    public float Evaluate(float x, float y = 0)
    {
        _values[_x.Index] = BitConverter.SingleToUInt32Bits(x);
        _values[_y.Index] = BitConverter.SingleToUInt32Bits(y);
        foreach (var (op, result, operand, a, b, c, to) in _steps)
            _values[to] = ScalarMath.Evaluate(op, result, operand, _values[a], _values[b], _values[c]);
        return BitConverter.UInt32BitsToSingle((uint)_values[_result.Index]);
    }
}
