using System.Buffers.Binary;
using ShaderJit.Abi;
using ShaderJit.Verifier;

namespace ShaderJit.Sandbox.Tests.Mutation;

/// <summary>
/// The child process of a mutation run: mutates, and runs what the verifier accepts. It ends with 1 and a report as
/// soon as anything outside the region has changed, or a trap had an address outside the region and its guards. A
/// crash is a finding as well; the journal then holds the number of the mutation that was running.
/// </summary>
internal static unsafe class MutationRun
{
    private const int CheckEvery = 256, LowBytes = 256 * 1024;
    private const ulong RegionTouched = 64UL << 20;

    // Mutants loop for ever now and then.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(4);

    /// <summary>Runs <paramref name="count"/> mutations, or just the one numbered <paramref name="only"/>.</summary>
    public static int Run(int seed, int count, string journalFile, int only)
    {
        List<MutationSeed> seeds = MutationSeed.All();
        foreach (MutationSeed one in seeds)
            if (one.Verify() is { Accepted: false } verdict)
                return Report($"{one.Name} is rejected unchanged: {verdict.Message}");
        var mutation = new Verifier.Tests.Mutation();
        foreach (MutationSeed one in seeds) mutation.Add(one.Image, one.CodeBytes);
        List<int> compiled = [.. Enumerable.Range(0, seeds.Count).Where(i => seeds[i].IsCompiled)];
        var canaries = new Canaries();
        var regions = new Region?[KernelAbi.MaxRegionBits + 1];
        using FileStream journal = File.Create(journalFile);
        using var thread = new KernelThread();

        canaries.MapSomewhere(new Random(seed));
        foreach (MutationSeed one in seeds) regions[one.RegionBits] ??= OpenRegion(one.RegionBits, canaries);
        canaries.FillAround(thread);
        byte[] arguments = new byte[ArgumentFrame.Size];
        if (RunUnchanged(seeds, regions, thread, arguments) is { } broken) return Report(broken);
        int accepted = 0, finished = 0, trapped = 0, preempted = 0, left = 0;
        Span<byte> number = stackalloc byte[4];
        for (int i = 0; i < count; i++)
        {
            var random = new Random(unchecked(seed * 1_000_003 + i));
            // Three in four from real kernels.
            int source = i % 4 == 0 ? random.Next(seeds.Count) : compiled[random.Next(compiled.Count)];
            MutationSeed from = seeds[source];
            (byte[] image, int codeBytes) = mutation.Next(source, random);
            if (only >= 0 && i != only) continue;
            PublishResult published = CodeHeap.Process.Publish(
                HandKernel.FromImage(image, codeBytes), new VerifierPolicy(from.RegionBits));
            if (published.IsFull) return Report($"mutation {i}: the code heap is full");
            if (published.Kernel is not KernelCode kernel) continue;

            accepted++;
            BinaryPrimitives.WriteInt32LittleEndian(number, i);
            RandomAccess.Write(journal.SafeFileHandle, number, 0);
            Region region = regions[from.RegionBits]!;
            if (accepted % 64 == 1) FillRegion(region, random);
            // Real kernels get what they expect, mostly.
            bool asMeant = from.IsCompiled && random.Next(8) != 0;
            if (asMeant) Dispatch.Prepare(Low(region), random);
            if (asMeant) Dispatch.FillArguments(arguments, random);
            else FillArguments(arguments, random);
            arguments.CopyTo(thread.ArgumentFrame);

            KernelExit exit;
            using (var deadline = new Deadline(Limit)) exit = thread.Run(kernel, region, deadline);
            kernel.Dispose();
            switch (exit.Code)
            {
                case TrapCode.Finished: finished++; break;
                case TrapCode.MemoryFault: trapped++; break;
                case TrapCode.Preempted: preempted++; break;
                // SIGILL is what an instruction ends in that this processor lacks; the list does not know processors.
                case TrapCode.MachineFault when exit.Signal is not (0 or Libc.Sigill):
                    return Report($"mutation {i} of {from.Name} raised what the verifier should refuse: {exit}, "
                        + Hex(image, codeBytes));
                default: left++; break;
            }

            if (exit.Place == FaultPlace.Outside)
                return Report($"mutation {i} of {from.Name} aimed outside: {exit}, {Hex(image, codeBytes)}");
            if (!thread.ArgumentFrame.SequenceEqual(arguments))
                return Report($"mutation {i} of {from.Name} changed its arguments: {Hex(image, codeBytes)}");
            bool check = accepted % CheckEvery == 0 || only >= 0;
            if (check && canaries.FindChange() is var changed and not 0)
                return Report($"a mutation up to {i} has changed {changed:x}, run them alone to see which");
            if (check) foreach (Region? one in regions) Forget(one);
        }

        if (canaries.FindChange() is var last and not 0) return Report($"one of the last mutations changed {last:x}");
        Console.WriteLine($"accepted {accepted} finished {finished} trapped {trapped} preempted {preempted} "
            + $"left {left} watched {canaries.Bytes} seeds {seeds.Count} compiled {compiled.Count}");
        return 0;
    }

    /// <summary>Whether the real kernels really run on what they are given here: they end, and change a buffer. What is
    /// wrong, if anything.</summary>
    private static string? RunUnchanged(List<MutationSeed> seeds, Region?[] regions, KernelThread thread, byte[] arguments)
    {
        foreach (MutationSeed seed in seeds)
        {
            if (!seed.IsCompiled) continue;
            Region region = regions[seed.RegionBits]!;
            using KernelCode kernel = CodeHeap.Process.Publish(
                HandKernel.FromImage(seed.Image, seed.CodeBytes), new VerifierPolicy(seed.RegionBits)).Kernel!;
            bool changed = false;
            // A picture may be smaller than the first workgroup, and a short buffer out of bounds for what traps there.
            for (int attempt = 0; attempt < 16 && !changed; attempt++)
            {
                var random = new Random(attempt);
                FillRegion(region, random);
                Dispatch.Prepare(Low(region), random);
                Dispatch.FillArguments(arguments, random);
                arguments.CopyTo(thread.ArgumentFrame);
                byte[] before = Dispatch.BuffersOf(Low(region)).ToArray();
                using var deadline = new Deadline(TimeSpan.FromSeconds(10));
                KernelExit exit = thread.Run(kernel, region, deadline);
                if (exit.Code is not (TrapCode.Finished or TrapCode.OutOfBounds)) return $"{seed.Name} unchanged: {exit}";
                changed = !before.AsSpan().SequenceEqual(Dispatch.BuffersOf(Low(region)));
            }

            if (!changed) return $"{seed.Name} unchanged does nothing";
        }

        return null;
    }

    private static Span<byte> Low(Region region) => new(region.Base, LowBytes);

    /// <summary>A region that can be touched everywhere, null guard included: the further a mutant gets, the better.
    /// </summary>
    private static Region OpenRegion(int bits, Canaries canaries)
    {
        var region = new Region(bits);
        Libc.Protect((nint)region.Base, (nuint)region.Bytes, Libc.ProtRead | Libc.ProtWrite);
        canaries.MapAround(region);
        return region;
    }

    /// <summary>Gives back what mutants have touched.</summary>
    private static void Forget(Region? region)
    {
        if (region != null) Libc.MAdvise((nint)region.Base, (nuint)region.Bytes, Libc.AdviseDontNeed);
    }

    private static void FillRegion(Region region, Random random)
    {
        Span<byte> low = Low(region);
        random.NextBytes(low[..(64 * 1024)]);
        // Small numbers too: most random quadwords are far away.
        for (int at = 64 * 1024; at < low.Length; at += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(low[at..], (ulong)random.NextInt64((long)RegionTouched) >> (at & 24));
        Dispatch.FillBuffers(low, random);
    }

    private static void FillArguments(byte[] arguments, Random random)
    {
        random.NextBytes(arguments);
        if (random.Next(2) == 0) return;
        BinaryPrimitives.WriteInt32LittleEndian(arguments.AsSpan(ArgumentFrame.WorkgroupCount), random.Next(1, 9));
        for (int at = ArgumentFrame.ScratchOffset; at < ArgumentFrame.Size; at += 8)
            BinaryPrimitives.WriteInt64LittleEndian(arguments.AsSpan(at), random.Next(1 << 20) & ~63);
    }

    private static string Hex(byte[] image, int codeBytes) =>
        $"code {codeBytes} {Convert.ToHexString(image)}";

    private static int Report(string finding)
    {
        Console.WriteLine(finding);
        return 1;
    }
}
