using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Where things stand in a worker's scratch memory: the workgroup memory first, then the private arrays, element by
/// element with a row of lanes each, then what subgroups keep across barriers. All rows are 64-byte aligned.
/// </summary>
internal sealed class ScratchLayout
{
    private const long MaxBytes = 1L << 28;
    private readonly long[] _arrays;
    private long _bytes;

    /// <param name="copies">Subgroups that have private arrays of their own.</param>
    public ScratchLayout(Function f, int laneCount, int copies)
    {
        _bytes = Align(f.WorkgroupBytes);
        _arrays = new long[f.PrivateArrays.Count];
        for (int i = 0; i < _arrays.Length; i++)
        {
            _arrays[i] = _bytes;
            _bytes += copies * CopyBytes(f.PrivateArrays[i], laneCount);
            Check();
        }
    }

    public int Bytes => (int)_bytes;

    /// <summary>Byte offset of a private array of subgroup 0.</summary>
    public int OffsetOf(int array) => (int)_arrays[array];

    /// <summary>Bytes of one subgroup's copy of a private array.</summary>
    public static long CopyBytes(PrivateArray array, int laneCount) => Align((long)array.Length * laneCount * array.Element.Bytes);

    /// <summary>Makes room for something of each subgroup; gives its byte offset.</summary>
    public int Add(long bytes)
    {
        long offset = _bytes;
        _bytes += Align(bytes);
        Check();
        return (int)offset;
    }

    private void Check()
    {
        if (_bytes > MaxBytes)
            throw new UnsupportedFlowException(-1, $"more than {MaxBytes >> 20} MiB of workgroup and private memory are not supported");
    }

    private static long Align(long bytes) => (bytes + 63) & ~63L;
}
