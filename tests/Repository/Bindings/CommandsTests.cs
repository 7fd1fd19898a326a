using System.Text;
using ShaderJit.Vulkan.Bindings;
using Xunit;

namespace ShaderJit.Repository.Tests.Bindings;

public sealed class CommandsTests
{
    [Fact]
    public void Every_name_finds_its_command()
    {
        var seen = new HashSet<CommandId>();
        for (var i = 0; i < Commands.NameCount; i++)
        {
            var name = Commands.NameAt(i, out var expected);
            Assert.True(Commands.TryFind(name, out var found), Encoding.UTF8.GetString(name));
            Assert.Equal(expected, found);
            seen.Add(found);
        }
        Assert.Equal(Commands.Count, seen.Count);
    }

    [Fact]
    public void Command_identifiers_are_an_index()
    {
        Assert.Equal(Enumerable.Range(0, Commands.Count), Enum.GetValues<CommandId>().Select(c => (int)c));
        foreach (var command in Enum.GetValues<CommandId>())
            Assert.Equal("vk" + command, Commands.NameOf(command));
    }

    [Theory]
    [InlineData("")]
    [InlineData("vk")]
    [InlineData("vkCreateBuffe")]
    [InlineData("vkCreateBufferX")]
    [InlineData("vkcreatebuffer")]
    [InlineData("zzz")]
    public void Unknown_names_are_not_found(string name) =>
        Assert.False(Commands.TryFind(Encoding.UTF8.GetBytes(name), out _));

    [Theory]
    [InlineData("vkGetBufferDeviceAddress", CommandId.GetBufferDeviceAddress, "VK_VERSION_1_2")]
    [InlineData("vkGetBufferDeviceAddressKHR", CommandId.GetBufferDeviceAddress, "VK_KHR_buffer_device_address")]
    [InlineData("vkGetBufferDeviceAddressEXT", CommandId.GetBufferDeviceAddress, "VK_EXT_buffer_device_address")]
    [InlineData("vkGetDeviceFaultInfoEXT", CommandId.GetDeviceFaultInfoEXT, "VK_EXT_device_fault")]
    [InlineData("vkCreateBuffer", CommandId.CreateBuffer, "VK_VERSION_1_0")]
    public void Aliases_share_a_command_and_keep_their_origin(string name, CommandId expected, string expectedOrigin)
    {
        Assert.True(Commands.TryFind(Encoding.UTF8.GetBytes(name), out var command, out var origin));
        Assert.Equal((expected, expectedOrigin), (command, origin));
    }

    [Theory]
    [InlineData(CommandId.GetInstanceProcAddr, CommandLevel.Global)]
    [InlineData(CommandId.EnumerateInstanceVersion, CommandLevel.Global)]
    [InlineData(CommandId.EnumeratePhysicalDevices, CommandLevel.Instance)]
    [InlineData(CommandId.CreateDevice, CommandLevel.PhysicalDevice)]
    [InlineData(CommandId.GetDeviceProcAddr, CommandLevel.Device)]
    [InlineData(CommandId.QueueSubmit, CommandLevel.Device)]
    [InlineData(CommandId.CmdDispatch, CommandLevel.Device)]
    public void Levels_follow_the_first_parameter(CommandId command, CommandLevel expected) =>
        Assert.Equal(expected, Commands.LevelOf(command));
}
