using System.CommandLine;
using ShaderJit.Fuzz;

return Commands.Root().Parse(args).Invoke();
