using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Input builtins. Each value is made once, in the prologue.</summary>
internal sealed partial class ModuleLowering
{
    private readonly ValueId[] _builtins = MakeNone((int)BuiltinValue.SubgroupSize + 1);

    private static ValueId[] MakeNone(int count)
    {
        var values = new ValueId[count];
        Array.Fill(values, ValueId.None);
        return values;
    }

    private ValueId Builtin(BuiltinValue which)
    {
        ref var value = ref _builtins[(int)which];
        if (value.IsNone)
        {
            var block = EnterPrologue();
            value = _b.Emit(Op.Builtin, IrType.I32, [], aux: (int)which);
            LeavePrologue(block);
        }

        return value;
    }

    private ValueId[] BuiltinLeaves(BuiltIn builtIn)
    {
        var (x, y, z) = _f.LocalSize;
        switch (builtIn)
        {
            case BuiltIn.WorkgroupId:
                return Three(BuiltinValue.WorkgroupIdX);
            case BuiltIn.NumWorkgroups:
                return Three(BuiltinValue.NumWorkgroupsX);
            case BuiltIn.LocalInvocationId:
                return [LocalId(0, x), LocalId(1, y), LocalId(2, z)];
            case BuiltIn.GlobalInvocationId:
                return [GlobalId(0, x), GlobalId(1, y), GlobalId(2, z)];
            case BuiltIn.WorkgroupSize:
                return [_b.I32(x), _b.I32(y), _b.I32(z)];
            case BuiltIn.LocalInvocationIndex:
                return [Builtin(BuiltinValue.LocalIndex)];
            case BuiltIn.SubgroupSize:
                return [Builtin(BuiltinValue.SubgroupSize)];
            case BuiltIn.NumSubgroups:
                return [Builtin(BuiltinValue.NumSubgroups)];
            case BuiltIn.SubgroupId:
                return [Builtin(BuiltinValue.SubgroupId)];
            case BuiltIn.SubgroupLocalInvocationId:
                return [Builtin(BuiltinValue.SubgroupLane)];
            case BuiltIn.SubgroupEqMask or BuiltIn.SubgroupGeMask or BuiltIn.SubgroupGtMask or BuiltIn.SubgroupLeMask
                or BuiltIn.SubgroupLtMask:
                var block = EnterPrologue();
                var mask = LaneMask(builtIn);
                LeavePrologue(block);
                return [mask, _b.I32(0), _b.I32(0), _b.I32(0)];
            case BuiltIn.DeviceIndex:
                return [_b.I32(0)];
            default:
                Refusal.Throw($"BuiltIn {EnumerantTable.Name(builtIn)} is not supported");
                return [];
        }
    }

    private ValueId[] Three(BuiltinValue first) => [Builtin(first), Builtin(first + 1), Builtin(first + 2)];

    /// <summary>A local id is 0 where the workgroup is one invocation wide.</summary>
    private ValueId LocalId(int axis, int size) => size == 1 ? _b.I32(0) : Builtin(BuiltinValue.LocalIdX + axis);

    private ValueId GlobalId(int axis, int size)
    {
        var block = EnterPrologue();
        var start = _b.IMul(Builtin(BuiltinValue.WorkgroupIdX + axis), _b.I32(size));
        var id = _b.IAdd(start, LocalId(axis, size));
        LeavePrologue(block);
        return id;
    }

    /// <summary>Bits of the lanes that are equal to, above or below this one; a subgroup has at most 32 lanes.</summary>
    private ValueId LaneMask(BuiltIn builtIn)
    {
        var lane = Builtin(BuiltinValue.SubgroupLane);
        switch (builtIn)
        {
            case BuiltIn.SubgroupEqMask:
                return _b.Binary(Op.Shl, _b.I32(1), lane);
            case BuiltIn.SubgroupGeMask:
                return _b.And(_b.Binary(Op.Shl, _b.I32(-1), lane), SubgroupBits());
            case BuiltIn.SubgroupGtMask:
                return _b.And(_b.Binary(Op.Shl, _b.I32(-2), lane), SubgroupBits());
            case BuiltIn.SubgroupLeMask:
                return _b.Not(_b.Binary(Op.Shl, _b.I32(-2), lane));
            default:
                return _b.Not(_b.Binary(Op.Shl, _b.I32(-1), lane));
        }
    }

    /// <summary>One bit for each lane of a subgroup.</summary>
    private ValueId SubgroupBits() =>
        _b.Binary(Op.LShr, _b.I32(-1), _b.ISub(_b.I32(32), Builtin(BuiltinValue.SubgroupSize)));
}
