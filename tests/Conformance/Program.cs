using System.CommandLine;
using ShaderJit.Conformance;

return Commands.Root().Parse(args).Invoke();
