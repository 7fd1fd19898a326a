using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Reference;

namespace ShaderJit.Fuzz;

/// <summary>One module against the oracle: the machine code leaves what the interpreter leaves, bit by bit.</summary>
internal static class ModuleCheck
{
    /// <summary>What is wrong at a width, or null.</summary>
    /// <param name="run">The dispatch of a function of either level, with so many lanes.</param>
    /// <param name="precise">Nothing may be contracted, so that even the function as it was lowered gives the same bits.</param>
    /// <param name="floats">Bits of the floats that a binding holds, or 0: there any NaN equals any other.</param>
    /// <param name="finished">Whether the dispatch ended by itself, and so was compared.</param>
    public static Finding? Check(uint[] words, Func<Function, int, KernelRun> run, bool precise, Func<int, int> floats, int lanes, out bool finished)
    {
        finished = false;
        try
        {
            var module = TestStage.Read(words);
            var stage = TestStage.Of(module);
            var f = TestStage.Lower(module, stage);
            RunResult? lowered = precise ? Interpreter.Run(run(f, lanes)) : null;
            PassPipeline.RunInvocation(f);
            var g = TestStage.Vectorize(f, lanes);
            PassPipeline.RunSimd(g, lanes);
            var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
            if (compiled.Kernel is null)
                return new Finding(FindingKind.Refused, lanes, string.Join("; ", compiled.Diagnostics));

            // Contraction changes bits, so what may be contracted is compared after it.
            var expected = lowered ?? Interpreter.Run(run(f, lanes));
            if (expected.Code == TrapCode.Preempted)
                return null;
            finished = expected.Code == TrapCode.Finished;
            var machine = MachineRun.Run(run(g, lanes), compiled.Kernel);
            if (Outcomes.Difference(expected, machine, floats) is not { } difference)
                return null;
            string stageName = Stage("passes", expected, run(f, lanes), floats) ?? Stage("SIMD stage", expected, run(g, lanes), floats) ?? "after the back end: ";
            return new Finding(FindingKind.Differs, lanes, stageName + difference);
        }
        catch (ModuleException e)
        {
            return new Finding(e.Kind, lanes, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new Finding(FindingKind.Throws, lanes, e.ToString());
        }
    }

    private static string? Stage(string name, RunResult expected, KernelRun run, Func<int, int> floats) =>
        Outcomes.Difference(expected, Interpreter.Run(run), floats) is { } difference ? $"after the {name} ({difference}): " : null;
}
