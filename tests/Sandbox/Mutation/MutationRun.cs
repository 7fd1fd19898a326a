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
    private const int CheckEvery = 256;
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
        // Two mutators take turns: the verifier's tests' own, which keeps an image's length, and one that does not.
        var inPlace = new Verifier.Tests.Mutation(seed);
        List<MutationSeed> withCode = seeds.FindAll(one => one.CodeBytes > 0);
        foreach (MutationSeed one in withCode) inPlace.Add(one.Image, one.CodeBytes);
        var mutator = new ImageMutator(seeds);
        var canaries = new Canaries();
        var regions = new Region?[KernelAbi.MaxRegionBits + 1];
        using FileStream journal = File.Create(journalFile);
        using var thread = new KernelThread();

        canaries.MapSomewhere(new Random(seed));
        foreach (MutationSeed one in seeds) regions[one.RegionBits] ??= OpenRegion(one.RegionBits, canaries);
        canaries.FillAround(thread);
        byte[] arguments = new byte[ArgumentFrame.Size];
        int accepted = 0, finished = 0, trapped = 0, preempted = 0, left = 0;
        Span<byte> number = stackalloc byte[4];
        for (int i = 0; i < count; i++)
        {
            var random = new Random(unchecked(seed * 1_000_003 + i));
            MutationSeed from;
            byte[] image;
            int codeBytes;
            if (i % 2 == 0)
            {
                (from, image, codeBytes) = mutator.Next(random);
            }
            else
            {
                (image, codeBytes, int source) = inPlace.Next();
                from = withCode[source];
            }

            if (only >= 0 && i != only) continue;
            PublishResult published = CodeHeap.Process.Publish(
                HandKernel.FromImage(image, codeBytes), new VerifierPolicy(from.RegionBits));
            if (published.IsFull) return Report($"mutation {i}: the code heap is full");
            if (published.Kernel is not KernelCode kernel) continue;

            accepted++;
            BinaryPrimitives.WriteInt32LittleEndian(number, i);
            RandomAccess.Write(journal.SafeFileHandle, number, 0);
            Region region = regions[from.RegionBits]!;
            FillArguments(arguments, random);
            arguments.CopyTo(thread.ArgumentFrame);
            if (accepted % 64 == 1) FillRegion(region, random);

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
            + $"left {left} watched {canaries.Bytes} seeds {seeds.Count}");
        return 0;
    }

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
        Span<byte> low = new(region.Base, 256 * 1024);
        random.NextBytes(low[..(64 * 1024)]);
        // Small numbers too: most random quadwords are far away.
        for (int at = 64 * 1024; at < low.Length; at += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(low[at..], (ulong)random.NextInt64((long)RegionTouched) >> (at & 24));
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
