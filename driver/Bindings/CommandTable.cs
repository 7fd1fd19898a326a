namespace ShaderJit.Vulkan.Bindings;

/// <summary>
/// An address for each command, 0 for a command that is not there. A driver fills it with the addresses of its
/// <c>[UnmanagedCallersOnly]</c> methods, and the compiler checks each signature:
/// <code>new CommandTable { CreateBuffer = &amp;BufferApi.CreateBuffer, ... }</code>
/// <c>Vk</c> fills one from somebody's vkGetInstanceProcAddr.
/// </summary>
public sealed unsafe partial class CommandTable
{
    private readonly nint[] _addresses = new nint[Commands.Count];

    /// <summary>The address of a command, 0 when it is not there.</summary>
    public nint this[CommandId command]
    {
        get => _addresses[(int)command];
        set => _addresses[(int)command] = value;
    }

    /// <summary>The address of the command with a name (an alias counts), 0 for an unknown name or a command that is not there.</summary>
    /// <param name="name">UTF-8 without a terminator.</param>
    public nint Find(ReadOnlySpan<byte> name) => Commands.TryFind(name, out var command) ? this[command] : 0;

    /// <summary>A copy that can change on its own.</summary>
    public CommandTable Clone()
    {
        var copy = new CommandTable();
        _addresses.CopyTo(copy._addresses, 0);
        return copy;
    }
}
