using System.Xml.Linq;
using VkGen;

// usage: VkGen [vk.xml [output folder]]
const string DefaultRegistry = "/usr/share/vulkan/registry/vk.xml";

var registryPath = args.Length > 0 ? args[0] : DefaultRegistry;
var outputFolder = args.Length > 1 ? args[1] : Path.Combine("driver", "Bindings", "Generated");
if (!File.Exists(registryPath))
{
    Console.Error.WriteLine($"{registryPath} is not there. Debian ships it in libvulkan-dev; or give the path of a vk.xml.");
    return 1;
}

Directory.CreateDirectory(outputFolder);
foreach (var (name, text) in BindingsGenerator.Generate(XDocument.Load(registryPath)))
{
    File.WriteAllText(Path.Combine(outputFolder, name), text);
    Console.WriteLine($"{Path.Combine(outputFolder, name)}: {text.Count(c => c == '\n')} lines");
}
return 0;
