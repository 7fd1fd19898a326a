using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("ShaderJit.Sandbox.Tests")]
