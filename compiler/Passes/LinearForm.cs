using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>An i32, uniform or of lanes, as a sum of values times constants, plus a constant, modulo 2^32. One of too many values is
/// like no other.</summary>
internal sealed class LinearForm
{
    private const int MaxTerms = 6, MaxDepth = 10;
    private readonly ValueId[] _values = new ValueId[MaxTerms];
    private readonly uint[] _factors = new uint[MaxTerms];
    private int _count;
    private bool _isPartial;

    public uint Constant { get; private set; }

    public void Set(Function f, ValueId value)
    {
        _count = 0;
        Constant = 0;
        _isPartial = false;
        Add(f, value, 1, 0);
    }

    /// <summary>True where the two differ by their constants only.</summary>
    public bool HasTermsOf(LinearForm other)
    {
        if (_isPartial || other._isPartial || _count != other._count)
            return false;
        for (int i = 0; i < _count; i++)
        {
            int at = Array.IndexOf(other._values, _values[i], 0, other._count);
            if (at < 0 || other._factors[at] != _factors[i])
                return false;
        }

        return true;
    }

    private void Add(Function f, ValueId value, uint factor, int depth)
    {
        ref var node = ref f[value];
        if (node.Op == Op.Const)
        {
            Constant += factor * (uint)node.Imm;
            return;
        }

        if (depth < MaxDepth && _count < MaxTerms - 1)
        {
            var operands = f.Operands(value);
            switch (node.Op)
            {
                case Op.IAdd:
                    Add(f, operands[0], factor, depth + 1);
                    Add(f, f.Operand(value, 1), factor, depth + 1);
                    return;
                case Op.ISub:
                    Add(f, operands[0], factor, depth + 1);
                    Add(f, f.Operand(value, 1), 0 - factor, depth + 1);
                    return;
                case Op.Splat:
                    Add(f, operands[0], factor, depth + 1);
                    return;
                case Op.Shl when f[operands[1]].Op == Op.Const:
                    Add(f, operands[0], factor << (int)(f[operands[1]].Imm & 31), depth + 1);
                    return;
                case Op.IMul when f[operands[1]].Op == Op.Const:
                    Add(f, operands[0], factor * (uint)f[operands[1]].Imm, depth + 1);
                    return;
            }
        }

        int at = Array.IndexOf(_values, value, 0, _count);
        if (at < 0)
        {
            if (_count == MaxTerms)
            {
                _isPartial = true;
                return;
            }

            at = _count++;
            _values[at] = value;
            _factors[at] = 0;
        }

        _factors[at] += factor;
    }
}
