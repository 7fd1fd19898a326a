using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Composite instructions: mostly the moving about of leaves, which emits nothing.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerComposite(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpUndef or Opcode.OpConstantNull:
                SetZero(i.Result, i.Type);
                return true;
            case Opcode.OpCompositeConstruct:
                Concatenate(i.Result, i.Operands);
                if (_values.Of(i.Result).Length != ShapeOf(i.Type).Leaves)
                    Refusal.Throw("constituents do not make up the result");
                return true;
            case Opcode.OpCompositeExtract:
                var (start, part) = Follow(ShapeOfValue(i[0]), i.Operands[1..]);
                _values.Set(i.Result, Leaves(i[0]).Slice(start, part.Leaves));
                return true;
            case Opcode.OpCompositeInsert:
                var (at, _) = Follow(ShapeOfValue(i[1]), i.Operands[2..]);
                var leaves = Leaves(i[1]).ToArray();
                Leaves(i[0]).CopyTo(leaves.AsSpan(at));
                _values.Set(i.Result, leaves);
                return true;
            case Opcode.OpVectorShuffle:
                return Shuffle(i);
            case Opcode.OpVectorExtractDynamic:
                return ExtractDynamic(i);
            case Opcode.OpVectorInsertDynamic:
                return InsertDynamic(i);
            case Opcode.OpCopyObject:
                // What has no value, an undefined image, has none under another name either.
                if (_module.OpcodeOf(i[0]) == Opcode.OpVariable)
                    Ensure(i[0]);
                _values.Alias(i.Result, i[0]);
                return true;
            case Opcode.OpCopyLogical or Opcode.OpExpectKHR:
                _values.Set(i.Result, Leaves(i[0]));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Leaf and shape of the part that literal indices lead to.</summary>
    private static (int Leaf, Shape Part) Follow(Shape shape, ReadOnlySpan<uint> indices)
    {
        int start = 0;
        foreach (uint index in indices)
        {
            if (index >= (uint)shape.Count)
                Refusal.Throw($"index {index} of a composite of {shape.Count}");
            shape = shape.Part((int)index, out int leaf);
            start += leaf;
        }

        return (start, shape);
    }

    private bool Shuffle(in Insn i)
    {
        var a = Leaves(i[0]);
        var b = Leaves(i[1]);
        var results = new ValueId[i.Count - 2];
        for (int k = 0; k < results.Length; k++)
        {
            uint component = i[k + 2];
            if (component < (uint)a.Length)
                results[k] = a[(int)component];
            else if (component - (uint)a.Length < (uint)b.Length)
                results[k] = b[(int)component - a.Length];
            else if (component == uint.MaxValue)
                results[k] = _b.Zero(ScalarTypeOf(i.Type));
            else
                Refusal.Throw($"component {component} of vectors of {a.Length} and {b.Length}");
        }

        _values.Set(i.Result, results);
        return true;
    }

    /// <summary>A chain of selects; an index beyond the vector gives the last component.</summary>
    private bool ExtractDynamic(in Insn i)
    {
        var vector = Leaves(i[0]);
        var index = IndexValue(i[1]);
        var result = vector[0];
        for (int k = 1; k < vector.Length; k++)
            result = _b.Select(IsChosen(index, k, vector.Length), vector[k], result);
        SetScalar(i.Result, result);
        return true;
    }

    private bool InsertDynamic(in Insn i)
    {
        var vector = Leaves(i[0]);
        var component = Leaf(i[1]);
        var index = IndexValue(i[2]);
        var results = new ValueId[vector.Length];
        for (int k = 0; k < results.Length; k++)
            results[k] = _b.Select(IsChosen(index, k, vector.Length), component, vector[k]);
        _values.Set(i.Result, results);
        return true;
    }
}
