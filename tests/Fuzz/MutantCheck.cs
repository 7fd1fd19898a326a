using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Fuzz;

/// <summary>A changed module must be refused with a reason, or be compiled to code that the verifier takes and that runs: to its
/// end, to a trap, or until it is stopped. What it computes is not compared: it may depend on the order of invocations.</summary>
internal static class MutantCheck
{
    private static readonly TimeSpan CompileLimit = TimeSpan.FromSeconds(20);

    /// <param name="ran">Whether it was run.</param>
    public static Finding? Check(uint[] words, int seed, int lanes, out bool ran)
    {
        ran = false;
        try
        {
            var diagnostics = new List<Diagnostic>();
            var module = ModuleReader.Read(words, diagnostics);
            if (module is null || !ModuleValidator.Validate(module, diagnostics))
                return diagnostics.Count > 0 ? null : new Finding(FindingKind.Refused, lanes, "refused without a reason");
            var stage = TestStage.Of(module);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
            if (clock.Elapsed > CompileLimit)
                return new Finding(FindingKind.Throws, lanes, $"compiled for {clock.Elapsed.TotalSeconds:0} s");
            if (compiled.Kernel is null)
                return compiled.Diagnostics.Count > 0 ? null : new Finding(FindingKind.Refused, lanes, "refused without a reason");
            ModuleRun run;
            Function function;
            try
            {
                run = new ModuleRun(words, seed);
                var f = TestStage.Lower(module, stage);
                PassPipeline.RunInvocation(f);
                function = TestStage.Vectorize(f, lanes);
                PassPipeline.RunSimd(function, lanes);
            }
            catch (ModuleException e) when (e.Kind == FindingKind.Refused)
            {
                // Images and the like: there is no dispatch for it here.
                return null;
            }

            ran = true;
            MachineRun.Run(run.Of(function, lanes), compiled.Kernel);
            return null;
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
}
