using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// Makes the Simd-level kernel: the frame (workgroups of the entry), the stretches with their loops over subgroups, and
/// in them the linearised flow. In: a <see cref="NormalFlow"/>, its stretches and what is known of divergence. Out: the
/// function. Parts: Frame, Stretch, Flow, Values, Nodes, Memory, Subgroups, Carried.
/// </summary>
internal sealed partial class KernelEmitter
{
    private readonly NormalFlow _flow;
    private readonly Function _f, _g;
    private readonly SimdBuilder _b;
    private readonly int _laneCount;

    /// <summary>Subgroups that run side by side in one iteration of the loops over subgroups.</summary>
    private readonly int _together;

    /// <summary>Workgroups that run as one, at most; the number at hand is <see cref="_running"/>.</summary>
    private readonly int _packed;
    private readonly LocalIds _ids;
    private readonly List<Stretch> _stretches;
    private readonly DivergenceAnalysis _lanes, _workgroup;
    private readonly UnsignedBounds _bounds;
    private readonly List<StretchState> _states = [];
    private readonly List<(BlockId Block, Action Emit)> _cold = [];

    /// <summary>Values used outside of the innermost divergent loop around their definition, by loop.</summary>
    private readonly List<ValueId>[] _leaving;
    private StretchState _s = null!;
    private int _place;

    private KernelEmitter(NormalFlow flow, List<Stretch> stretches, LocalIds ids, int laneCount, int together, int packed,
        DivergenceAnalysis lanes, DivergenceAnalysis workgroup)
    {
        _together = together;
        _packed = packed;
        _liveVariables = new int[together];
        _flow = flow;
        _f = flow.F;
        _stretches = stretches;
        _ids = ids;
        _laneCount = laneCount;
        _lanes = lanes;
        _workgroup = workgroup;
        _bounds = new UnsignedBounds(_f, laneCount);
        _g = new Function
        {
            Level = FunctionLevel.Simd, LocalSize = _f.LocalSize, WorkgroupBytes = _f.WorkgroupBytes,
            PushConstantBytes = _f.PushConstantBytes,
        };
        _g.Resources.AddRange(_f.Resources);
        _b = new SimdBuilder(_g, laneCount);
        _layout = new ScratchLayout(_f, laneCount, stretches.Count > 1 ? ids.Subgroups : together);
        _leaving = new List<ValueId>[flow.Loops.Count];
        FindLeaving();
    }

    public static Function Run(NormalFlow flow, List<Stretch> stretches, LocalIds ids, int laneCount, int together, int packed,
        DivergenceAnalysis lanes, DivergenceAnalysis workgroup)
    {
        var emitter = new KernelEmitter(flow, stretches, ids, laneCount, together, packed, lanes, workgroup);
        emitter.EmitFrame();
        for (int i = 0; i < emitter._cold.Count; i++)
        {
            emitter._b.Start(emitter._cold[i].Block);
            emitter._cold[i].Emit();
        }

        emitter._b.Variables.Discard();
        emitter._g.ScratchBytes = emitter._layout.Bytes;
        BlockCleanup.Run(emitter._g);
        return emitter._g;
    }

    private void FindLeaving()
    {
        for (int l = 0; l < _leaving.Length; l++)
            _leaving[l] = [];
        var seen = new bool[_f.NodeCount];
        foreach (var block in _flow.Flow.Order)
        {
            for (var id = _f[block].First; !id.IsNone; id = _f[id].Next)
            {
                if (_f[id].Op is Op.Jump or Op.Branch)
                    continue;
                foreach (var operand in _f.Operands(id))
                    Note(operand, block);
            }

            // An argument is read where the edge starts, but for the condition of which that holds as well.
            var terminator = _f.Terminator(block);
            foreach (var operand in _f.Operands(terminator))
                Note(operand, block);
        }

        void Note(ValueId value, BlockId use)
        {
            if (seen[value.Index] || _f[value].Op == Op.Const)
                return;
            int loop = _lanes.DivergentLoopLeft(value, use);
            if (loop < 0)
                return;
            seen[value.Index] = true;
            _leaving[loop].Add(value);
        }
    }
}
