using Iced.Intel;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Gathers of neighbouring 32-bit elements from one place per lane (the components of a vector, members of a structure,
/// consecutive elements of a row), a group at a time: four elements of a lane are one load of 128 bits, and four such
/// vectors are transposed. A gather takes a load for each lane and element, and several times that in instructions.
/// </summary>
/// <remarks>Where lanes are not active, they load what the first active one does: no access is made that the shader does not
/// make. Elements between those asked for are not read.</remarks>
internal sealed partial class Selector
{
    /// <summary>Elements of a load.</summary>
    private const int Quad = 4;

    private static bool IsRecordGather(Function f, ValueId v) => f[v].Op == Op.Gather && f[v].Type.Bits == 32
        && (f[v].Flags & (NodeFlags.Near | NodeFlags.Volatile | NodeFlags.Atomic)) == 0;

    /// <summary>Selects a group of gathers that stand together.</summary>
    /// <param name="last">The last node of the group.</param>
    /// <returns>False where there is nothing to group.</returns>
    private bool SelectGatheredRecords(ValueId first, out ValueId last)
    {
        last = first;
        if (!IsRecordGather(_f, first))
            return false;
        var members = new List<(ValueId Id, long Distance)> { (first, 0) };
        _form.Set(_f, _f.Operand(first, 1));
        var lowest = members[0];
        for (var next = _f[first].Next; IsRecordGather(_f, next); next = _f[next].Next)
        {
            if (!StridedGroups.SameRecords(_f, first, _form, next, _otherForm, out long distance) || distance % 4 != 0)
                break;
            last = next;
            members.Add((next, distance));
            if (distance < lowest.Distance)
                lowest = members[^1];
        }

        if (members.Count == 1 || _f[lowest.Id].Imm is < 0 or > int.MaxValue / 2)
        {
            last = first;
            return false;
        }

        // All that both ways need is made in front of them.
        var mask = Reg.None;
        var masks = new HashSet<ValueId>();
        foreach (var (id, _) in members)
        {
            R(_f.Operand(id, 1));
            var own = MaskOrNone(_f.Operand(id, 2));
            if (!own.IsNone && masks.Add(_f.Operand(id, 2)))
                mask = mask.IsNone ? own : And(mask, own);
        }

        // Elements of a row have masks of their own, which differ at the ends of rows only.
        var any = Reg.None;
        bool isPartial = _avx512 && masks.Count > 0 && members.TrueForAll(m => !IsTrueMask(_f.Operand(m.Id, 2)));
        if (isPartial && masks.Count > 1)
        {
            foreach (var id in masks)
                any = any.IsNone ? R(id) : MaskOp(Code.VEX_Korw_kr_kr_kr, any, R(id));
        }

        var access = PrepareLaneAccess(lowest.Id);
        var results = new Reg[members.Count];
        for (int i = 0; i < results.Length; i++)
            results[i] = _m.NewReg(RegKind.Vec);
        if (mask.IsNone)
        {
            LoadGathered(members, results, lowest.Distance, access, Reg.None);
        }
        else
        {
            int whole = NewBlock(), apart = NewBlock(), after = NewBlock();
            if (isPartial)
            {
                if (!any.IsNone)
                {
                    int same = NewBlock();
                    End(TerminatorKind.ConditionalJump, apart, same, TestMask(MaskOp(Code.VEX_Kxorw_kr_kr_kr, any, mask), false));
                    Begin(same);
                }

                var bits = MaskBits(mask);
                TestSelf(bits, RegKind.G32);
                End(TerminatorKind.ConditionalJump, apart, whole, Condition.Equal);
                Begin(whole);
                var active = ToVector(Two(Code.Tzcnt_r32_rm32, RegKind.G32, bits, OperandSize.B32, OperandSize.B32));
                access.Offsets = Blend(mask, access.Offsets, Vec(V.PermD, active, access.Offsets), false);
            }
            else
            {
                End(TerminatorKind.ConditionalJump, whole, apart, TestAll(mask));
                Begin(whole);
            }

            LoadGathered(members, results, lowest.Distance, access, isPartial ? mask : Reg.None);
            End(TerminatorKind.Jump, after);
            Begin(apart);
            for (int i = 0; i < members.Count; i++)
            {
                SelectGather(members[i].Id);
                Copy(results[i], _value[members[i].Id.Index]);
            }

            End(TerminatorKind.Jump, after);
            Begin(after);
        }

        for (int i = 0; i < results.Length; i++)
            Set(members[i].Id, results[i]);
        return true;
    }

    /// <param name="mask">Lanes whose results count, others are 0; None for all.</param>
    private void LoadGathered(List<(ValueId Id, long Distance)> members, Reg[] results, long lowest, in LaneAccess access, Reg mask)
    {
        int row = _m.ReserveFrame(0);
        StoreVector(Mem.Slot(row), access.Offsets, Reg.None, false);
        var quads = new Reg[Quad];
        var halves = new Reg[Quad];
        int done = 0;
        for (int at = 0; done < members.Count; at += 4 * Quad)
        {
            int used = 0;
            foreach (var (_, distance) in members)
            {
                if (distance - lowest - at is >= 0 and < 4 * Quad and var place)
                    used |= 1 << (int)(place / 4);
            }

            if (used == 0)
                continue;
            LoadQuads(quads, access, row, at, used);
            Array.Fill(halves, Reg.None);
            for (int i = 0; i < results.Length; i++)
            {
                if (members[i].Distance - lowest - at is not (>= 0 and < 4 * Quad and var place))
                    continue;
                // Elements 0 and 1 of the four vectors are in the low halves of what the first step makes, 2 and 3 in the high ones.
                int c = (int)(place / 4), half = c & 2;
                if (halves[half].IsNone)
                {
                    var unpack = half == 0 ? V.UnpackLowD : V.UnpackHighD;
                    (halves[half], halves[half + 1]) = (Vec(unpack, quads[0], quads[1]), Vec(unpack, quads[2], quads[3]));
                }

                Vec(V.ShufPs, results[i], halves[half], halves[half + 1], (c & 1) == 0 ? 0x44 : 0xEE, mask, true);
                done++;
            }
        }
    }

    /// <summary>Four vectors of four elements each: the one of number j holds those of the lanes j, j + 4, j + 8 and j + 12.</summary>
    /// <param name="used">Bit e: element e is read.</param>
    private void LoadQuads(Reg[] quads, in LaneAccess access, int row, int at, int used)
    {
        bool isWhole = used == (1 << Quad) - 1;
        int parts = _lanes / Quad;
        Span<Reg> masks = stackalloc Reg[Quad];
        for (int q = 0; !isWhole && q < (_avx512 ? parts : 1); q++)
            masks[q] = _avx512 ? MaskFromImmediate(used << Quad * q) : ConstantMask(used);
        for (int j = 0; j < Quad; j++)
        {
            for (int q = 0; q < parts; q++)
            {
                var offset = LoadGeneral(Mem.Slot(row + 4 * (Quad * q + j)), RegKind.G32);
                var address = Mem.At(access.Base, offset, 1, access.Displacement + at);
                quads[j] = q == 0 ? LoadQuad(address, isWhole ? Reg.None : masks[0])
                    : WithQuad(quads[j], address, q, isWhole ? Reg.None : masks[_avx512 ? q : 0]);
            }
        }
    }

    private Reg LoadQuad(in Mem address, Reg mask)
    {
        if (!_avx512 && !mask.IsNone)
            return Three(Code.VEX_Vmaskmovps_xmm_xmm_m128, RegKind.Vec, mask, address, OperandSize.B128, OperandSize.B128, OperandSize.B128);
        var dst = _m.NewReg(RegKind.Vec);
        var inst = New(_avx512 ? Code.EVEX_Vmovups_xmm_k1z_xmmm128 : Code.VEX_Vmovups_xmm_xmmm128, 2);
        inst.R0 = dst;
        inst.Sizes = Sizes(OperandSize.B128);
        inst.Mask = mask;
        inst.Flags |= mask.IsNone ? InstFlags.None : InstFlags.Zeroing;
        Place(ref inst, 1, address);
        _m.Add(inst);
        return dst;
    }

    /// <summary>Puts four elements from memory behind the first 4 * part.</summary>
    private Reg WithQuad(Reg vector, in Mem address, int part, Reg mask)
    {
        if (!_avx512)
        {
            Src quad = mask.IsNone ? address : LoadQuad(address, mask);
            return Three(Code.VEX_Vinserti128_ymm_ymm_xmmm128_imm8, RegKind.Vec, vector, quad, _full, _full, OperandSize.B128, part);
        }

        if (mask.IsNone)
        {
            return Three(Code.EVEX_Vinserti32x4_zmm_k1z_zmm_xmmm128_imm8, RegKind.Vec, vector, address, _full, _full, OperandSize.B128, part);
        }

        var inst = New(Code.EVEX_Vbroadcasti32x4_zmm_k1z_m128, 2);
        inst.R0 = vector;
        inst.Sizes = Sizes(_full, OperandSize.B128);
        inst.Mask = mask;
        inst.Flags |= InstFlags.Reads0;
        Place(ref inst, 1, address);
        _m.Add(inst);
        return vector;
    }
}
