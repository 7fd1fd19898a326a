using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>The passes in the order that a compile runs them.</summary>
public static class PassPipeline
{
    /// <summary>Loops around loops that were unrolled, themselves unrolled.</summary>
    private const int MaxUnrollRounds = 2;

    /// <summary>Branches around branches that became selects, themselves turned into selects.</summary>
    private const int MaxSelectRounds = 2;

    private const int WidestLanes = 16;

    /// <summary>Called after each pass of this thread with its name: tests verify there. Null in production.</summary>
    [field: ThreadStatic]
    public static Action<string, Function>? AfterPass { get; set; }

    /// <summary>The names that <see cref="Run"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "constant-folding", "dead-code-elimination", "control-flow-simplification", "branch-to-select", "value-numbering",
        "loop-invariant-code-motion", "strength-reduction", "contraction", "memory-to-ssa",
        "range-simplification", "loop-unrolling", "row-unrolling", "load-grouping", "strided-groups", "sinking",
        "biased-compares", "pressure-ordering", "induction-variables",
        "loop-versioning",
    ];

    /// <summary>Before the SIMD stage: leaves no private array that is indexed by constants only, computes everything
    /// once and as far outside of loops as it may stand, and fuses multiply-adds.</summary>
    public static void RunInvocation(Function f)
    {
        var context = PassContext.Current;
        Run(context, f, "constant-folding");
        Run(context, f, "dead-code-elimination");
        Run(context, f, "memory-to-ssa");
        Run(context, f, "control-flow-simplification");
        for (int round = 0; round < MaxSelectRounds && BranchToSelect.Run(context, f); round++)
        {
            AfterPass?.Invoke("branch-to-select", f);
            Run(context, f, "control-flow-simplification");
        }

        for (int round = 0; round < MaxUnrollRounds && LoopUnrolling.Run(context, f); round++)
        {
            AfterPass?.Invoke("loop-unrolling", f);
            Run(context, f, "constant-folding");
            Run(context, f, "memory-to-ssa");
            Run(context, f, "constant-folding");
            Run(context, f, "dead-code-elimination");
            Run(context, f, "control-flow-simplification");
        }

        Run(context, f, "value-numbering");
        Run(context, f, "strength-reduction");
        Run(context, f, "range-simplification");
        Run(context, f, "contraction");
        Run(context, f, "value-numbering");
        Run(context, f, "loop-invariant-code-motion");
        Run(context, f, "dead-code-elimination");
        Run(context, f, "control-flow-simplification");
        if (LoopUnrolling.RunRows(context, f))
        {
            AfterPass?.Invoke("row-unrolling", f);
            Run(context, f, "constant-folding");
            Run(context, f, "value-numbering");
            Run(context, f, "control-flow-simplification");
        }

        Run(context, f, "load-grouping");
    }

    /// <summary>After the SIMD stage: the same for what it added (bases, masks, offsets).</summary>
    /// <param name="laneCount">Lanes of the target: 16 with AVX-512, 8 with AVX2, which lacks unsigned comparisons and has half as
    /// many vector registers, for masks too.</param>
    public static void RunSimd(Function f, int laneCount)
    {
        var context = PassContext.Current;
        Run(context, f, "constant-folding");
        Run(context, f, "dead-code-elimination");
        Run(context, f, "strength-reduction");
        if (laneCount != WidestLanes)
            Run(context, f, "biased-compares");
        Run(context, f, "value-numbering");
        Run(context, f, "loop-invariant-code-motion");
        if (LoopVersioning.HasMasks(f))
        {
            Run(context, f, "induction-variables");
            Run(context, f, "loop-versioning", laneCount);
        }

        Run(context, f, "constant-folding");
        Run(context, f, "dead-code-elimination");
        Run(context, f, "control-flow-simplification");
        Run(context, f, "sinking");
        if (laneCount != WidestLanes)
            Run(context, f, "pressure-ordering");
        Run(context, f, "strided-groups", laneCount);
    }

    /// <summary>One pass by its name in <see cref="Names"/>.</summary>
    /// <exception cref="ArgumentException">There is no such pass.</exception>
    public static void Run(Function f, string pass) => Run(PassContext.Current, f, pass);

    private static void Run(PassContext context, Function f, string pass, int laneCount = WidestLanes)
    {
        f.CurrentSpirvOffset = 0;
        switch (pass)
        {
            case "constant-folding": ConstantFolding.Run(context, f); break;
            case "dead-code-elimination": DeadCodeElimination.Run(context, f); break;
            case "control-flow-simplification": ControlFlowSimplification.Run(context, f); break;
            case "branch-to-select": BranchToSelect.Run(context, f); break;
            case "value-numbering": ValueNumbering.Run(context, f); break;
            case "loop-invariant-code-motion": LoopInvariantCodeMotion.Run(context, f); break;
            case "strength-reduction": StrengthReduction.Run(context, f); break;
            case "range-simplification": RangeSimplification.Run(context, f); break;
            case "loop-unrolling": LoopUnrolling.Run(context, f); break;
            case "row-unrolling": LoopUnrolling.RunRows(context, f); break;
            case "memory-to-ssa": MemoryToSsa.Run(context, f); break;
            case "load-grouping": LoadGrouping.Run(context, f); break;
            case "strided-groups": StridedGroups.Run(f, laneCount); break;
            case "biased-compares": BiasedCompares.Run(context, f); break;
            case "pressure-ordering": PressureOrdering.Run(context, f); break;
            case "induction-variables": InductionVariables.Run(context, f); break;
            case "loop-versioning": LoopVersioning.Run(context, f, laneCount); break;
            case "sinking": Sinking.Run(context, f); break;
            case "contraction": Contraction.Run(context, f); break;
            default: throw new ArgumentException($"there is no pass '{pass}'", nameof(pass));
        }

        AfterPass?.Invoke(pass, f);
    }
}
