namespace ShaderJit.Sandbox.Tests;

/// <summary>No ring is missed, whatever the interleaving, and sleeps end.</summary>
[Collection(Alone.Name)]
public class DoorbellTests
{
    [Fact]
    public void EveryChangeIsSeenByASleeperWithoutATimeout()
    {
        const int rounds = 50_000;
        Doorbell ping = new(), pong = new();
        int turn = 0;
        var other = new Thread(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                Await(ping, () => Volatile.Read(ref turn) == (2 * i) + 1);
                Volatile.Write(ref turn, (2 * i) + 2);
                pong.Ring();
            }
        })
        { IsBackground = true };
        other.Start();
        var waiter = new Thread(() =>
        {
            for (int i = 0; i < rounds; i++)
            {
                Volatile.Write(ref turn, (2 * i) + 1);
                ping.Ring();
                Await(pong, () => Volatile.Read(ref turn) == (2 * i) + 2);
            }
        })
        { IsBackground = true };
        waiter.Start();
        Assert.True(waiter.Join(TimeSpan.FromMinutes(2)), $"a ring was missed in turn {Volatile.Read(ref turn)}");
        Assert.True(other.Join(TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public void ASleepEndsWithItsTimeoutAndWithARingBeforeIt()
    {
        var bell = new Doorbell();
        uint seen = bell.Announce();
        var clock = System.Diagnostics.Stopwatch.StartNew();
        bell.Sleep(seen, 20_000_000);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(19), TimeSpan.FromSeconds(30));

        // A ring between the announcement and the sleep.
        bell.Ring();
        bell.Sleep(seen, ulong.MaxValue);
        bell.Withdraw();
    }

    [Fact]
    public void ARingWakesNoMoreThanItIsTold()
    {
        var bell = new Doorbell();
        int awake = 0;
        var threads = new Thread[3];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                uint seen = bell.Announce();
                bell.Sleep(seen, 30_000_000_000);
                Interlocked.Increment(ref awake);
                bell.Withdraw();
            })
            { IsBackground = true };
            threads[i].Start();
        }

        Thread.Sleep(300);
        bell.Ring(1);
        Thread.Sleep(300);
        Assert.InRange(Volatile.Read(ref awake), 0, 1);
        bell.Ring();
        foreach (var thread in threads) Assert.True(thread.Join(TimeSpan.FromSeconds(60)));
    }

    private static void Await(Doorbell bell, Func<bool> isThere)
    {
        while (!isThere())
        {
            uint seen = bell.Announce();
            if (!isThere()) bell.Sleep(seen, ulong.MaxValue);
            bell.Withdraw();
        }
    }
}
