using System.Globalization;
using ShaderJit.Abi;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz.Peer;

/// <summary>What became of the modules that another driver was asked about.</summary>
/// <param name="Compared">Modules of which something was compared.</param>
/// <param name="Words">32-bit words that were compared.</param>
/// <param name="Open">Words left out: another driver may give another answer.</param>
/// <param name="Refused">Modules that the driver refused.</param>
/// <param name="Crashed">Modules that killed it.</param>
/// <param name="Hung">Modules that it did not finish in a minute.</param>
internal sealed record PeerCounts(int Compared, long Words, long Open, int Refused, int Crashed, int Hung)
{
    public static readonly PeerCounts None = new(0, 0, 0, 0, 0, 0);

    public static PeerCounts operator +(PeerCounts x, PeerCounts y) => new(x.Compared + y.Compared, x.Words + y.Words, x.Open + y.Open,
        x.Refused + y.Refused, x.Crashed + y.Crashed, x.Hung + y.Hung);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"the other driver: {Compared} modules compared ({Words} words; {Open} that may differ), {Refused} refused, {Crashed} crashes, {Hung} hangs");
}

/// <summary>One module on another driver. The oracle runs it several times with other answers where there may be others
/// (<see cref="Doubt"/>); what all these runs agree on, the driver must give.</summary>
internal sealed class PeerCheck(string manifest) : IDisposable
{
    private const int Doubts = 3, PushBytes = 128;

    private readonly PeerProcess _peer = new(manifest);

    public PeerCounts Counts { get; private set; } = PeerCounts.None;

    /// <summary>Where the driver gives something else, or null.</summary>
    public Finding? Check(FuzzModule module)
    {
        var run = new ModuleRun(module.Words, module.Seed, module.Groups);
        var read = TestStage.Read(module.Words);
        var f = TestStage.Lower(read, TestStage.Of(read));
        var dispatch = run.Of(f, 8);
        var expected = Interpreter.Run(dispatch);
        if (expected.Code != TrapCode.Finished)
            return null;
        var others = new RunResult[Doubts];
        for (int i = 0; i < Doubts; i++)
        {
            others[i] = Interpreter.Run(run.Of(f, 8, new Doubt(i + 1, module.Precise)));
            if (others[i].Code != TrapCode.Finished)
                return null;
        }

        var end = _peer.Run(new PeerRequest(module.Words, dispatch.Groups, dispatch.PushConstants[..PushBytes], dispatch.Buffers, run.Images), out var reply);
        switch (end)
        {
            case PeerEnd.Refused: Counts += PeerCounts.None with { Refused = 1 }; return null;
            case PeerEnd.Crashed: Counts += PeerCounts.None with { Crashed = 1 }; return null;
            case PeerEnd.Hung: Counts += PeerCounts.None with { Hung = 1 }; return null;
            case PeerEnd.Ran: break;
        }

        long words = 0, open = 0;
        string? difference = null;
        for (int b = 0; b < expected.Buffers.Count; b++)
        {
            byte[] want = expected.Buffers[b].Bytes, got = reply!.Buffers[b].Bytes, before = dispatch.Buffers[b].Bytes;
            int bits = run.FloatBits(expected.Buffers[b].Binding), step = bits == 0 ? 4 : bits / 8;
            double least = bits == 8 ? 1.1 / 255 : bits == 16 ? 1e-2 : module.Precise ? 1e-5 : 1e-3;
            for (int at = 0; at + step <= want.Length; at += step)
            {
                if (IsOpen(others, b, at, want, bits, least, out double spread))
                {
                    open++;
                    continue;
                }

                bool same = got.AsSpan(at, step).SequenceEqual(want.AsSpan(at, step));
                if (!same || !before.AsSpan(at, step).SequenceEqual(want.AsSpan(at, step)))
                    words++;
                if (difference is null && !same && !(bits > 0 && Distance(want, got, at, bits) <= Math.Max(least, 4 * spread)))
                {
                    difference = $"binding {expected.Buffers[b].Binding}, byte {at}: {Outcomes.Hex(got, at, step)}, "
                        + $"where the oracle has {Outcomes.Hex(want, at, step)}";
                }
            }
        }

        Counts += new PeerCounts(words > 0 ? 1 : 0, words, open, 0, 0, 0);
        return difference is null ? null : new Finding(FindingKind.PeerDiffers, 0, difference);
    }

    public void Dispose() => _peer.Dispose();

    /// <param name="bits">Of a float; 0 for 32 bits of anything else.</param>
    /// <param name="spread">How far apart the floats are, relative to the larger or to 1.</param>
    private static bool IsOpen(RunResult[] others, int buffer, int at, byte[] want, int bits, double least, out double spread)
    {
        spread = 0;
        int step = bits == 0 ? 4 : bits / 8;
        foreach (var other in others)
        {
            byte[] bytes = other.Buffers[buffer].Bytes;
            if (bytes.AsSpan(at, step).SequenceEqual(want.AsSpan(at, step)))
                continue;
            if (bits == 0)
                return true;
            spread = Math.Max(spread, Distance(want, bytes, at, bits));
        }

        return bits > 0 && (!double.IsFinite(Outcomes.Float(want, at, bits)) || spread > 30 * least);
    }

    private static double Distance(byte[] p, byte[] q, int at, int bits)
    {
        double x = Outcomes.Float(p, at, bits), y = Outcomes.Float(q, at, bits);
        return double.IsFinite(x) && double.IsFinite(y) ? Math.Abs(x - y) / Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y))) : double.PositiveInfinity;
    }
}
