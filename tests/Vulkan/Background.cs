using System.Runtime.ExceptionServices;

namespace ShaderJit.Vulkan.Tests;

/// <summary>Something that runs on a thread of its own; waiting for it passes on what it threw.</summary>
internal sealed class Background<T>
{
    private readonly Thread _thread;
    private ExceptionDispatchInfo? _failure;
    private T? _result;

    public Background(Func<T> work)
    {
        _thread = new Thread(() =>
        {
            try
            {
                _result = work();
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <exception cref="TimeoutException">It hangs.</exception>
    public T Result(string what = "the work")
    {
        if (!_thread.Join(TimeSpan.FromMinutes(1)))
            throw new TimeoutException($"{what} hangs");
        _failure?.Throw();
        return _result!;
    }
}
