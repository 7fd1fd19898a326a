using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ShaderJit.Sandbox.Tests;

/// <summary>A number of several processes: what is taken for one, and who wakes whom.</summary>
[Collection(Alone.Name)]
public partial class SharedWordTests
{
    private const ulong Kind = 7;

    [Fact]
    public void BothSeeTheSameNumberAsLongAsOneOfThemLives()
    {
        var first = SharedWord.TryCreate(Kind, 5)!;
        var second = SharedWord.TryAdopt(first.Duplicate(), Kind, keepsFile: true)!;
        Assert.Equal(5ul, second.Value);
        Assert.True(second.TryChange(5, ulong.MaxValue, out ulong seen));
        Assert.Equal((5ul, ulong.MaxValue), (seen, first.Value));
        Assert.False(first.TryChange(5, 6, out seen));
        Assert.Equal((ulong.MaxValue, ulong.MaxValue), (seen, second.Value));
        first.Dispose();

        // Nothing happens with one that is gone, and the other can be handed on.
        Assert.False(first.TryChange(0, 1, out seen));
        Assert.Equal((0ul, 0ul), (seen, first.Value));
        using var third = SharedWord.TryAdopt(second.Duplicate(), Kind, keepsFile: false)!;
        Assert.Equal(-1, third.Duplicate());
        second.Dispose();
        Assert.Equal(ulong.MaxValue, third.Value);
    }

    [Fact]
    public void WhatIsNoSuchNumberIsRefusedAndStaysTheCallers()
    {
        Assert.Null(SharedWord.TryAdopt(-1, Kind, keepsFile: true));
        using var memory = SharedMemory.TryCreate(Region.PageBytes)!;
        Refused(memory.Duplicate(), Kind);
        using var word = SharedWord.TryCreate(Kind, 0)!;
        Refused(word.Duplicate(), Kind + 1);

        // The page of one, changed: the magic is gone.
        int file = word.Duplicate();
        using (var other = new FileStream($"/proc/self/fd/{file}", FileMode.Open, FileAccess.ReadWrite))
            other.WriteByte(0xFF);
        Refused(file, Kind);
        Assert.Equal(0ul, word.Value);
    }

    [Fact]
    public void ASleeperWakesByAChangeByItsBellAndByItself()
    {
        var bell = new Doorbell();
        using var word = SharedWord.TryCreate(Kind, 0)!;
        using var other = SharedWord.TryAdopt(word.Duplicate(), Kind, keepsFile: false)!;

        // A change between the look and the sleep, and a ring.
        uint seen = bell.Announce();
        Assert.True(other.TryChange(0, 1, out _));
        var clock = Stopwatch.StartNew();
        for (int i = 0; i < 50; i++)
            bell.Sleep(seen, ulong.MaxValue, [new(word, 0)]);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2500);
        bell.Ring();
        for (int i = 0; i < 50; i++)
            bell.Sleep(seen, ulong.MaxValue, [new(word, 1)]);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2500);
        bell.Withdraw();

        // Nothing comes: the caller's limit, or the bell's own, as who changes a number may never tell.
        seen = bell.Announce();
        clock.Restart();
        bell.Sleep(seen, 20_000_000, [new(word, 1)]);
        Assert.InRange(clock.ElapsedMilliseconds, 15, 30_000);
        bell.Sleep(seen, ulong.MaxValue, [new(word, 1)]);
        word.Dispose();
        bell.Sleep(seen, ulong.MaxValue, [new(word, 1)]);
        bell.Withdraw();
    }

    [Fact]
    public void TwoThreadsHandANumberToAndFroThroughTwoMappings()
    {
        const ulong rounds = 10_000;
        using var mine = SharedWord.TryCreate(Kind, 0)!;
        using var theirs = SharedWord.TryAdopt(mine.Duplicate(), Kind, keepsFile: false)!;
        var clock = Stopwatch.StartNew();
        var other = new Thread(() => Play(theirs, 1, rounds)) { IsBackground = true };
        other.Start();
        Play(mine, 0, rounds);
        Assert.True(other.Join(TimeSpan.FromMinutes(1)));
        Assert.Equal(rounds, mine.Value);

        // By the bell's own limit alone each turn would take a tenth of a second.
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void ManyNumbersAreWaitedForToo()
    {
        var bell = new Doorbell();
        var words = new SharedWord[100];
        for (int i = 0; i < words.Length; i++)
            words[i] = SharedWord.TryCreate(Kind, 0)!;
        var other = new Thread(() =>
        {
            Thread.Sleep(50);
            words[^1].TryChange(0, 1, out _);
        })
        { IsBackground = true };
        other.Start();
        var clock = Stopwatch.StartNew();
        while (words[^1].Value == 0)
        {
            uint seen = bell.Announce();
            bell.Sleep(seen, ulong.MaxValue, [.. words.Select(word => new SharedWord.Sight(word, 0))]);
            bell.Withdraw();
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        }

        foreach (var word in words)
            word.Dispose();
    }

    private static void Play(SharedWord word, ulong parity, ulong rounds)
    {
        var bell = new Doorbell();
        for (ulong i = parity; i < rounds; i += 2)
        {
            while (true)
            {
                uint seen = bell.Announce();
                ulong value = word.Value;
                if (value != i)
                    bell.Sleep(seen, ulong.MaxValue, [new(word, value)]);
                bell.Withdraw();
                if (value == i)
                    break;
            }

            Assert.True(word.TryChange(i, i + 1, out _));
        }
    }

    private static void Refused(int file, ulong kind)
    {
        Assert.Null(SharedWord.TryAdopt(file, kind, keepsFile: true));
        Assert.Equal(0, Close(file));
    }

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);
}
