using System.Buffers.Binary;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace ShaderJit.Sandbox;

/// <summary>Instruction sets that the CPU has and the operating system has switched on.</summary>
[Flags]
public enum CpuFeature
{
    None = 0,
    Avx2 = 1 << 0,
    Fma = 1 << 1,
    Bmi1 = 1 << 2,
    Bmi2 = 1 << 3,
    Lzcnt = 1 << 4,
    Popcnt = 1 << 5,
    F16c = 1 << 6,
    Avx512F = 1 << 8,
    Avx512BW = 1 << 9,
    Avx512DQ = 1 << 10,
    Avx512VL = 1 << 11,
    Avx512CD = 1 << 12,
    Avx512Vbmi = 1 << 13,
    Avx512Vbmi2 = 1 << 14,
    Avx512Ifma = 1 << 15,
    Avx512Bitalg = 1 << 16,
    Avx512Vpopcntdq = 1 << 17,
    Avx512Vnni = 1 << 18,
    Avx512Fp16 = 1 << 19,

    /// <summary>What 8 lanes need.</summary>
    Lanes8 = Avx2 | Fma | Bmi1 | Bmi2 | Lzcnt | Popcnt | F16c,

    /// <summary>What 16 lanes need.</summary>
    Lanes16 = Lanes8 | Avx512F | Avx512BW | Avx512DQ | Avx512VL | Avx512CD,
}

/// <summary>
/// The CPU, asked directly: a NativeAOT runtime reports no 512-bit vectors unless it was built for them, whatever the
/// CPU can do.
/// </summary>
/// <remarks>Source: Intel SDM volume 2, CPUID; volume 1, 14.2 and 15.2 (checking that the OS saves the state).</remarks>
public sealed unsafe class CpuFeatures
{
    private const uint XcrSse = 1 << 1, XcrAvx = 1 << 2, XcrAvx512 = 0b111 << 5;

    private static readonly Lazy<CpuFeatures> Detected = new(() => new CpuFeatures());

    private CpuFeatures()
    {
        if (!X86Base.IsSupported)
        {
            Name = "not an x86-64 CPU";
            return;
        }

        Name = BrandName();
        Features = Detect();
        for (int component = 2; component < 8 && MaxLeaf() >= 0xD; component++)
            (_xsaveBytes[component], _xsaveOffset[component], _, _) = X86Base.CpuId(0xD, component);
    }

    /// <summary>This machine's.</summary>
    public static CpuFeatures Current => Detected.Value;

    /// <summary>All features found.</summary>
    public CpuFeature Features { get; }

    /// <summary>The CPU's name as it gives it.</summary>
    public string Name { get; }

    /// <summary>Whether all of <paramref name="features"/> are there.</summary>
    public bool Has(CpuFeature features) => (Features & features) == features;

    private readonly int[] _xsaveOffset = new int[8], _xsaveBytes = new int[8];

    /// <summary>Where a component of the extended state is in a signal frame's XSAVE area.</summary>
    /// <param name="component">2: upper halves of ymm; 5: masks; 6: upper halves of zmm0-15; 7: zmm16-31.</param>
    internal (int Offset, int Bytes) XSaveComponent(int component) =>
        (_xsaveOffset[component], _xsaveBytes[component]);

    private static int MaxLeaf() => X86Base.CpuId(0, 0).Eax;

    private static CpuFeature Detect()
    {
        if (MaxLeaf() < 7) return CpuFeature.None;
        (_, _, int ecx1, _) = X86Base.CpuId(1, 0);
        (_, int ebx7, int ecx7, int edx7) = X86Base.CpuId(7, 0);
        int ecxExtended = (uint)X86Base.CpuId(unchecked((int)0x8000_0000), 0).Eax < 0x8000_0001
            ? 0 : X86Base.CpuId(unchecked((int)0x8000_0001), 0).Ecx;

        var found = CpuFeature.None;
        void Add(int word, int bit, CpuFeature feature)
        {
            if ((word >> bit & 1) != 0) found |= feature;
        }

        Add(ecx1, 23, CpuFeature.Popcnt);
        Add(ebx7, 3, CpuFeature.Bmi1);
        Add(ebx7, 8, CpuFeature.Bmi2);
        Add(ecxExtended, 5, CpuFeature.Lzcnt);

        bool osSaves = (ecx1 >> 27 & 1) != 0;
        uint saved = osSaves ? ReadXcr0() : 0;
        if ((saved & (XcrSse | XcrAvx)) != (XcrSse | XcrAvx) || (ecx1 >> 28 & 1) == 0) return found;
        Add(ecx1, 12, CpuFeature.Fma);
        Add(ecx1, 29, CpuFeature.F16c);
        Add(ebx7, 5, CpuFeature.Avx2);

        if ((saved & XcrAvx512) != XcrAvx512 || (ebx7 >> 16 & 1) == 0) return found;
        Add(ebx7, 16, CpuFeature.Avx512F);
        Add(ebx7, 17, CpuFeature.Avx512DQ);
        Add(ebx7, 21, CpuFeature.Avx512Ifma);
        Add(ebx7, 28, CpuFeature.Avx512CD);
        Add(ebx7, 30, CpuFeature.Avx512BW);
        Add(ebx7, 31, CpuFeature.Avx512VL);
        Add(ecx7, 1, CpuFeature.Avx512Vbmi);
        Add(ecx7, 6, CpuFeature.Avx512Vbmi2);
        Add(ecx7, 11, CpuFeature.Avx512Vnni);
        Add(ecx7, 12, CpuFeature.Avx512Bitalg);
        Add(ecx7, 14, CpuFeature.Avx512Vpopcntdq);
        Add(edx7, 23, CpuFeature.Avx512Fp16);
        return found;
    }

    private static string BrandName()
    {
        if ((uint)X86Base.CpuId(unchecked((int)0x8000_0000), 0).Eax < 0x8000_0004) return "unknown x86-64 CPU";
        Span<byte> text = stackalloc byte[48];
        for (int leaf = 0; leaf < 3; leaf++)
        {
            (int eax, int ebx, int ecx, int edx) = X86Base.CpuId(unchecked((int)0x8000_0002) + leaf, 0);
            BinaryPrimitives.WriteInt32LittleEndian(text[(leaf * 16)..], eax);
            BinaryPrimitives.WriteInt32LittleEndian(text[(leaf * 16 + 4)..], ebx);
            BinaryPrimitives.WriteInt32LittleEndian(text[(leaf * 16 + 8)..], ecx);
            BinaryPrimitives.WriteInt32LittleEndian(text[(leaf * 16 + 12)..], edx);
        }

        int end = text.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? text : text[..end]).Trim();
    }

    /// <summary>XCR0, low half. There is no intrinsic for XGETBV, so six bytes of code ask.</summary>
    private static uint ReadXcr0()
    {
        // xor ecx, ecx; xgetbv; ret
        ReadOnlySpan<byte> code = [0x31, 0xC9, 0x0F, 0x01, 0xD0, 0xC3];
        nint page = Libc.Reserve(Libc.Page);
        Libc.Protect(page, Libc.Page, Libc.ProtRead | Libc.ProtWrite);
        // SAFETY: the page is ours and writable; it is sealed before it is called, and nothing holds its address.
        code.CopyTo(new Span<byte>((void*)page, Libc.Page));
        Libc.Protect(page, Libc.Page, Libc.ProtRead | Libc.ProtExecute);
        uint value = ((delegate* unmanaged<uint>)page)();
        Libc.Release(page, Libc.Page);
        return value;
    }
}
