using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Lowering.Routines;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Instructions on matrices.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerMatrix(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpMatrixTimesVector or Opcode.OpVectorTimesMatrix or Opcode.OpMatrixTimesMatrix
                or Opcode.OpOuterProduct or Opcode.OpTranspose:
                break;
            default:
                return false;
        }

        var results = new ValueId[ShapeOf(i.Type).Leaves];
        var a = Leaves(i[0]);
        var flags = Precise(i);
        switch (i.Opcode)
        {
            case Opcode.OpTranspose:
                Matrices.Transpose(a, RowsOf(i[0]), results);
                break;
            case Opcode.OpMatrixTimesVector:
                CheckProduct(a.Length, results.Length * Leaves(i[1]).Length);
                Matrices.TimesVector(_b, a, Leaves(i[1]), results, flags);
                break;
            case Opcode.OpVectorTimesMatrix:
                CheckProduct(Leaves(i[1]).Length, results.Length * a.Length);
                Matrices.VectorTimes(_b, a, Leaves(i[1]), results, flags);
                break;
            case Opcode.OpMatrixTimesMatrix:
                int inner = RowsOf(i[1]), rows = RowsOf(i[0]);
                CheckProduct(a.Length, inner * rows);
                CheckProduct(Leaves(i[1]).Length * rows, results.Length * inner);
                Matrices.Times(_b, a, Leaves(i[1]), results, rows, inner, flags);
                break;
            default:
                CheckProduct(results.Length, a.Length * Leaves(i[1]).Length);
                Matrices.OuterProduct(_b, a, Leaves(i[1]), results, flags);
                break;
        }

        _values.Set(i.Result, results);
        return true;
    }

    private int RowsOf(uint matrix)
    {
        var shape = ShapeOfValue(matrix);
        if (shape.Kind != TypeKind.Matrix)
            Refusal.Throw($"%{matrix} is not a matrix");
        return shape.Element!.Count;
    }

    private static void CheckProduct(int leaves, int product)
    {
        if (leaves != product || leaves == 0)
            Refusal.Throw("the operands' dimensions do not fit");
    }
}
