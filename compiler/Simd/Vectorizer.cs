using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Simd;

/// <summary>
/// The SIMD stage: a function that one invocation runs becomes a kernel that runs the workgroups of an entry, a subgroup
/// at a time, a lane per invocation.
/// </summary>
/// <remarks>
/// Steps, a type each: <see cref="FlowNormalizer"/> (one latch per loop, barriers as edges), <see cref="StretchFinder"/>
/// (what runs between barriers), <see cref="DivergenceAnalysis"/> (uniform, linear or varying), <see cref="SideBySide"/> (how
/// many subgroups at once), <see cref="LinearPlan"/> (order and masks), <see cref="KernelEmitter"/> (the code), <see cref="BlockCleanup"/>.
/// </remarks>
public static class Vectorizer
{
    /// <summary>Vectorizes a function of Invocation level, which stays as it is.</summary>
    /// <param name="laneCount">Lanes of a subgroup: a power of two, at most 32.</param>
    /// <param name="diagnostics">Gets the reason when there is no result.</param>
    /// <returns>A function of Simd level; null when the shader does something that is not supported.</returns>
    public static Function? Run(Function f, int laneCount, List<Diagnostic> diagnostics)
    {
        try
        {
            return Run(f, laneCount);
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

    private static Function Run(Function f, int laneCount)
    {
        var flow = FlowNormalizer.Run(f);
        var ids = new LocalIds(f.LocalSize, laneCount);
        var stretches = StretchFinder.Run(flow);
        var lanes = DivergenceAnalysis.Run(flow, stretches, ids, laneCount, workgroup: false);
        var workgroup = ids.Subgroups == 1 ? lanes : DivergenceAnalysis.Run(flow, stretches, ids, laneCount, workgroup: true);
        int together = SideBySide.Choose(flow, ids, laneCount, lanes);
        if (together > 1)
            lanes = DivergenceAnalysis.Run(flow, stretches, ids, laneCount, workgroup: false, wider: workgroup);
        var kernel = KernelEmitter.Run(flow, stretches, ids, laneCount, together, lanes, workgroup);
        flow.F.Discard();
        return kernel;
    }
}
