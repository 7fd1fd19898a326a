using System.Globalization;
using ShaderJit.Vulkan;
using ShaderJit.Vulkan.Bindings;

namespace ShaderJit.Samples;

/// <summary>Arguments of a sample: pairs of <c>--name value</c>.</summary>
public sealed class SampleArguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <param name="arguments">What the program was started with.</param>
    /// <param name="known">Names that the sample has, without dashes; <c>driver</c> is always one.</param>
    /// <exception cref="ArgumentException">A name that is not known, or one without a value.</exception>
    public SampleArguments(string[] arguments, params string[] known)
    {
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string name = arguments[i].StartsWith("--", StringComparison.Ordinal) ? arguments[i][2..] : "";
            if ((name != "driver" && !known.Contains(name)) || i + 1 == arguments.Length)
            {
                throw new ArgumentException($"{arguments[i]}: expected --driver shaderjit|loader"
                    + string.Concat(known.Select(k => $", --{k} VALUE")));
            }

            _values[name] = arguments[i + 1];
        }

        if (Text("driver", "shaderjit") is not ("shaderjit" or "loader"))
            throw new ArgumentException($"--driver is shaderjit or loader, not {Text("driver", "")}");
    }

    /// <summary>Whether the driver in this process is used, and not the Khronos loader.</summary>
    public bool InProcess => Text("driver", "shaderjit") == "shaderjit";

    /// <summary>The driver that <c>--driver</c> names: the one in this process, or what libvulkan.so.1 finds
    /// (VK_DRIVER_FILES).</summary>
    public Vk CreateVk() => InProcess ? Driver.CreateVk() : Vk.FromLoader();

    public string Text(string name, string missing) => _values.GetValueOrDefault(name, missing);

    /// <exception cref="ArgumentException">Not a whole number, or not between the bounds.</exception>
    public uint Number(string name, uint missing, uint least, uint most)
    {
        if (!_values.TryGetValue(name, out string? text))
            return missing;
        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value >= least && value <= most
            ? value
            : throw new ArgumentException($"--{name} is a number between {least} and {most}, not {text}");
    }

    /// <exception cref="ArgumentException">Not a number.</exception>
    public float Real(string name, float missing)
    {
        if (!_values.TryGetValue(name, out string? text))
            return missing;
        return float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && float.IsFinite(value)
            ? value
            : throw new ArgumentException($"--{name} is a number, not {text}");
    }
}
