using System.Runtime.InteropServices;
using static ShaderJit.Kernels.CaseData;

namespace ShaderJit.Kernels.Cases;

/// <summary>Order: bitonic and radix sort, insertion, binary search, lists that invocations append to.</summary>
internal static class Sorts
{
    public static KernelCase Bitonic(bool small)
    {
        int n = small ? 4096 : 1 << 20;
        return new KernelCase("bitonic", [Words(n, Hash), Zeros(n * 4)], [new CaseStep("bitonic", (uint)n / 1024, 1, [], [0, 1])], data =>
        {
            uint[] sorted = Values(n, Hash);
            for (int block = 0; block < n; block += 1024)
                Array.Sort(sorted, block, 1024);
            return Exact(Count(n, i => AsWords(data[1])[i] != sorted[i]), n);
        });
    }

    public static KernelCase Radix(bool small)
    {
        int n = small ? 4096 : 1 << 20, blocks = n / 256;
        static uint Value(uint i) => Hash(i) & 0xFFFF;
        var steps = new List<CaseStep>();
        for (uint shift = 0; shift < 16; shift += 4)
        {
            int from = shift % 8 == 0 ? 0 : 1;
            steps.Add(new CaseStep("radix_count", (uint)blocks, 1, [shift], [from, 2]));
            steps.Add(new CaseStep("radix_scan", 1, 1, [(uint)blocks * 16], [2]));
            steps.Add(new CaseStep("radix_scatter", (uint)blocks, 1, [shift], [from, 2, 1 - from]));
        }

        return new KernelCase("radix_sort", [Words(n, Value), Zeros(n * 4), Zeros(blocks * 64)], [.. steps], data =>
        {
            uint[] sorted = Values(n, Value);
            Array.Sort(sorted);
            return Exact(Count(n, i => AsWords(data[0])[i] != sorted[i]), n);
        });
    }

    public static KernelCase Local(bool small)
    {
        int n = small ? 1024 : 1 << 20;
        return new KernelCase("local_sort", [Floats(n, Random), Zeros(n * 4)], [new CaseStep("local_sort", (uint)n / 1024, 1, [], [0, 1])], data =>
        {
            var sorted = AsFloats(Floats(n, Random).Initial!).ToArray();
            for (int block = 0; block < n; block += 16)
                Array.Sort(sorted, block, 16);
            return Exact(Count(n, i => AsFloats(data[1])[i] != sorted[i]), n);
        });
    }

    public static KernelCase Search(bool small)
    {
        int n = small ? 1000 : 1 << 20, table = small ? 777 : 1 << 16;
        uint[] sorted = Values(table, Hash);
        Array.Sort(sorted);
        static uint Key(uint i) => Hash(i + 9999);
        return new KernelCase("search", [Words(table, i => sorted[i]), Words(n, Key), Zeros(n * 4)],
            [new CaseStep("search", (uint)(n + 255) / 256, 1, [(uint)n, (uint)table], [0, 1, 2])], data => Exact(Count(n, i =>
            {
                int place = Array.BinarySearch(sorted, Key((uint)i));
                place = place < 0 ? ~place : place;
                while (place > 0 && sorted[place - 1] == Key((uint)i))
                    place--;
                return AsWords(data[2])[i] != place;
            }), n));
    }

    public static KernelCase Append(bool small) => Filter(small, "append", 64);

    public static KernelCase Compact(bool small) => Filter(small, "compact", 128);

    public static KernelCase Cells(bool small)
    {
        int n = small ? 1000 : 1 << 20;
        uint side = small ? 8u : 256u, most = 64;
        int cells = (int)(side * side);
        uint Cell(int i) => ((uint)(Random((uint)(2 * i) + 1) * side) * side) + (uint)(Random((uint)(2 * i)) * side);
        return new KernelCase("cells", [Floats(2 * n, Random), Zeros(cells * 4), Zeros(cells * (int)most * 4)],
        [
            new CaseStep(null, 0, 0, [], [1]), new CaseStep(null, 0, 0, [], [2]),
            new CaseStep("cells", (uint)(n + 63) / 64, 1, [(uint)n, side, most], [0, 1, 2]),
        ], data =>
        {
            var counts = new uint[cells];
            var places = new HashSet<uint>[cells];
            for (int i = 0; i < n; i++)
            {
                counts[Cell(i)]++;
                (places[Cell(i)] ??= []).Add((uint)i);
            }

            int wrong = 0;
            for (int c = 0; c < cells; c++)
            {
                wrong += AsWords(data[1])[c] == counts[c] ? 0 : 1;
                for (int k = 0; k < Math.Min(counts[c], most); k++)
                    wrong += places[c].Remove(AsWords(data[2])[(int)((c * most) + k)]) ? 0 : 1;
            }

            return Exact(wrong, cells);
        });
    }

    private static KernelCase Filter(bool small, string name, int groupSize)
    {
        int n = small ? 5000 : 4000000;
        const uint limit = 0x60000000;
        return new KernelCase(name, [Words(n, Hash), Zeros(4), Zeros(n * 4)],
        [
            new CaseStep(null, 0, 0, [], [1]),
            new CaseStep(name, (uint)((n + groupSize - 1) / groupSize), 1, [(uint)n, limit], [0, 1, 2]),
        ], data =>
        {
            var wanted = new List<uint>();
            for (uint i = 0; i < n; i++)
            {
                if (Hash(i) < limit)
                    wanted.Add(i);
            }

            int count = (int)AsWords(data[1])[0];
            if (count != wanted.Count)
                return new CheckResult(false, count, $"{count} found, not {wanted.Count}");
            uint[] got = AsWords(data[2])[..count].ToArray();
            Array.Sort(got);
            return Exact(Count(count, i => got[i] != CollectionsMarshal.AsSpan(wanted)[i]), count);
        });
    }
}
