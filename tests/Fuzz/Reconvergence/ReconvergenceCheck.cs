using ShaderJit.Abi;
using ShaderJit.Compiler;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Passes;
using ShaderJit.Reference;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz.Reconvergence;

/// <summary>One program against the simulation of its tangles: the function as it was lowered, after the passes, after the SIMD
/// stage, and the machine code leave what the rules of reconvergence say.</summary>
internal static class ReconvergenceCheck
{
    private static readonly int[] Widths = [8, 16];

    /// <summary>The module of a number.</summary>
    public static FuzzModule Module(int seed) => new(Assembler.Assemble(ProgramAssembly.Write(ProgramGenerator.Make(seed))), seed, true);

    /// <summary>The first finding over both widths, or null.</summary>
    /// <param name="finished">Runs that were compared.</param>
    public static Finding? Check(int seed, ref int finished)
    {
        var program = ProgramGenerator.Make(seed);
        uint[] words = Assembler.Assemble(ProgramAssembly.Write(program));
        foreach (int lanes in Widths)
        {
            if (Expect(program, lanes) is not { } expected)
                continue;
            if (Check(words, expected, lanes) is { } finding)
                return finding;
            finished++;
        }

        return null;
    }

    /// <summary>Binding 1 as the simulation leaves it; null where it takes too long.</summary>
    private static byte[]? Expect(Program program, int lanes)
    {
        uint all = (uint)program.Invocations * ProgramAssembly.Groups;
        byte[] bytes = new byte[(ProgramAssembly.Answers + 1) * all * 4];
        for (uint group = 0; group < ProgramAssembly.Groups; group++)
        {
            uint first = group * (uint)program.Invocations;
            for (int subgroup = 0; subgroup * lanes < program.Invocations; subgroup++)
            {
                var simulator = new TangleSimulator(program, lanes, subgroup, group, 0, (invocation, word, value) =>
                    BitConverter.TryWriteBytes(bytes.AsSpan((int)(word * all + first + (uint)invocation) * 4), value));
                if (!simulator.Run())
                    return null;
            }
        }

        return bytes;
    }

    private static Finding? Check(uint[] words, byte[] bytes, int lanes)
    {
        var expected = new RunResult(TrapCode.Finished, [new BoundBuffer(0, 0, new byte[64]), new BoundBuffer(0, 1, bytes)], "", 0, 0, 0);
        KernelRun Run(Function f) => new()
        {
            Function = f, LaneCount = lanes, Groups = (ProgramAssembly.Groups, 1, 1),
            Buffers = [new BoundBuffer(0, 0, new byte[64]), new BoundBuffer(0, 1, new byte[bytes.Length])],
        };

        string? Difference(string stage, RunResult actual) =>
            Outcomes.Difference(expected, actual, static (int _) => 0) is { } text ? $"{stage}: {text}" : null;

        string? FirstPass(Function f)
        {
            string? first = null;
            PassPipeline.AfterPass = (pass, at) => first ??= Difference("after " + pass, Interpreter.Run(Run(at)));
            PassPipeline.RunInvocation(f);
            PassPipeline.AfterPass = null;
            return first;
        }

        try
        {
            var module = TestStage.Read(words);
            var stage = TestStage.Of(module);
            var f = TestStage.Lower(module, stage);
            string? difference = Difference("lowered", Interpreter.Run(Run(f)));
            PassPipeline.RunInvocation(f);
            bool passes = difference is null && Difference("", Interpreter.Run(Run(f))) is not null;
            var g = TestStage.Vectorize(f, lanes);
            PassPipeline.RunSimd(g, lanes);
            difference ??= passes ? null : Difference("after the SIMD stage", Interpreter.Run(Run(g)));
            var compiled = ShaderCompiler.Compile(words, stage, new TargetFeatures(lanes, KernelAbi.MinRegionBits));
            if (compiled.Kernel is null)
                return new Finding(FindingKind.Refused, lanes, string.Join("; ", compiled.Diagnostics));
            string? machine = Difference("machine code", MachineRun.Run(Run(g), compiled.Kernel));
            if (passes)
                difference = FirstPass(TestStage.Lower(module, stage)) + (machine is null ? ", but not the machine code" : "");
            difference ??= machine;
            return difference is null ? null : new Finding(FindingKind.Differs, lanes, difference);
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
