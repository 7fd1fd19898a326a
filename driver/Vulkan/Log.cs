namespace ShaderJit.Vulkan;

/// <summary>The driver's log: stderr, when <c>SHADERJIT_LOG</c> asks for it.</summary>
/// <remarks><c>SHADERJIT_LOG=error</c> (the default), <c>warn</c>, <c>info</c> or <c>off</c>.</remarks>
internal static class Log
{
    private enum Level { Off, Error, Warn, Info }

    private static readonly Level Threshold = Environment.GetEnvironmentVariable("SHADERJIT_LOG") switch
    {
        "off" => Level.Off,
        "warn" => Level.Warn,
        "info" => Level.Info,
        _ => Level.Error,
    };

    /// <summary>Whether <see cref="Info"/> is written anywhere.</summary>
    public static bool HasInfo => Threshold >= Level.Info;

    public static void Error(string message) => Write(Level.Error, message);

    public static void Warn(string message) => Write(Level.Warn, message);

    public static void Info(string message) => Write(Level.Info, message);

    private static void Write(Level level, string message)
    {
        if (level <= Threshold)
        {
            try
            {
                Console.Error.WriteLine($"shaderjit: {message}");
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
            {
                // Nobody reads stderr: nothing to be done about it, least of all on a driver's thread.
            }
        }
    }
}
