using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.Passes;

/// <summary>What the passes of one thread share: analyses and arrays that are reused from function to function.</summary>
internal sealed class PassContext
{
    [ThreadStatic]
    private static PassContext? s_current;

    public static PassContext Current => s_current ??= new PassContext();

    public ControlFlow Flow { get; } = new();
    public DominatorTree Dominators { get; } = new();
    public LoopForest Loops { get; } = new();
    public UseCounts Uses { get; } = new();
    public Replacements Replacements { get; } = new();
    public Rewriter Rewriter { get; } = new();

    /// <summary>Work stacks of a pass.</summary>
    public List<ValueId> Values { get; } = [];
    public List<ValueId> MoreValues { get; } = [];

    public void BuildLoops(Function f)
    {
        Flow.Build(f);
        Dominators.Build(Flow);
        Loops.Build(f, Flow, Dominators);
    }
}
