using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Simd;

namespace ShaderJit.Compiler.Tests.Simd;

/// <summary>The SIMD stage's own tables against dictionaries.</summary>
public sealed class TableTests
{
    [Fact]
    public void PairsKeepTheirValuesAsTheTableGrows()
    {
        var random = new Random(1);
        var table = new PairTable();
        var expected = new Dictionary<(int, int), ValueId>();
        for (int i = 0; i < 20_000; i++)
        {
            var pair = (random.Next(200), random.Next(200));
            Assert.Equal(expected.TryGetValue(pair, out var known), table.TryGet(pair.Item1, pair.Item2, out var found));
            if (expected.ContainsKey(pair))
                Assert.Equal(known, found);
            var value = new ValueId(random.Next(-1, 1000));
            table.Set(pair.Item1, pair.Item2, value);
            expected[pair] = value;
        }
    }

    [Fact]
    public void PairsAreNotConfusedWithTheirReverse()
    {
        var table = new PairTable();
        table.Set(0, 1, new ValueId(5));
        Assert.False(table.TryGet(1, 0, out _));
        Assert.True(table.TryGet(0, 1, out var found));
        Assert.Equal(5, found.Index);
    }

    [Fact]
    public void ValuesKeepWhatBelongsToThem()
    {
        var random = new Random(2);
        var table = new ValueTable<int>();
        var expected = new Dictionary<ValueId, int>();
        for (int i = 0; i < 20_000; i++)
        {
            var key = new ValueId(random.Next(5000));
            Assert.Equal(expected.ContainsKey(key), table.ContainsKey(key));
            Assert.Equal(expected.TryGetValue(key, out int known), table.TryGetValue(key, out int found));
            if (expected.ContainsKey(key))
                Assert.Equal(known, found);
            table[key] = i;
            expected[key] = i;
            Assert.Equal(i, table[key]);
        }
    }

    [Fact]
    public void AskingForWhatIsNotThereFails()
    {
        var table = new ValueTable<int>();
        Assert.Throws<KeyNotFoundException>(() => table[new ValueId(0)]);
        table[new ValueId(3)] = 7;
        Assert.Throws<KeyNotFoundException>(() => table[new ValueId(4)]);
    }
}
