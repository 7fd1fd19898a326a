using Iced.Intel;
using ShaderJit.Abi;
using ShaderJit.Verifier;
using ShaderJit.Verifier.Tests;
using static Iced.Intel.AssemblerRegisters;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>A kernel that the verifier accepts and that mutations start from.</summary>
/// <param name="Name">For reports.</param>
/// <param name="RegionBits">The regions it was verified for.</param>
/// <param name="CodeBytes">Bytes of code in the image.</param>
/// <param name="Image">Code, exit gap, constants.</param>
/// <param name="IsCompiled">A real kernel, which works on what <see cref="Dispatch"/> prepares.</param>
internal sealed record MutationSeed(string Name, int RegionBits, int CodeBytes, byte[] Image, bool IsCompiled = false)
{
    private const int Bits = 36;

    /// <summary>
    /// The verifier's accepted cases, kernels written by hand, and the compiled kernels of the tests.
    /// </summary>
    public static List<MutationSeed> All()
    {
        var seeds = new List<MutationSeed>();
        foreach (VerifierCase accepted in VerifierCase.All("accept"))
            if (accepted.Code.Length > 0) seeds.Add(new MutationSeed(accepted.ToString(), accepted.RegionBits, accepted.Code.Length, accepted.Image()));
        AddHandKernels(seeds);
        CompiledSeeds.AddTo(seeds, Bits);
        return seeds;
    }

    /// <summary>Whether the verifier accepts it, which it must before anything is mutated.</summary>
    public VerifyResult Verify() => KernelVerifier.Verify(Image, CodeBytes, new VerifierPolicy(RegionBits));

    private static void AddHandKernels(List<MutationSeed> seeds)
    {
        Add(seeds, "saxpy-loop", (a, exit) =>
        {
            // y[i] = 2 * x[i] + y[i] for 16 lanes at a time, through descriptors in the region.
            Label loop = a.CreateLabel();
            a.mov(rax, __qword_ptr[r14 + ArgumentFrame.DescriptorSetOffsets]);
            a.shl(rax, 64 - Bits);
            a.shr(rax, 64 - Bits);
            a.lea(rbx, __[r15 + rax]);
            a.mov(ecx, __dword_ptr[rbx + 16]);
            a.mov(edx, __dword_ptr[rbx + 24]);
            a.xor(esi, esi);
            a.mov(r8d, 20);
            a.vbroadcastss(zmm5, xmm0);
            a.Label(ref loop);
            a.mov(__dword_ptr[rsp + DiagnosticBlock.Subgroup], esi);
            a.lea(edi, __[rcx + rsi]);
            a.lea(r9d, __[rdx + rsi]);
            a.vmovups(zmm1, __zmmword_ptr[r15 + rdi]);
            a.vmovups(zmm2, __zmmword_ptr[r15 + r9]);
            a.vfmadd231ps(zmm2, zmm1, zmm5);
            a.vmovups(__zmmword_ptr[r15 + r9], zmm2);
            a.add(esi, 64);
            a.dec(r8d);
            a.jne(loop);
            a.xor(eax, eax);
        });
        Add(seeds, "gather-scatter", (a, exit) =>
        {
            a.mov(eax, __dword_ptr[r14 + ArgumentFrame.WorkgroupCount]);
            a.vpbroadcastd(zmm1, eax);
            a.vpslld(zmm1, zmm1, 4);
            a.mov(eax, 0x5555);
            a.kmovw(k1, eax);
            a.kmovw(k2, eax);
            a.vpgatherdd(zmm3.k1, __zmmword_ptr[r15 + zmm1 * 4 + 0x10000]);
            a.vpaddd(zmm3.k2.z, zmm3, zmm1);
            a.vpscatterdd(__zmmword_ptr[r15 + zmm1 * 4 + 0x20000].k2, zmm3);
            a.vpcmpgtd(k3, zmm3, zmm1);
            a.kandw(k3, k3, k2);
            a.vpcompressd(zmm4.k3.z, zmm3);
            a.vmovdqu32(__zmmword_ptr[rsp + 128].k3, zmm4);
            a.vmovdqu32(zmm6.k3.z, __zmmword_ptr[rsp + 128]);
            a.kmovw(ecx, k3);
            a.popcnt(eax, ecx);
            a.and(eax, 3);
        });
        Add(seeds, "spills", (a, exit) =>
        {
            Label loop = a.CreateLabel(), skip = a.CreateLabel();
            a.mov(r10d, 12);
            a.mov(__qword_ptr[rsp + 256], r10);
            a.Label(ref loop);
            a.mov(rax, __qword_ptr[rsp + 256]);
            a.mov(ecx, eax);
            a.imul(ecx, ecx, 0x4321);
            a.shr(ecx, 3);
            a.mov(__dword_ptr[r15 + rcx * 4 + 0x10000], eax);
            a.mov(__dword_ptr[rsp + 1000], ecx);
            a.mov(r11d, __dword_ptr[rsp + 1000]);
            a.add(r11d, __dword_ptr[r15 + rcx * 4 + 0x10000]);
            a.test(r11d, r11d);
            a.js(skip);
            a.mov(__word_ptr[r15 + r11 * 2], r11w);
            a.movzx(r12d, __byte_ptr[r15 + r11]);
            a.Label(ref skip);
            a.dec(__dword_ptr[rsp + 256]);
            a.jg(loop);
            a.xor(eax, eax);
            a.jmp(exit);
        });
        Add(seeds, "eight-lanes", (a, exit) =>
        {
            a.mov(rax, __qword_ptr[r14 + ArgumentFrame.PushConstantOffset]);
            a.mov(rcx, (1L << Bits) - 1);
            a.and(rax, rcx);
            a.add(rax, r15);
            a.vmovups(ymm0, __ymmword_ptr[rax]);
            a.vpsrld(ymm1, ymm0, 8);
            a.vpcmpeqd(ymm2, ymm2, ymm2);
            a.vpgatherdd(ymm3, __ymmword_ptr[r15 + ymm1 * 4], ymm2);
            a.vpmaskmovd(__ymmword_ptr[rax + 64], ymm3, ymm1);
            a.vmovaps(__ymmword_ptr[rsp + 512], ymm3);
            a.vaddps(ymm4, ymm3, __ymmword_ptr[rsp + 512]);
            a.vmovmskps(edx, ymm4);
            a.tzcnt(edx, edx);
            a.bzhi(edx, edx, edx);
            a.mov(__dword_ptr[rax + rdx * 4], edx);
            a.xor(eax, eax);
        });
        Add(seeds, "atomics", (a, exit) =>
        {
            a.mov(eax, __dword_ptr[r15 + 0x10000]);
            a.mov(ecx, 1);
            a.@lock.xadd(__dword_ptr[r15 + rax + 0x10000], ecx);
            a.@lock.add(__dword_ptr[r15 + rax * 4], ecx);
            a.mov(edx, 5);
            a.@lock.cmpxchg(__dword_ptr[r15 + rcx], edx);
            a.xchg(__dword_ptr[r15 + rax], edx);
            a.xor(eax, eax);
        });
    }

    private static void Add(List<MutationSeed> seeds, string name, Action<Assembler, Label> body)
    {
        CompiledKernel kernel = HandKernel.Assemble(body);
        seeds.Add(new MutationSeed(name, Bits, kernel.CodeBytes, kernel.Image.ToArray()));
    }
}
