using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("ShaderJit.Vulkan.Tests")]
