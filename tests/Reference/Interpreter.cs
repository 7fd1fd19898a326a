using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Reference;

/// <summary>
/// The oracle: runs a function of either level on a region image, one node at a time, with the semantics that stand at
/// <see cref="Op"/>.
/// </summary>
public static class Interpreter
{
    /// <summary>Runs every workgroup of the dispatch, in order; stops at the first trap.</summary>
    public static RunResult Run(KernelRun run)
    {
        var image = new RegionImage(run);
        var machine = new StepCounter(run.StepLimit);
        var code = TrapCode.Finished;
        long address = 0;
        try
        {
            if (run.Function.Level == FunctionLevel.Invocation)
                new InvocationMachine(run, image, machine).Run();
            else
                new SimdMachine(run, image, machine).Run();
        }
        catch (KernelTrap trap)
        {
            code = trap.Code;
            address = trap.Address;
        }

        var at = machine.Current;
        bool trapped = code != TrapCode.Finished && !at.IsNone;
        return new RunResult(code, image.ReadBuffers(run), trapped ? IrPrinter.PrintNode(run.Function, at) : "",
            trapped ? run.Function[at].SpirvOffset : 0, address, machine.Steps);
    }
}

/// <summary>Where a run is, and how many nodes it may still execute.</summary>
internal sealed class StepCounter(long limit)
{
    public long Steps { get; private set; }
    public ValueId Current { get; private set; } = ValueId.None;

    public void Step(ValueId id)
    {
        Current = id;
        if (++Steps > limit)
            throw new KernelTrap(TrapCode.Preempted);
    }
}
