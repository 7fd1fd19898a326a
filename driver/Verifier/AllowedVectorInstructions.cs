using Iced.Intel;
using static Iced.Intel.Mnemonic;

namespace ShaderJit.Verifier;

/// <summary>The vector half of the reviewed list: AVX, AVX2, FMA, F16C, AVX-512 F, CD, BW, DQ, VL, IFMA, VBMI, VBMI2, VNNI,
/// BITALG and VPOPCNTDQ, GFNI.</summary>
/// <remarks>
/// <para>The review asked of each: VEX or EVEX only; no memory but its explicit operand; no register written but its
/// first operand (and mask registers, which carry no facts); no exception but a page fault, a misaligned access, or a
/// feature that the processor lacks.</para>
/// <para>Left out for failing that: vldmxcsr, vstmxcsr, vmaskmovdqu (stores through rdi), vpcmpXstrX (write rcx),
/// vp2intersect (writes two masks; on few processors), and the Xeon Phi extensions. Left out for want of a use: AES,
/// carry-less multiplication, SHA, BF16, FP16, AMX.</para>
/// </remarks>
internal static partial class AllowedInstructions
{
    private static void AddVectorInstructions(Effect[] effects)
    {
        // No operands; upper quadwords become 0, which breaks no fact.
        Set(effects, Effect.None, [
            Vzeroall, Vzeroupper]);

        // Results in the flags only.
        Set(effects, Effect.Compare, [
            Kortestb, Kortestd, Kortestq, Kortestw, Ktestb, Ktestd, Ktestq, Ktestw, Vcomisd, Vcomiss, Vptest, Vtestpd,
            Vtestps, Vucomisd, Vucomiss]);

        // Whole quadwords go where they went: moves, broadcasts of 64 bits and more, extraction of 128 bits and more.
        // vmovd zero-extends. Aligned and non-temporal moves may fault on alignment: a clean trap.
        Set(effects, Effect.Copy, [
            Vbroadcastf128, Vbroadcastf32x4, Vbroadcastf32x8, Vbroadcastf64x2, Vbroadcastf64x4, Vbroadcasti128,
            Vbroadcasti32x4, Vbroadcasti32x8, Vbroadcasti64x2, Vbroadcasti64x4, Vextractf128, Vextractf32x4,
            Vextractf32x8, Vextractf64x2, Vextractf64x4, Vextracti128, Vextracti32x4, Vextracti32x8, Vextracti64x2,
            Vextracti64x4, Vlddqu, Vmovapd, Vmovaps, Vmovd, Vmovdqa, Vmovdqa32, Vmovdqa64, Vmovdqu, Vmovdqu16,
            Vmovdqu32, Vmovdqu64, Vmovdqu8, Vmovntdq, Vmovntdqa, Vmovntpd, Vmovntps, Vmovq, Vmovupd, Vmovups,
            Vpbroadcastq, Vpextrd, Vpextrq]);

        // Bitwise.
        Set(effects, Effect.And, [
            Vandpd, Vandps, Vpand, Vpandd, Vpandq]);
        Set(effects, Effect.AndNot, [
            Vandnpd, Vandnps, Vpandn, Vpandnd, Vpandnq]);
        Set(effects, Effect.Or, [
            Vorpd, Vorps, Vpor, Vpord, Vporq]);
        Set(effects, Effect.Xor, [
            Vpxor, Vpxord, Vpxorq, Vxorpd, Vxorps]);

        // Shifts of quadwords.
        Set(effects, Effect.ShiftLeft, [
            Vpsllq]);
        Set(effects, Effect.ShiftRight, [
            Vpsrlq]);

        // Zero extension to quadwords.
        Set(effects, Effect.ZeroExtend, [
            Vpmovzxbq, Vpmovzxdq, Vpmovzxwq]);

        // Gathers. The VEX forms clear their mask register as well. Operand rules: MemoryRule.
        Set(effects, Effect.Gather, [
            Vgatherdpd, Vgatherdps, Vgatherqpd, Vgatherqps, Vpgatherdd, Vpgatherdq, Vpgatherqd, Vpgatherqq]);

        // Scatters (stores; the mask register they clear carries no facts).
        Set(effects, Effect.Write, [
            Vpscatterdd, Vpscatterdq, Vpscatterqd, Vpscatterqq, Vscatterdpd, Vscatterdps, Vscatterqpd, Vscatterqps]);

        // Moves of parts of a register, duplication, sign masks.
        Set(effects, Effect.Write, [
            Vmovddup, Vmovhlps, Vmovhpd, Vmovhps, Vmovlhps, Vmovlpd, Vmovlps, Vmovmskpd, Vmovmskps, Vmovsd, Vmovshdup,
            Vmovsldup, Vmovss]);

        // VEX masked moves.
        Set(effects, Effect.Write, [
            Vmaskmovpd, Vmaskmovps, Vpmaskmovd, Vpmaskmovq]);

        // Mask registers.
        Set(effects, Effect.Write, [
            Kaddb, Kaddd, Kaddq, Kaddw, Kandb, Kandd, Kandnb, Kandnd, Kandnq, Kandnw, Kandq, Kandw, Kmovb, Kmovd,
            Kmovq, Kmovw, Knotb, Knotd, Knotq, Knotw, Korb, Kord, Korq, Korw, Kshiftlb, Kshiftld, Kshiftlq, Kshiftlw,
            Kshiftrb, Kshiftrd, Kshiftrq, Kshiftrw, Kunpckbw, Kunpckdq, Kunpckwd, Kxnorb, Kxnord, Kxnorq, Kxnorw,
            Kxorb, Kxord, Kxorq, Kxorw]);

        // Fused multiply and add.
        Set(effects, Effect.Write, [
            Vfmadd132pd, Vfmadd132ps, Vfmadd132sd, Vfmadd132ss, Vfmadd213pd, Vfmadd213ps, Vfmadd213sd, Vfmadd213ss,
            Vfmadd231pd, Vfmadd231ps, Vfmadd231sd, Vfmadd231ss, Vfmaddsub132pd, Vfmaddsub132ps, Vfmaddsub213pd,
            Vfmaddsub213ps, Vfmaddsub231pd, Vfmaddsub231ps, Vfmsub132pd, Vfmsub132ps, Vfmsub132sd, Vfmsub132ss,
            Vfmsub213pd, Vfmsub213ps, Vfmsub213sd, Vfmsub213ss, Vfmsub231pd, Vfmsub231ps, Vfmsub231sd, Vfmsub231ss,
            Vfmsubadd132pd, Vfmsubadd132ps, Vfmsubadd213pd, Vfmsubadd213ps, Vfmsubadd231pd, Vfmsubadd231ps,
            Vfnmadd132pd, Vfnmadd132ps, Vfnmadd132sd, Vfnmadd132ss, Vfnmadd213pd, Vfnmadd213ps, Vfnmadd213sd,
            Vfnmadd213ss, Vfnmadd231pd, Vfnmadd231ps, Vfnmadd231sd, Vfnmadd231ss, Vfnmsub132pd, Vfnmsub132ps,
            Vfnmsub132sd, Vfnmsub132ss, Vfnmsub213pd, Vfnmsub213ps, Vfnmsub213sd, Vfnmsub213ss, Vfnmsub231pd,
            Vfnmsub231ps, Vfnmsub231sd, Vfnmsub231ss]);

        // Floating-point arithmetic. MXCSR masks all exceptions and cannot be written.
        Set(effects, Effect.Write, [
            Vaddpd, Vaddps, Vaddsd, Vaddss, Vaddsubpd, Vaddsubps, Vdivpd, Vdivps, Vdivsd, Vdivss, Vdppd, Vdpps,
            Vfixupimmpd, Vfixupimmps, Vfixupimmsd, Vfixupimmss, Vgetexppd, Vgetexpps, Vgetexpsd, Vgetexpss,
            Vgetmantpd, Vgetmantps, Vgetmantsd, Vgetmantss, Vhaddpd, Vhaddps, Vhsubpd, Vhsubps, Vmaxpd, Vmaxps,
            Vmaxsd, Vmaxss, Vminpd, Vminps, Vminsd, Vminss, Vmulpd, Vmulps, Vmulsd, Vmulss, Vrangepd, Vrangeps,
            Vrangesd, Vrangess, Vrcp14pd, Vrcp14ps, Vrcp14sd, Vrcp14ss, Vrcpps, Vrcpss, Vreducepd, Vreduceps,
            Vreducesd, Vreducess, Vrndscalepd, Vrndscaleps, Vrndscalesd, Vrndscaless, Vroundpd, Vroundps, Vroundsd,
            Vroundss, Vrsqrt14pd, Vrsqrt14ps, Vrsqrt14sd, Vrsqrt14ss, Vrsqrtps, Vrsqrtss, Vscalefpd, Vscalefps,
            Vscalefsd, Vscalefss, Vsqrtpd, Vsqrtps, Vsqrtsd, Vsqrtss, Vsubpd, Vsubps, Vsubsd, Vsubss]);

        // Floating-point comparison and classification.
        Set(effects, Effect.Write, [
            Vcmppd, Vcmpps, Vcmpsd, Vcmpss, Vfpclasspd, Vfpclassps, Vfpclasssd, Vfpclassss]);

        // Conversion.
        Set(effects, Effect.Write, [
            Vcvtdq2pd, Vcvtdq2ps, Vcvtpd2dq, Vcvtpd2ps, Vcvtpd2qq, Vcvtpd2udq, Vcvtpd2uqq, Vcvtph2ps, Vcvtps2dq,
            Vcvtps2pd, Vcvtps2ph, Vcvtps2qq, Vcvtps2udq, Vcvtps2uqq, Vcvtqq2pd, Vcvtqq2ps, Vcvtsd2si, Vcvtsd2ss,
            Vcvtsd2usi, Vcvtsi2sd, Vcvtsi2ss, Vcvtss2sd, Vcvtss2si, Vcvtss2usi, Vcvttpd2dq, Vcvttpd2qq, Vcvttpd2udq,
            Vcvttpd2uqq, Vcvttps2dq, Vcvttps2qq, Vcvttps2udq, Vcvttps2uqq, Vcvttsd2si, Vcvttsd2usi, Vcvttss2si,
            Vcvttss2usi, Vcvtudq2pd, Vcvtudq2ps, Vcvtuqq2pd, Vcvtuqq2ps, Vcvtusi2sd, Vcvtusi2ss]);

        // Integer comparison.
        Set(effects, Effect.Write, [
            Vpcmpb, Vpcmpd, Vpcmpeqb, Vpcmpeqd, Vpcmpeqq, Vpcmpeqw, Vpcmpgtb, Vpcmpgtd, Vpcmpgtq, Vpcmpgtw, Vpcmpq,
            Vpcmpub, Vpcmpud, Vpcmpuq, Vpcmpuw, Vpcmpw, Vptestmb, Vptestmd, Vptestmq, Vptestmw, Vptestnmb, Vptestnmd,
            Vptestnmq, Vptestnmw]);

        // Integer arithmetic.
        Set(effects, Effect.Write, [
            Vdbpsadbw, Vmpsadbw, Vpabsb, Vpabsd, Vpabsq, Vpabsw, Vpaddb, Vpaddd, Vpaddq, Vpaddsb, Vpaddsw, Vpaddusb,
            Vpaddusw, Vpaddw, Vpavgb, Vpavgw, Vphaddd, Vphaddsw, Vphaddw, Vphminposuw, Vphsubd, Vphsubsw, Vphsubw,
            Vpmaddubsw, Vpmaddwd, Vpmaxsb, Vpmaxsd, Vpmaxsq, Vpmaxsw, Vpmaxub, Vpmaxud, Vpmaxuq, Vpmaxuw, Vpminsb,
            Vpminsd, Vpminsq, Vpminsw, Vpminub, Vpminud, Vpminuq, Vpminuw, Vpmuldq, Vpmulhrsw, Vpmulhuw, Vpmulhw,
            Vpmulld, Vpmullq, Vpmullw, Vpmultishiftqb, Vpmuludq, Vpsadbw, Vpsignb, Vpsignd, Vpsignw, Vpsubb, Vpsubd,
            Vpsubq, Vpsubsb, Vpsubsw, Vpsubusb, Vpsubusw, Vpsubw]);

        // Dot products and 52-bit products. Their VEX encodings are features of their own, which few processors have.
        Set(effects, Effect.WriteEvex, [Vpdpbusd, Vpdpbusds, Vpdpwssd, Vpdpwssds, Vpmadd52huq, Vpmadd52luq]);

        // Any function of three bits.
        Set(effects, Effect.Write, [
            Vpternlogd, Vpternlogq]);

        // Shifts and rotations other than the quadword shifts above.
        Set(effects, Effect.Write, [
            Vprold, Vprolq, Vprolvd, Vprolvq, Vprord, Vprorq, Vprorvd, Vprorvq, Vpshldd, Vpshldq, Vpshldvd, Vpshldvq,
            Vpshldvw, Vpshldw, Vpshrdd, Vpshrdq, Vpshrdvd, Vpshrdvq, Vpshrdvw, Vpshrdw, Vpslld, Vpslldq, Vpsllvd,
            Vpsllvq, Vpsllvw, Vpsllw, Vpsrad, Vpsraq, Vpsravd, Vpsravq, Vpsravw, Vpsraw, Vpsrld, Vpsrldq, Vpsrlvd,
            Vpsrlvq, Vpsrlvw, Vpsrlw]);

        // Bit counts, conflicts, GF(2) affine maps.
        Set(effects, Effect.Write, [
            Vgf2p8affineinvqb, Vgf2p8affineqb, Vgf2p8mulb, Vpconflictd, Vpconflictq, Vplzcntd, Vplzcntq, Vpopcntb,
            Vpopcntd, Vpopcntq, Vpopcntw, Vpshufbitqmb]);

        // Narrowing, extension, masks to vectors and back.
        Set(effects, Effect.Write, [
            Vpackssdw, Vpacksswb, Vpackusdw, Vpackuswb, Vpmovb2m, Vpmovd2m, Vpmovdb, Vpmovdw, Vpmovm2b, Vpmovm2d,
            Vpmovm2q, Vpmovm2w, Vpmovmskb, Vpmovq2m, Vpmovqb, Vpmovqd, Vpmovqw, Vpmovsdb, Vpmovsdw, Vpmovsqb,
            Vpmovsqd, Vpmovsqw, Vpmovswb, Vpmovsxbd, Vpmovsxbq, Vpmovsxbw, Vpmovsxdq, Vpmovsxwd, Vpmovsxwq, Vpmovusdb,
            Vpmovusdw, Vpmovusqb, Vpmovusqd, Vpmovusqw, Vpmovuswb, Vpmovw2m, Vpmovwb, Vpmovzxbd, Vpmovzxbw, Vpmovzxwd]);

        // Permutation within and across vectors, blends.
        Set(effects, Effect.Write, [
            Valignd, Valignq, Vblendmpd, Vblendmps, Vblendpd, Vblendps, Vblendvpd, Vblendvps, Vpalignr, Vpblendd,
            Vpblendmb, Vpblendmd, Vpblendmq, Vpblendmw, Vpblendvb, Vpblendw, Vperm2f128, Vperm2i128, Vpermb, Vpermd,
            Vpermi2b, Vpermi2d, Vpermi2pd, Vpermi2ps, Vpermi2q, Vpermi2w, Vpermilpd, Vpermilps, Vpermpd, Vpermps,
            Vpermq, Vpermt2b, Vpermt2d, Vpermt2pd, Vpermt2ps, Vpermt2q, Vpermt2w, Vpermw, Vpshufb, Vpshufd, Vpshufhw,
            Vpshuflw, Vpunpckhbw, Vpunpckhdq, Vpunpckhqdq, Vpunpckhwd, Vpunpcklbw, Vpunpckldq, Vpunpcklqdq,
            Vpunpcklwd, Vshuff32x4, Vshuff64x2, Vshufi32x4, Vshufi64x2, Vshufpd, Vshufps, Vunpckhpd, Vunpckhps,
            Vunpcklpd, Vunpcklps]);

        // Broadcasts of less than 64 bits or of vector parts.
        Set(effects, Effect.Write, [
            Vbroadcastf32x2, Vbroadcasti32x2, Vbroadcastsd, Vbroadcastss, Vpbroadcastb, Vpbroadcastd, Vpbroadcastmb2q,
            Vpbroadcastmw2d, Vpbroadcastw]);

        // Insertion and extraction.
        Set(effects, Effect.Write, [
            Vextractps, Vinsertf128, Vinsertf32x4, Vinsertf32x8, Vinsertf64x2, Vinsertf64x4, Vinserti128,
            Vinserti32x4, Vinserti32x8, Vinserti64x2, Vinserti64x4, Vinsertps, Vpextrb, Vpextrw, Vpinsrb, Vpinsrd,
            Vpinsrq, Vpinsrw]);

        // Expansion and compression under a mask.
        Set(effects, Effect.Write, [
            Vcompresspd, Vcompressps, Vexpandpd, Vexpandps, Vpcompressb, Vpcompressd, Vpcompressq, Vpcompressw,
            Vpexpandb, Vpexpandd, Vpexpandq, Vpexpandw]);
    }
}
