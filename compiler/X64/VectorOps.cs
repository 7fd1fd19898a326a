using Iced.Intel;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// Full-width vector instructions whose operands are all full vectors (compares of AVX-512 apart, whose result is a
/// mask). The suffix says the element: Ps, Pd floats; D, Q, B, W integers; I an immediate count.
/// </summary>
internal enum V : byte
{
    // With a 32-bit broadcast form (EVEX).
    AddPs, SubPs, MulPs, DivPs, MinPs, MaxPs, SqrtPs, Fma132Ps, Fma213Ps, Fma231Ps, Fnma132Ps, Fnma213Ps, Fnma231Ps,
    Fms132Ps, Fms213Ps, Fms231Ps, AndD, AndNotD, OrD, XorD, AddD, SubD, MulLD, MinSD, MinUD, MaxSD, MaxUD, SllVD,
    SrlVD, SraVD, CvtDq2Ps, CvttPs2Dq, PermD, PermPs, AbsD, LzcntD, CvttPs2Udq, CvtUdq2Ps, Rsqrt14Ps, BlendMD,
    BlendMPs, TernLogD, AlignD, PermT2D, CmpPs, CmpD, CmpUD, SllID, SrlID, SraID, RoundPs, UnpackLowD, UnpackHighD, ShufD,

    // With a 64-bit broadcast form (EVEX).
    AddPd, SubPd, MulPd, DivPd, MinPd, MaxPd, SqrtPd, Fma132Pd, Fma213Pd, Fma231Pd, Fnma132Pd, Fnma213Pd, Fnma231Pd,
    Fms132Pd, Fms213Pd, Fms231Pd, AndQ, AndNotQ, OrQ, XorQ, AddQ, SubQ, MulUDQ, MulDQ, SllVQ, SrlVQ, MinSQ, MinUQ,
    MaxSQ, MaxUQ, MulLQ, SraVQ, LzcntQ, CvttPd2Qq, CvttPd2Uqq, CvtQq2Pd, CvtUqq2Pd, BlendMQ, PermQ, PermT2Q, CmpPd, CmpQ,
    CmpUQ, SllIQ, SrlIQ, SraIQ, RoundPd,

    // Without one.
    ShufB, AddB, MAddUBsW, MAddWD, MovSHDup, CmpEqD, CmpGtD, CmpEqQ, CmpGtQ, CmpMPs, CmpMPd, ShufPs, BlendD, Perm128,
    AlignR, PackUsDW, PermIQ, SllIW, SrlIW, SraIW,
}

/// <summary>The encodings of <see cref="V"/>: EVEX on zmm, VEX on ymm; INVALID where there is none.</summary>
internal static class VectorOps
{
    private static readonly Code[] Wide, Narrow;

    static VectorOps()
    {
        (V Op, Code Wide, Code Narrow)[] rows =
        [
            (V.AddPs, Code.EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vaddps_ymm_ymm_ymmm256),
            (V.SubPs, Code.EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vsubps_ymm_ymm_ymmm256),
            (V.MulPs, Code.EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vmulps_ymm_ymm_ymmm256),
            (V.DivPs, Code.EVEX_Vdivps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vdivps_ymm_ymm_ymmm256),
            (V.MinPs, Code.EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, Code.VEX_Vminps_ymm_ymm_ymmm256),
            (V.MaxPs, Code.EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, Code.VEX_Vmaxps_ymm_ymm_ymmm256),
            (V.SqrtPs, Code.EVEX_Vsqrtps_zmm_k1z_zmmm512b32_er, Code.VEX_Vsqrtps_ymm_ymmm256),
            (V.Fma132Ps, Code.EVEX_Vfmadd132ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmadd132ps_ymm_ymm_ymmm256),
            (V.Fma213Ps, Code.EVEX_Vfmadd213ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmadd213ps_ymm_ymm_ymmm256),
            (V.Fma231Ps, Code.EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmadd231ps_ymm_ymm_ymmm256),
            (V.Fnma132Ps, Code.EVEX_Vfnmadd132ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfnmadd132ps_ymm_ymm_ymmm256),
            (V.Fnma213Ps, Code.EVEX_Vfnmadd213ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfnmadd213ps_ymm_ymm_ymmm256),
            (V.Fnma231Ps, Code.EVEX_Vfnmadd231ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfnmadd231ps_ymm_ymm_ymmm256),
            (V.Fms132Ps, Code.EVEX_Vfmsub132ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmsub132ps_ymm_ymm_ymmm256),
            (V.Fms213Ps, Code.EVEX_Vfmsub213ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmsub213ps_ymm_ymm_ymmm256),
            (V.Fms231Ps, Code.EVEX_Vfmsub231ps_zmm_k1z_zmm_zmmm512b32_er, Code.VEX_Vfmsub231ps_ymm_ymm_ymmm256),
            (V.AndD, Code.EVEX_Vpandd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpand_ymm_ymm_ymmm256),
            (V.AndNotD, Code.EVEX_Vpandnd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpandn_ymm_ymm_ymmm256),
            (V.OrD, Code.EVEX_Vpord_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpor_ymm_ymm_ymmm256),
            (V.XorD, Code.EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpxor_ymm_ymm_ymmm256),
            (V.AddD, Code.EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpaddd_ymm_ymm_ymmm256),
            (V.SubD, Code.EVEX_Vpsubd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpsubd_ymm_ymm_ymmm256),
            (V.MulLD, Code.EVEX_Vpmulld_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpmulld_ymm_ymm_ymmm256),
            (V.MinSD, Code.EVEX_Vpminsd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpminsd_ymm_ymm_ymmm256),
            (V.MinUD, Code.EVEX_Vpminud_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpminud_ymm_ymm_ymmm256),
            (V.MaxSD, Code.EVEX_Vpmaxsd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpmaxsd_ymm_ymm_ymmm256),
            (V.MaxUD, Code.EVEX_Vpmaxud_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpmaxud_ymm_ymm_ymmm256),
            (V.SllVD, Code.EVEX_Vpsllvd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpsllvd_ymm_ymm_ymmm256),
            (V.SrlVD, Code.EVEX_Vpsrlvd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpsrlvd_ymm_ymm_ymmm256),
            (V.SraVD, Code.EVEX_Vpsravd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpsravd_ymm_ymm_ymmm256),
            (V.CvtDq2Ps, Code.EVEX_Vcvtdq2ps_zmm_k1z_zmmm512b32_er, Code.VEX_Vcvtdq2ps_ymm_ymmm256),
            (V.CvttPs2Dq, Code.EVEX_Vcvttps2dq_zmm_k1z_zmmm512b32_sae, Code.VEX_Vcvttps2dq_ymm_ymmm256),
            (V.PermD, Code.EVEX_Vpermd_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpermd_ymm_ymm_ymmm256),
            (V.PermPs, Code.EVEX_Vpermps_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpermps_ymm_ymm_ymmm256),
            (V.AbsD, Code.EVEX_Vpabsd_zmm_k1z_zmmm512b32, Code.VEX_Vpabsd_ymm_ymmm256),
            (V.LzcntD, Code.EVEX_Vplzcntd_zmm_k1z_zmmm512b32, Code.INVALID),
            (V.CvttPs2Udq, Code.EVEX_Vcvttps2udq_zmm_k1z_zmmm512b32_sae, Code.INVALID),
            (V.CvtUdq2Ps, Code.EVEX_Vcvtudq2ps_zmm_k1z_zmmm512b32_er, Code.INVALID),
            (V.Rsqrt14Ps, Code.EVEX_Vrsqrt14ps_zmm_k1z_zmmm512b32, Code.INVALID),
            (V.BlendMD, Code.EVEX_Vpblendmd_zmm_k1z_zmm_zmmm512b32, Code.INVALID),
            (V.BlendMPs, Code.EVEX_Vblendmps_zmm_k1z_zmm_zmmm512b32, Code.INVALID),
            (V.TernLogD, Code.EVEX_Vpternlogd_zmm_k1z_zmm_zmmm512b32_imm8, Code.INVALID),
            (V.AlignD, Code.EVEX_Valignd_zmm_k1z_zmm_zmmm512b32_imm8, Code.INVALID),
            (V.PermT2D, Code.EVEX_Vpermt2d_zmm_k1z_zmm_zmmm512b32, Code.INVALID),
            (V.CmpPs, Code.EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae, Code.INVALID),
            (V.CmpD, Code.EVEX_Vpcmpd_kr_k1_zmm_zmmm512b32_imm8, Code.INVALID),
            (V.CmpUD, Code.EVEX_Vpcmpud_kr_k1_zmm_zmmm512b32_imm8, Code.INVALID),
            (V.SllID, Code.EVEX_Vpslld_zmm_k1z_zmmm512b32_imm8, Code.VEX_Vpslld_ymm_ymm_imm8),
            (V.SrlID, Code.EVEX_Vpsrld_zmm_k1z_zmmm512b32_imm8, Code.VEX_Vpsrld_ymm_ymm_imm8),
            (V.SraID, Code.EVEX_Vpsrad_zmm_k1z_zmmm512b32_imm8, Code.VEX_Vpsrad_ymm_ymm_imm8),
            (V.RoundPs, Code.EVEX_Vrndscaleps_zmm_k1z_zmmm512b32_imm8_sae, Code.VEX_Vroundps_ymm_ymmm256_imm8),
            (V.UnpackLowD, Code.EVEX_Vpunpckldq_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpunpckldq_ymm_ymm_ymmm256),
            (V.UnpackHighD, Code.EVEX_Vpunpckhdq_zmm_k1z_zmm_zmmm512b32, Code.VEX_Vpunpckhdq_ymm_ymm_ymmm256),
            (V.ShufD, Code.EVEX_Vpshufd_zmm_k1z_zmmm512b32_imm8, Code.VEX_Vpshufd_ymm_ymmm256_imm8),
            (V.AddPd, Code.EVEX_Vaddpd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vaddpd_ymm_ymm_ymmm256),
            (V.SubPd, Code.EVEX_Vsubpd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vsubpd_ymm_ymm_ymmm256),
            (V.MulPd, Code.EVEX_Vmulpd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vmulpd_ymm_ymm_ymmm256),
            (V.DivPd, Code.EVEX_Vdivpd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vdivpd_ymm_ymm_ymmm256),
            (V.MinPd, Code.EVEX_Vminpd_zmm_k1z_zmm_zmmm512b64_sae, Code.VEX_Vminpd_ymm_ymm_ymmm256),
            (V.MaxPd, Code.EVEX_Vmaxpd_zmm_k1z_zmm_zmmm512b64_sae, Code.VEX_Vmaxpd_ymm_ymm_ymmm256),
            (V.SqrtPd, Code.EVEX_Vsqrtpd_zmm_k1z_zmmm512b64_er, Code.VEX_Vsqrtpd_ymm_ymmm256),
            (V.Fma132Pd, Code.EVEX_Vfmadd132pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfmadd132pd_ymm_ymm_ymmm256),
            (V.Fma213Pd, Code.EVEX_Vfmadd213pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfmadd213pd_ymm_ymm_ymmm256),
            (V.Fma231Pd, Code.EVEX_Vfmadd231pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfmadd231pd_ymm_ymm_ymmm256),
            (V.Fnma132Pd, Code.EVEX_Vfnmadd132pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfnmadd132pd_ymm_ymm_ymmm256),
            (V.Fnma213Pd, Code.EVEX_Vfnmadd213pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfnmadd213pd_ymm_ymm_ymmm256),
            (V.Fnma231Pd, Code.EVEX_Vfnmadd231pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfnmadd231pd_ymm_ymm_ymmm256),
            (V.Fms132Pd, Code.EVEX_Vfmsub132pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfmsub132pd_ymm_ymm_ymmm256),
            (V.Fms213Pd, Code.EVEX_Vfmsub213pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfmsub213pd_ymm_ymm_ymmm256),
            (V.Fms231Pd, Code.EVEX_Vfmsub231pd_zmm_k1z_zmm_zmmm512b64_er, Code.VEX_Vfmsub231pd_ymm_ymm_ymmm256),
            (V.AndQ, Code.EVEX_Vpandq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpand_ymm_ymm_ymmm256),
            (V.AndNotQ, Code.EVEX_Vpandnq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpandn_ymm_ymm_ymmm256),
            (V.OrQ, Code.EVEX_Vporq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpor_ymm_ymm_ymmm256),
            (V.XorQ, Code.EVEX_Vpxorq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpxor_ymm_ymm_ymmm256),
            (V.AddQ, Code.EVEX_Vpaddq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpaddq_ymm_ymm_ymmm256),
            (V.SubQ, Code.EVEX_Vpsubq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpsubq_ymm_ymm_ymmm256),
            (V.MulUDQ, Code.EVEX_Vpmuludq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpmuludq_ymm_ymm_ymmm256),
            (V.MulDQ, Code.EVEX_Vpmuldq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpmuldq_ymm_ymm_ymmm256),
            (V.SllVQ, Code.EVEX_Vpsllvq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpsllvq_ymm_ymm_ymmm256),
            (V.SrlVQ, Code.EVEX_Vpsrlvq_zmm_k1z_zmm_zmmm512b64, Code.VEX_Vpsrlvq_ymm_ymm_ymmm256),
            (V.MinSQ, Code.EVEX_Vpminsq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.MinUQ, Code.EVEX_Vpminuq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.MaxSQ, Code.EVEX_Vpmaxsq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.MaxUQ, Code.EVEX_Vpmaxuq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.MulLQ, Code.EVEX_Vpmullq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.SraVQ, Code.EVEX_Vpsravq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.LzcntQ, Code.EVEX_Vplzcntq_zmm_k1z_zmmm512b64, Code.INVALID),
            (V.CvttPd2Qq, Code.EVEX_Vcvttpd2qq_zmm_k1z_zmmm512b64_sae, Code.INVALID),
            (V.CvttPd2Uqq, Code.EVEX_Vcvttpd2uqq_zmm_k1z_zmmm512b64_sae, Code.INVALID),
            (V.CvtQq2Pd, Code.EVEX_Vcvtqq2pd_zmm_k1z_zmmm512b64_er, Code.INVALID),
            (V.CvtUqq2Pd, Code.EVEX_Vcvtuqq2pd_zmm_k1z_zmmm512b64_er, Code.INVALID),
            (V.BlendMQ, Code.EVEX_Vpblendmq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.PermQ, Code.EVEX_Vpermq_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.PermT2Q, Code.EVEX_Vpermt2q_zmm_k1z_zmm_zmmm512b64, Code.INVALID),
            (V.CmpPd, Code.EVEX_Vcmppd_kr_k1_zmm_zmmm512b64_imm8_sae, Code.INVALID),
            (V.CmpQ, Code.EVEX_Vpcmpq_kr_k1_zmm_zmmm512b64_imm8, Code.INVALID),
            (V.CmpUQ, Code.EVEX_Vpcmpuq_kr_k1_zmm_zmmm512b64_imm8, Code.INVALID),
            (V.SllIQ, Code.EVEX_Vpsllq_zmm_k1z_zmmm512b64_imm8, Code.VEX_Vpsllq_ymm_ymm_imm8),
            (V.SrlIQ, Code.EVEX_Vpsrlq_zmm_k1z_zmmm512b64_imm8, Code.VEX_Vpsrlq_ymm_ymm_imm8),
            (V.SraIQ, Code.EVEX_Vpsraq_zmm_k1z_zmmm512b64_imm8, Code.INVALID),
            (V.RoundPd, Code.EVEX_Vrndscalepd_zmm_k1z_zmmm512b64_imm8_sae, Code.VEX_Vroundpd_ymm_ymmm256_imm8),
            (V.ShufB, Code.EVEX_Vpshufb_zmm_k1z_zmm_zmmm512, Code.VEX_Vpshufb_ymm_ymm_ymmm256),
            (V.AddB, Code.EVEX_Vpaddb_zmm_k1z_zmm_zmmm512, Code.VEX_Vpaddb_ymm_ymm_ymmm256),
            (V.MAddUBsW, Code.EVEX_Vpmaddubsw_zmm_k1z_zmm_zmmm512, Code.VEX_Vpmaddubsw_ymm_ymm_ymmm256),
            (V.MAddWD, Code.EVEX_Vpmaddwd_zmm_k1z_zmm_zmmm512, Code.VEX_Vpmaddwd_ymm_ymm_ymmm256),
            (V.MovSHDup, Code.EVEX_Vmovshdup_zmm_k1z_zmmm512, Code.VEX_Vmovshdup_ymm_ymmm256),
            (V.CmpEqD, Code.INVALID, Code.VEX_Vpcmpeqd_ymm_ymm_ymmm256),
            (V.CmpGtD, Code.INVALID, Code.VEX_Vpcmpgtd_ymm_ymm_ymmm256),
            (V.CmpEqQ, Code.INVALID, Code.VEX_Vpcmpeqq_ymm_ymm_ymmm256),
            (V.CmpGtQ, Code.INVALID, Code.VEX_Vpcmpgtq_ymm_ymm_ymmm256),
            (V.CmpMPs, Code.INVALID, Code.VEX_Vcmpps_ymm_ymm_ymmm256_imm8),
            (V.CmpMPd, Code.INVALID, Code.VEX_Vcmppd_ymm_ymm_ymmm256_imm8),
            (V.ShufPs, Code.EVEX_Vshufps_zmm_k1z_zmm_zmmm512b32_imm8, Code.VEX_Vshufps_ymm_ymm_ymmm256_imm8),
            (V.BlendD, Code.INVALID, Code.VEX_Vpblendd_ymm_ymm_ymmm256_imm8),
            (V.Perm128, Code.INVALID, Code.VEX_Vperm2i128_ymm_ymm_ymmm256_imm8),
            (V.AlignR, Code.INVALID, Code.VEX_Vpalignr_ymm_ymm_ymmm256_imm8),
            (V.PackUsDW, Code.INVALID, Code.VEX_Vpackusdw_ymm_ymm_ymmm256),
            (V.PermIQ, Code.INVALID, Code.VEX_Vpermq_ymm_ymmm256_imm8),
            (V.SllIW, Code.EVEX_Vpsllw_zmm_k1z_zmmm512_imm8, Code.VEX_Vpsllw_ymm_ymm_imm8),
            (V.SrlIW, Code.EVEX_Vpsrlw_zmm_k1z_zmmm512_imm8, Code.VEX_Vpsrlw_ymm_ymm_imm8),
            (V.SraIW, Code.EVEX_Vpsraw_zmm_k1z_zmmm512_imm8, Code.VEX_Vpsraw_ymm_ymm_imm8),
        ];
        Wide = new Code[rows.Length];
        Narrow = new Code[rows.Length];
        foreach (var (op, wide, narrow) in rows)
        {
            Wide[(int)op] = wide;
            Narrow[(int)op] = narrow;
        }
    }

    public static Code Of(V op, bool avx512)
    {
        var code = (avx512 ? Wide : Narrow)[(int)op];
        if (code == Code.INVALID)
            throw new InvalidOperationException($"{op} has no {(avx512 ? "EVEX" : "VEX")} form");
        return code;
    }

    /// <summary>Which memory forms the last source has.</summary>
    public static InstFlags Folds(V op, bool avx512)
    {
        if (!avx512)
        {
            return op is V.SllID or V.SrlID or V.SraID or V.SllIQ or V.SrlIQ or V.SllIW or V.SrlIW or V.SraIW
                ? InstFlags.None : InstFlags.FoldsLast;
        }

        return InstFlags.FoldsLast | (op <= V.ShufD ? InstFlags.Broadcasts32
            : op <= V.RoundPd ? InstFlags.Broadcasts64 : InstFlags.None);
    }
}
