using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>
/// Writes the methods of <c>Vk</c>: one with pointers for each command, and where a pointer plainly means one value an
/// overload with <c>in</c>, <c>out</c> or <c>ref</c>.
/// </summary>
internal sealed class VkWriter(RegistryModel model, TypeMap types)
{
    private enum Passing
    {
        AsIs,
        In,
        Out,
        Ref,
    }

    public string WriteMethods()
    {
        var source = Start("Every command, with pointers as in C.");
        foreach (var command in model.Commands)
        {
            var name = Naming.Command(command.Name);
            var declarations = command.Parameters.Select(p => $"{types.OfParameter(p)} {Naming.Parameter(p.Name)}");
            var arguments = command.Parameters.Select(p => Naming.Parameter(p.Name));
            source.Line();
            source.Line($"/// <summary>{command.Name}</summary>");
            source.Line("/// <exception cref=\"InvalidOperationException\">The driver does not have the command, or it is not loaded.</exception>");
            source.Line($"public {types.Of(command.ReturnType, 0)} {name}({string.Join(", ", declarations)}) =>");
            source.Line($"    (({types.OfCommand(command)})AddressOf(CommandId.{name}))({string.Join(", ", arguments)});");
        }
        source.Close();
        return source.ToString();
    }

    public string WriteOverloads()
    {
        var source = Start("Overloads that take single values by reference.");
        foreach (var command in model.Commands)
            WriteOverload(source, command);
        source.Close();
        return source.ToString();
    }

    private static SourceText Start(string what)
    {
        var source = SourceText.Start(what);
        source.Line();
        source.Open("public sealed unsafe partial class Vk");
        return source;
    }

    private void WriteOverload(SourceText source, CommandModel command)
    {
        var passing = command.Parameters.Select(p => PassingOf(command, p)).ToArray();
        if (passing.All(p => p == Passing.AsIs))
            return;

        var declarations = new List<string>();
        var arguments = new List<string>();
        var pins = new List<string>();
        for (var i = 0; i < passing.Length; i++)
        {
            var parameter = command.Parameters[i];
            var name = Naming.Parameter(parameter.Name);
            if (passing[i] == Passing.AsIs)
            {
                declarations.Add($"{types.OfParameter(parameter)} {name}");
                arguments.Add(name);
                continue;
            }

            var pointee = types.Of(parameter.Type, parameter.PointerDepth - 1);
            var byReference = ByReferenceName(parameter.Name);
            declarations.Add($"{passing[i].ToString().ToLowerInvariant()} {pointee} {Naming.Parameter(byReference)}");
            pins.Add($"fixed ({pointee}* {name} = &{Naming.Parameter(byReference)})");
            arguments.Add(name);
        }

        var commandName = Naming.Command(command.Name);
        source.Line();
        source.Line($"/// <inheritdoc cref=\"{commandName}({string.Join(", ", command.Parameters.Select(types.OfParameter)).Replace('<', '{').Replace('>', '}')})\"/>");
        source.Open($"public {types.Of(command.ReturnType, 0)} {commandName}({string.Join(", ", declarations)})");
        foreach (var pin in pins)
            source.Line(pin);
        source.Line($"    {(command.ReturnType == "void" ? "" : "return ")}{commandName}({string.Join(", ", arguments)});");
        source.Close();
    }

    /// <summary><c>pCreateInfo</c> → <c>createInfo</c>.</summary>
    private static string ByReferenceName(string name) =>
        name.Length > 1 && name[0] == 'p' && char.IsUpper(name[1]) ? char.ToLowerInvariant(name[1]) + name[2..] : name + "Value";

    private Passing PassingOf(CommandModel command, MemberModel parameter)
    {
        if (parameter.PointerDepth != 1
            || parameter.ArrayLength > 0
            || parameter.Type is "void" or "char" or "VkAllocationCallbacks"
            || types.Of(parameter.Type, 0).EndsWith('*'))
            return Passing.AsIs;

        if (parameter.Length is not null)
        {
            // An array. One element by reference reads well; where the array may be absent (UpdateDescriptorSets with no
            // copies, CmdBindDescriptorSets with no offsets) only the command's first one is taken so, the rest can be null.
            var count = command.Parameters.FirstOrDefault(p => p.Name == parameter.Length);
            if (parameter.IsOptional || count is { PointerDepth: > 0 })
                return Passing.AsIs;
            if (count is { IsOptional: true } && parameter != command.Parameters.First(p => p.Length is not null))
                return Passing.AsIs;
        }

        if (parameter.IsOptional)
            return Passing.AsIs;
        if (parameter.IsConst)
            return Passing.In;

        var isCount = command.Parameters.Any(p => p.Length == parameter.Name);
        if (isCount)
            return Passing.Ref;

        // A struct with sType and pNext goes in as much as it comes out.
        var isChained = model.Structs.Any(s => s.Name == parameter.Type && s.StructureType is not null);
        return isChained ? Passing.Ref : Passing.Out;
    }
}
