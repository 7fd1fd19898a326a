using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// The SIMD stage: a function that one invocation runs becomes a kernel that runs the workgroups of an entry, a subgroup
/// at a time, a lane per invocation.
/// </summary>
/// <remarks>
/// Steps, a type each: <see cref="FlowNormalizer"/> (one latch per loop, barriers as edges), <see
/// cref="WorkgroupPacking"/> (small workgroups that are neighbours run as one), <see cref="StretchFinder"/>
/// (what runs between barriers), <see cref="DivergenceAnalysis"/> (uniform, linear or varying), <see cref="SideBySide"/> (how
/// many subgroups at once), <see cref="LinearPlan"/> (order and masks), <see cref="KernelEmitter"/> (the code), <see cref="BlockCleanup"/>.
/// </remarks>
public static class Vectorizer
{
    /// <summary>Vectorizes a function of Invocation level, which stays as it is.</summary>
    /// <param name="laneCount">Lanes of a subgroup: a power of two, at most 32.</param>
    /// <param name="diagnostics">Gets the reason when there is no result.</param>
    /// <returns>A function of Simd level; null when the shader does something that is not supported.</returns>
    public static Function? Run(Function f, int laneCount, List<Diagnostic> diagnostics) => Run(f, laneCount, diagnostics, false);

    /// <param name="packAlways">Pack workgroups wherever that is possible, worth it or not.</param>
    internal static Function? Run(Function f, int laneCount, List<Diagnostic> diagnostics, bool packAlways)
    {
        try
        {
            return Run(f, laneCount, packAlways);
        }
        catch (UnsupportedFlowException refusal)
        {
            diagnostics.Add(new Diagnostic(refusal.SpirvOffset, refusal.Message));
        }
        catch (InsufficientExecutionStackException)
        {
            diagnostics.Add(new Diagnostic(-1, "control flow that is nested this deeply is not supported"));
        }

        return null;
    }

    private static Function Run(Function f, int laneCount, bool packAlways)
    {
        var flow = FlowNormalizer.Run(f);
        int packed = WorkgroupPacking.Run(flow, laneCount, packAlways);
        var ids = new LocalIds(flow.F.LocalSize, laneCount);
        var stretches = StretchFinder.Run(flow);
        var lanes = DivergenceAnalysis.Run(flow, stretches, ids, laneCount, workgroup: false);
        var workgroup = ids.Subgroups == 1 ? lanes : DivergenceAnalysis.Run(flow, stretches, ids, laneCount, workgroup: true);
        int together = SideBySide.Choose(flow, ids, laneCount, lanes, workgroup);
        if (together > 1)
        {
            if (lanes != workgroup)
                lanes.Discard();
            lanes = DivergenceAnalysis.Run(flow, stretches, ids, laneCount, workgroup: false, wider: workgroup);
        }

        var kernel = KernelEmitter.Run(flow, stretches, ids, laneCount, together, packed, lanes, workgroup);
        kernel.LocalSize = f.LocalSize;
        lanes.Discard();
        if (workgroup != lanes)
            workgroup.Discard();
        flow.F.Discard();
        return kernel;
    }
}
