namespace ShaderJit.Sandbox.Tests;

/// <summary>A thread that is woken avoids its waker's processor, and has all of its own again when it runs.</summary>
public class WakeAffinityTests
{
    [Fact]
    public void ASleeperLosesTheProcessorOfItsWakerUntilItRuns()
    {
        using var made = new ManualResetEventSlim();
        using var woken = new ManualResetEventSlim();
        WakeAffinity? affinity = null;
        string status = "", restored = "";
        var sleeper = new Thread(() =>
        {
            using var own = affinity = new WakeAffinity();
            status = $"/proc/self/task/{Libc.GetTid()}/status";
            made.Set();
            woken.Wait();
            affinity.Restore();
            restored = Processors(status);
        })
        { IsBackground = true };
        sleeper.Start();
        made.Wait();
        string whole = Processors(status);
        affinity!.AvoidCaller();
        string first = Processors(status);
        // Again before it has run: what it had at first is what it gets back.
        affinity.AvoidCaller();
        string second = Processors(status);
        woken.Set();
        Assert.True(sleeper.Join(TimeSpan.FromMinutes(1)));
        Assert.Equal(whole, restored);
        // One processor less, or the only one.
        int all = Count(whole);
        Assert.Equal(Math.Max(1, all - 1), Count(first));
        Assert.Equal(Math.Max(1, all - 1), Count(second));
    }

    [Fact]
    public void NothingIsGivenBackThatWasNotTaken()
    {
        Worker.Run(_ =>
        {
            string status = $"/proc/self/task/{Libc.GetTid()}/status";
            string whole = Processors(status);
            using var affinity = new WakeAffinity();
            affinity.Restore();
            Assert.Equal(whole, Processors(status));
            // Of the thread itself: it moves to another processor, if there is one.
            affinity.AvoidCaller();
            affinity.Restore();
            Assert.Equal(whole, Processors(status));
        });
    }

    /// <summary>Its number may be another thread's by then: the one that disposed it stands for that here.</summary>
    [Fact]
    public void NothingIsTakenFromAThreadThatHasEnded()
    {
        Worker.Run(_ =>
        {
            string status = $"/proc/self/task/{Libc.GetTid()}/status";
            string whole = Processors(status);
            var affinity = new WakeAffinity();
            affinity.Dispose();
            affinity.AvoidCaller();
            Assert.Equal(whole, Processors(status));
        });
    }

    /// <returns>The mask as the system writes it, in hexadecimal.</returns>
    private static string Processors(string status) =>
        File.ReadLines(status).First(l => l.StartsWith("Cpus_allowed:", StringComparison.Ordinal))["Cpus_allowed:".Length..].Trim();

    private static int Count(string mask) =>
        mask.Where(c => c != ',').Sum(c => int.PopCount(Convert.ToInt32(c.ToString(), 16)));
}
