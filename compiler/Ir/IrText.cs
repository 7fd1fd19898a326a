using System.Globalization;
using System.Text;
using ShaderJit.Abi;

namespace ShaderJit.Compiler.Ir;

/// <summary>The words of the textual IR that printer and parser share: kinds, flags, constants.</summary>
internal static class IrText
{
    public static readonly string[] Builtins = Names<BuiltinValue>(), Atomics = Names<AtomicKind>(),
        Reductions = Names<ReduceKind>();

    public static readonly (NodeFlags Flag, string Name)[] Flags =
    [
        (NodeFlags.Precise, "precise"), (NodeFlags.Volatile, "volatile"), (NodeFlags.ReadOnly, "readonly"),
        (NodeFlags.Atomic, "atomic"), (NodeFlags.NoWrap, "nowrap"), (NodeFlags.Near, "near"),
    ];

    public static readonly (TrapCode Code, string Name)[] Traps =
    [
        (TrapCode.OutOfBounds, "out_of_bounds"), (TrapCode.DivergentBarrier, "divergent_barrier"),
        (TrapCode.Unreachable, "unreachable"),
        (TrapCode.DivisionByZero, "division_by_zero"),
    ];

    /// <summary>The words of an aux that is written behind the op's name and a dot; null for other kinds.</summary>
    public static string? SuffixOf(AuxKind kind, int aux) => kind switch
    {
        AuxKind.Builtin => At(Builtins, aux),
        AuxKind.Atomic => At(Atomics, aux),
        AuxKind.Reduce => At(Reductions, aux),
        AuxKind.Trap => TrapName(aux),
        AuxKind.None or AuxKind.Resource or AuxKind.PrivateArray or AuxKind.ArgumentOffset or AuxKind.DiagnosticOffset
            or AuxKind.Stride => null,
        _ => throw new InvalidOperationException($"unknown aux kind {kind}"),
    };

    public static bool TryParseSuffix(AuxKind kind, string word, out int aux)
    {
        switch (kind)
        {
            case AuxKind.Builtin: aux = Array.IndexOf(Builtins, word); break;
            case AuxKind.Atomic: aux = Array.IndexOf(Atomics, word); break;
            case AuxKind.Reduce: aux = Array.IndexOf(Reductions, word); break;
            case AuxKind.Trap:
                aux = -1;
                foreach (var (code, name) in Traps)
                {
                    if (name == word)
                        aux = (int)code;
                }

                break;
            default: aux = -1; break;
        }

        return aux >= 0;
    }

    /// <summary>A constant's bits as text: bools and integers plainly, floats by their shortest decimal form, and what
    /// has none (NaN, infinity) as hexadecimal bits.</summary>
    public static string Constant(Scalar scalar, long bits)
    {
        switch (scalar)
        {
            case Scalar.Bool: return bits == 0 ? "false" : "true";
            case Scalar.I8: return ((sbyte)bits).ToString(CultureInfo.InvariantCulture);
            case Scalar.I16: return ((short)bits).ToString(CultureInfo.InvariantCulture);
            case Scalar.I32: return ((int)bits).ToString(CultureInfo.InvariantCulture);
            case Scalar.I64: return bits.ToString(CultureInfo.InvariantCulture);
            case Scalar.F16:
                var half = BitConverter.UInt16BitsToHalf((ushort)bits);
                return Half.IsFinite(half) ? WithPoint(((float)half).ToString("R", CultureInfo.InvariantCulture)) : Hex(bits);
            case Scalar.F32:
                float single = BitConverter.Int32BitsToSingle((int)bits);
                return float.IsFinite(single) ? WithPoint(single.ToString("R", CultureInfo.InvariantCulture)) : Hex(bits);
            case Scalar.F64:
                double number = BitConverter.Int64BitsToDouble(bits);
                return double.IsFinite(number) ? WithPoint(number.ToString("R", CultureInfo.InvariantCulture)) : Hex(bits);
            default:
                return Hex(bits);
        }
    }

    public static bool TryParseConstant(Scalar scalar, string text, out long bits)
    {
        bits = 0;
        int width = new IrType(scalar).Bits;
        if (text.StartsWith("0x", StringComparison.Ordinal))
        {
            if (!ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong raw) ||
                (width < 64 && raw >> width != 0))
                return false;
            bits = (long)raw;
            return true;
        }

        switch (scalar)
        {
            case Scalar.Bool:
                bits = text == "true" ? 1 : 0;
                return text is "true" or "false";
            case Scalar.I8 or Scalar.I16 or Scalar.I32 or Scalar.I64:
                if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var wide) ||
                    wide < -(Int128.One << (width - 1)) || wide >= Int128.One << width)
                    return false;
                bits = unchecked((long)wide);
                if (width < 64)
                    bits &= (1L << width) - 1;
                return true;
            case Scalar.F16:
                bool isHalf = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float f16);
                bits = BitConverter.HalfToUInt16Bits((Half)f16);
                return isHalf;
            case Scalar.F32:
                bool isSingle = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float f32);
                bits = BitConverter.SingleToUInt32Bits(f32);
                return isSingle;
            case Scalar.F64:
                bool isDouble = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double f64);
                bits = BitConverter.DoubleToInt64Bits(f64);
                return isDouble;
            default:
                return false;
        }
    }

    public static bool TryParseType(string word, out IrType type)
    {
        bool lanes = word.StartsWith("lanes.", StringComparison.Ordinal);
        for (var scalar = Scalar.Bool; scalar <= Scalar.Base; scalar++)
        {
            type = new IrType(scalar, lanes);
            if (type.ToString() == word)
                return true;
        }

        type = IrType.Void;
        return false;
    }

    private static string WithPoint(string number) =>
        number.AsSpan().IndexOfAny('.', 'E') < 0 ? number + ".0" : number;

    private static string Hex(long bits) => "0x" + bits.ToString("x", CultureInfo.InvariantCulture);

    private static string? At(string[] names, int index) => (uint)index < (uint)names.Length ? names[index] : null;

    private static string? TrapName(int aux)
    {
        foreach (var (code, name) in Traps)
        {
            if ((int)code == aux)
                return name;
        }

        return null;
    }

    /// <summary>WorkgroupIdX becomes workgroup_id_x, FAdd fadd.</summary>
    private static string[] Names<T>() where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        var text = new StringBuilder();
        for (int i = 0; i < names.Length; i++)
        {
            text.Clear();
            for (int c = 0; c < names[i].Length; c++)
            {
                if (c > 0 && char.IsUpper(names[i][c]) && char.IsLower(names[i][c - 1]))
                    text.Append('_');
                text.Append(char.ToLowerInvariant(names[i][c]));
            }

            names[i] = text.ToString();
        }

        return names;
    }
}
