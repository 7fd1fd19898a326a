using System.Runtime.InteropServices;

namespace ShaderJit.Vulkan.Bindings;

/// <summary>
/// Calls a Vulkan driver: any that offers a vkGetInstanceProcAddr, in this process or behind the Khronos loader.
/// <para>
/// Commands are loaded in three steps: global commands by the factory method, all others by <see cref="LoadInstance"/>
/// once there is an instance, and device commands once more by <see cref="LoadDevice"/>, which skips the loader's
/// dispatch and is right for one device only. A program with several devices uses <see cref="ForDevice"/> to get a
/// <see cref="Vk"/> each, or does without. A command is tried under its core name, then under its aliases, so
/// <c>GetBufferDeviceAddress</c> works for a Vulkan 1.1 driver with VK_KHR_buffer_device_address as well.
/// </para>
/// <para>Loading is not thread-safe; calling is, as far as Vulkan's own rules go.</para>
/// </summary>
public sealed unsafe partial class Vk
{
    private readonly CommandTable _commands;

    private Vk(CommandTable commands) => _commands = commands;

    /// <summary>The Khronos loader or any library that exports vkGetInstanceProcAddr.</summary>
    /// <param name="path">Library name or path; it stays loaded.</param>
    /// <exception cref="DllNotFoundException">The library is not there.</exception>
    /// <exception cref="EntryPointNotFoundException">It is not a Vulkan library.</exception>
    public static Vk FromLoader(string path = "libvulkan.so.1")
    {
        var library = NativeLibrary.Load(path);
        // SAFETY: the symbol of this name has this signature in every Vulkan library.
        return FromGetInstanceProcAddr((delegate* unmanaged<nint, byte*, nint>)NativeLibrary.GetExport(library, "vkGetInstanceProcAddr"));
    }

    /// <summary>A driver given by its vkGetInstanceProcAddr.</summary>
    /// <exception cref="ArgumentNullException">The pointer is null.</exception>
    public static Vk FromGetInstanceProcAddr(delegate* unmanaged<nint, byte*, nint> getInstanceProcAddr)
    {
        if (getInstanceProcAddr == null)
            throw new ArgumentNullException(nameof(getInstanceProcAddr));
        var commands = new CommandTable();
        commands[CommandId.GetInstanceProcAddr] = (nint)getInstanceProcAddr;
        var vk = new Vk(commands);
        vk.Load(CommandLevel.Global, CommandLevel.Global, (nint)getInstanceProcAddr, 0);
        return vk;
    }

    /// <summary>The addresses behind the methods.</summary>
    public CommandTable CommandTable => _commands;

    /// <summary>Loads every command that the instance knows; replaces those of an instance loaded earlier.</summary>
    public void LoadInstance(Instance instance) =>
        Load(CommandLevel.Instance, CommandLevel.Device, AddressOf(CommandId.GetInstanceProcAddr), instance.Handle);

    /// <summary>Loads the device commands of one device. From then on this object must not be used for another device.</summary>
    public void LoadDevice(Device device)
    {
        // The loader's entry for a core command that the device is too old for may lead nowhere: forget all and ask anew.
        Load(CommandLevel.Device, CommandLevel.Device, AddressOf(CommandId.GetDeviceProcAddr), device.Handle);
    }

    /// <summary>A copy of this object with the device commands of one device.</summary>
    public Vk ForDevice(Device device)
    {
        var copy = new Vk(_commands.Clone());
        copy.LoadDevice(device);
        return copy;
    }

    /// <summary>True when the command can be called.</summary>
    public bool Has(CommandId command) => _commands[command] != 0;

    /// <summary>A version number as VK_MAKE_API_VERSION makes it, variant 0.</summary>
    public static uint MakeVersion(uint major, uint minor, uint patch = 0) => (major << 22) | (minor << 12) | patch;

    /// <summary>Vulkan 1.0 as an ApiVersion.</summary>
    public const uint Version10 = 1u << 22;

    /// <summary>Vulkan 1.1 as an ApiVersion.</summary>
    public const uint Version11 = (1u << 22) | (1u << 12);

    /// <summary>Vulkan 1.2 as an ApiVersion.</summary>
    public const uint Version12 = (1u << 22) | (2u << 12);

    /// <summary>Vulkan 1.3 as an ApiVersion.</summary>
    public const uint Version13 = (1u << 22) | (3u << 12);

    /// <summary>Asks anew for every command whose level is in the range, through one of the two GetProcAddr.</summary>
    private void Load(CommandLevel first, CommandLevel last, nint getProcAddr, nint owner)
    {
        // SAFETY: both GetProcAddr take a dispatchable handle and a name and return an address.
        var ask = (delegate* unmanaged<nint, byte*, nint>)getProcAddr;
        for (var id = (CommandId)0; (int)id < Commands.Count; id++)
        {
            if (IsWanted(id))
                _commands[id] = 0;
        }

        // Core names before aliases: a driver may know both, and the core one is what the caller wrote.
        for (var aliases = 0; aliases < 2; aliases++)
        {
            for (var i = 0; i < Commands.NameCount; i++)
            {
                var name = Commands.NameAt(i, out var id);
                var isAlias = !name.SequenceEqual(Commands.Utf8NameOf(id));
                if (!IsWanted(id) || _commands[id] != 0 || isAlias != (aliases == 1))
                    continue;
                // SAFETY: a zero byte follows every name of the table.
                fixed (byte* text = name)
                    _commands[id] = ask(owner, text);
            }
        }

        // The two GetProcAddr are how everything else is found; they stay as they are while they are used.
        bool IsWanted(CommandId id) =>
            Commands.LevelOf(id) >= first && Commands.LevelOf(id) <= last && _commands[id] != getProcAddr;
    }

    private nint AddressOf(CommandId command)
    {
        var address = _commands[command];
        return address != 0 ? address : throw NotLoaded(command);
    }

    private static InvalidOperationException NotLoaded(CommandId command) =>
        new($"{Commands.NameOf(command)} is not loaded: the driver or its enabled extensions do not have it, or "
            + $"{(Commands.LevelOf(command) == CommandLevel.Device ? "LoadInstance or LoadDevice" : "LoadInstance")} was not called.");
}
