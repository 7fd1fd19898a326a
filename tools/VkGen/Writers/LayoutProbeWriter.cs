using System.Text;
using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>
/// Writes a C program that prints, a line each, what the C compiler makes of the headers:
/// <c>sizeof BufferCreateInfo 56</c>, <c>offsetof BufferCreateInfo.Size 24</c>,
/// <c>sizeoffield BufferCreateInfo.Size 8</c>, <c>value Result.Success 0</c>.
/// The repository's tests compare that with the C# structs.
/// </summary>
internal sealed class LayoutProbeWriter(RegistryModel model, Naming naming)
{
    public string Write()
    {
        var text = new StringBuilder();
        text.Append("#define VK_ENABLE_BETA_EXTENSIONS\n#include <stddef.h>\n#include <stdio.h>\n#include <vulkan/vulkan.h>\n");
        text.Append("static void p(const char *what, unsigned long long v) { printf(\"%s %llu\\n\", what, v); }\n");
        text.Append("int main(void) {\n");
        foreach (var handle in model.Handles)
            text.Append($"p(\"sizeof {Naming.Type(handle.Name)}\", sizeof({handle.Name}));\n");
        foreach (var item in model.Structs)
        {
            var name = Naming.Type(item.Name);
            text.Append($"p(\"sizeof {name}\", sizeof({item.Name}));\n");
            foreach (var member in item.Members.Where(m => m.BitWidth == 0))
            {
                text.Append($"p(\"sizeoffield {name}.{Naming.Field(member.Name)}\", sizeof((({item.Name} *)0)->{member.Name}));\n");
                text.Append($"p(\"offsetof {name}.{Naming.Field(member.Name)}\", offsetof({item.Name}, {member.Name}));\n");
            }
        }
        var enumWriter = new EnumWriter(model, naming);
        foreach (var item in model.Enums)
        {
            var cast = item.IsFlags ? item.Is64Bit ? "" : "(unsigned)" : "(unsigned long long)(long long)";
            foreach (var (name, _, member) in enumWriter.MembersOf(item).Where(m => m.Member.AliasOf is null))
                text.Append($"p(\"value {Naming.Type(item.Name)}.{name}\", {cast}{member.Name});\n");
        }
        text.Append("return 0;\n}\n");
        return text.ToString();
    }
}
