using System.Globalization;
using System.Text;
using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Reference;

namespace ShaderJit.Compiler.Tests.Filetests;

/// <summary>
/// The directives of a case that runs a kernel, and its output as text.
/// <code>
/// ; test: run lanes=8,16 groups=2,1,1 steps=100000
/// ; buffer 0 1 u32: 1 2 -3 0x4     (set, binding, type: values)
/// ; buffer 0 2 f32: zero*16        (also: iota*16)
/// ; buffer 0 3[1] u32: 5           (element 1 of an array of descriptors)
/// ; push u32: 7
/// </code>
/// Lane counts that are listed must all give the same result; without <c>lanes</c> these are 8 and 16.
/// </summary>
internal static class KernelDirectives
{
    public static int[] LaneCounts(FiletestCase test) =>
        Array.ConvertAll(test.Option("lanes", "8,16").Split(','), int.Parse);

    /// <summary>The run that the directives describe, of a function.</summary>
    public static KernelRun Run(FiletestCase test, Function f, int laneCount)
    {
        uint[] groups = Array.ConvertAll(test.Option("groups", "1,1,1").Split(','), uint.Parse);
        var buffers = new List<BoundBuffer>();
        byte[] push = [];
        foreach (string directive in test.Directives)
        {
            int colon = directive.IndexOf(':');
            string[] words = (colon < 0 ? directive : directive[..colon]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["buffer", var set, var binding, var type])
            {
                string[] place = binding.Split('[', ']');
                buffers.Add(new BoundBuffer(int.Parse(set), int.Parse(place[0]), Bytes(type, directive[(colon + 1)..]),
                    place.Length > 1 ? int.Parse(place[1]) : 0));
            }
            else if (words is ["push", var pushType])
                push = Bytes(pushType, directive[(colon + 1)..]);
        }

        return new KernelRun
        {
            Function = f, LaneCount = laneCount, Groups = (groups[0], groups[1], groups[2]), Buffers = buffers,
            PushConstants = push, StepLimit = test.Option("steps", 10_000_000),
        };
    }

    /// <summary>How the run ended and what it left in its buffers, in the types of the directives.</summary>
    public static string Describe(FiletestCase test, RunResult result)
    {
        var text = new StringBuilder();
        text.Append(result.Code == TrapCode.Finished ? "finished" : $"trap {result.Code} at {result.TrapNode}").Append('\n');
        foreach (var buffer in result.Buffers)
        {
            string type = TypeOf(test, buffer);
            text.Append($"{NameOf(buffer)} {type}:");
            var scalar = ScalarOf(type);
            int size = new IrType(scalar).Bytes;
            for (int i = 0; i + size <= buffer.Bytes.Length; i += size)
            {
                ulong bits = 0;
                for (int b = size - 1; b >= 0; b--)
                    bits = bits << 8 | buffer.Bytes[i + b];
                text.Append(' ').Append(type[0] == 'u' ? bits.ToString(CultureInfo.InvariantCulture) : ConstantText(scalar, bits));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string NameOf(BoundBuffer buffer) => buffer.Element == 0
        ? $"buffer {buffer.Set} {buffer.Binding}"
        : $"buffer {buffer.Set} {buffer.Binding}[{buffer.Element}]";

    private static string TypeOf(FiletestCase test, BoundBuffer buffer)
    {
        foreach (string directive in test.Directives)
        {
            string start = NameOf(buffer) + " ";
            if (directive.StartsWith(start, StringComparison.Ordinal))
                return directive[start.Length..directive.IndexOf(':')];
        }

        return "u32";
    }

    private static byte[] Bytes(string type, string values)
    {
        var scalar = ScalarOf(type);
        int size = new IrType(scalar).Bytes;
        var bytes = new List<byte>();
        foreach (string word in values.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int star = word.IndexOf('*');
            int count = star < 0 ? 1 : int.Parse(word[(star + 1)..]);
            string value = star < 0 ? word : word[..star];
            for (int i = 0; i < count; i++)
            {
                ulong bits = Bits(scalar, value == "iota" ? i.ToString() : value == "zero" ? "0" : value);
                for (int b = 0; b < size; b++)
                    bytes.Add((byte)(bits >> (8 * b)));
            }
        }

        return [.. bytes];
    }

    private static Scalar ScalarOf(string type) => type switch
    {
        "u8" or "i8" => Scalar.I8,
        "u16" or "i16" => Scalar.I16,
        "u32" or "i32" => Scalar.I32,
        "u64" or "i64" => Scalar.I64,
        "f16" => Scalar.F16,
        "f32" => Scalar.F32,
        "f64" => Scalar.F64,
        _ => throw new InvalidOperationException($"'{type}' is no type of buffer elements"),
    };

    /// <summary>A constant as the textual IR writes it, and back: through a one-node function, so that there is one
    /// notation.</summary>
    private static string ConstantText(Scalar scalar, ulong bits)
    {
        var f = new Function();
        var id = f.NewNode(Op.Const, new IrType(scalar), [], (long)bits);
        string text = IrPrinter.PrintNode(f, id);
        return text[(text.LastIndexOf(' ') + 1)..];
    }

    private static ulong Bits(Scalar scalar, string value)
    {
        var f = IrParser.Parse($"function invocation {{ b0: v0: {new IrType(scalar)} = const {value} return }}", out string error)
            ?? throw new InvalidOperationException(error);
        return (ulong)f[f[f.Entry].First].Imm;
    }
}
