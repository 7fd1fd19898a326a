using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;

namespace ShaderJit.Compiler.X64;

/// <summary>
/// The back end for x86-64: selection, register allocation, encoding. In: a Simd-level function whose constants fit the
/// target's lane count. Out: a kernel that follows <see cref="KernelAbi"/> and that the verifier accepts; equal
/// functions and targets give equal bytes.
/// </summary>
public static class X64Backend
{
    /// <summary>Compiles a function, or says in <paramref name="diagnostics"/> why it cannot and returns null.</summary>
    public static CompiledKernel? Emit(Function f, in TargetFeatures target, List<Diagnostic> diagnostics)
    {
        if (f.Level != FunctionLevel.Simd)
            throw new ArgumentException("the back end takes Simd-level functions", nameof(f));
        var machine = new MachineFunction(target.Avx512);
        var selector = new Selector(f, machine, target, diagnostics);
        bool isSelected = selector.Run();
        selector.Discard();
        if (!isSelected)
            return null;
        machine.SplitCriticalEdges();

        var liveness = new Liveness(machine);
        if (liveness.IsTooLarge)
        {
            diagnostics.Add(new Diagnostic(-1, $"the kernel is too long: {liveness.Globals.Count} registers live across "
                + $"{machine.BlockCount} blocks"));
            return null;
        }

        var live = new LiveIntervals(machine, liveness);
        var scan = new LinearScan(machine, live);
        scan.Run();
        var slots = new SpillSlots(machine, live, scan.Spilled);
        var moves = new MoveResolution(machine, live, scan, slots);
        moves.Run();
        if (slots.Top > KernelAbi.MaxFrameBytes)
        {
            diagnostics.Add(new Diagnostic(-1, $"the kernel needs {slots.Top} bytes of spill space, of which there are "
                + $"{KernelAbi.MaxFrameBytes}"));
            return null;
        }

        var emitter = new CodeEmitter(machine, moves);
        byte[] image = emitter.Run();
        emitter.Discard();
        live.Discard();
        moves.Discard();
        machine.Discard();
        return new CompiledKernel
        {
            Image = image,
            CodeBytes = emitter.CodeBytes,
            ScratchBytes = f.ScratchBytes,
            LocalSize = ((uint)f.LocalSize.X, (uint)f.LocalSize.Y, (uint)f.LocalSize.Z),
            LaneCount = target.LaneCount,
            PcMap = emitter.PcMap,
        };
    }
}
