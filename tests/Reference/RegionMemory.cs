using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>Raised inside the oracle where a kernel would leave early.</summary>
internal sealed class KernelTrap(TrapCode code, long address = 0) : Exception(code.ToString())
{
    public TrapCode Code { get; } = code;
    public long Address { get; } = address;
}

/// <summary>Loads and stores of scalars in a <see cref="RegionImage"/>.</summary>
internal sealed class RegionMemory(RegionImage image)
{
    private readonly byte[] _bytes = image.Bytes;
    private readonly bool[] _valid = image.Valid;

    public ulong Load(Scalar scalar, long address)
    {
        int bytes = new IrType(scalar).Bytes;
        Check(address, bytes);
        var at = _bytes.AsSpan((int)address);
        return bytes switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(at),
        };
    }

    public void Store(Scalar scalar, long address, ulong value)
    {
        int bytes = new IrType(scalar).Bytes;
        Check(address, bytes);
        var at = _bytes.AsSpan((int)address);
        switch (bytes)
        {
            case 1: at[0] = (byte)value; break;
            case 2: BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value); break;
            case 4: BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)value); break;
            default: BinaryPrimitives.WriteUInt64LittleEndian(at, value); break;
        }
    }

    public ulong AtomicRmw(AtomicKind kind, Scalar scalar, long address, ulong value)
    {
        ulong old = Load(scalar, address);
        Store(scalar, address, Apply(kind, scalar, old, value));
        return old;
    }

    public ulong CompareExchange(Scalar scalar, long address, ulong value, ulong comparator)
    {
        ulong old = Load(scalar, address);
        if (old == comparator)
            Store(scalar, address, value);
        return old;
    }

    private static ulong Apply(AtomicKind kind, Scalar scalar, ulong old, ulong value) => kind switch
    {
        AtomicKind.Add => ScalarMath.Evaluate(Op.IAdd, scalar, scalar, old, value),
        AtomicKind.Sub => ScalarMath.Evaluate(Op.ISub, scalar, scalar, old, value),
        AtomicKind.SMin => ScalarMath.Evaluate(Op.SMin, scalar, scalar, old, value),
        AtomicKind.UMin => ScalarMath.Evaluate(Op.UMin, scalar, scalar, old, value),
        AtomicKind.SMax => ScalarMath.Evaluate(Op.SMax, scalar, scalar, old, value),
        AtomicKind.UMax => ScalarMath.Evaluate(Op.UMax, scalar, scalar, old, value),
        AtomicKind.And => old & value,
        AtomicKind.Or => old | value,
        AtomicKind.Xor => old ^ value,
        AtomicKind.Exchange => value,
        AtomicKind.FAdd => ScalarMath.Evaluate(Op.FAdd, scalar, scalar, old, value),
        AtomicKind.FMin => ScalarMath.Evaluate(Op.FMin, scalar, scalar, old, value),
        AtomicKind.FMax => ScalarMath.Evaluate(Op.FMax, scalar, scalar, old, value),
        _ => throw new InvalidOperationException($"unknown atomic {kind}"),
    };

    private void Check(long address, int bytes)
    {
        if (address < 0 || address > _bytes.Length - 8 || !_valid[address] || !_valid[address + bytes - 1])
            throw new KernelTrap(TrapCode.MemoryFault, address);
    }
}
