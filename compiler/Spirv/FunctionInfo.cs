namespace ShaderJit.Compiler.Spirv;

/// <summary>A function of the module.</summary>
/// <param name="Id">Result id of OpFunction.</param>
/// <param name="Instruction">Index of OpFunction.</param>
/// <param name="TypeId">The OpTypeFunction.</param>
/// <param name="EndInstruction">Index of OpFunctionEnd.</param>
public readonly record struct FunctionInfo(uint Id, int Instruction, uint TypeId, int FirstParameter, int ParameterCount,
    int FirstBlock, int BlockCount, int EndInstruction);

/// <summary>A block of a function.</summary>
/// <param name="Label">Result id of OpLabel.</param>
/// <param name="Function">Index of its function.</param>
/// <param name="First">Index of the first instruction after OpLabel. Among them may be OpLine and OpNoLine.</param>
/// <param name="Merge">Index of OpLoopMerge or OpSelectionMerge, or -1.</param>
/// <param name="Terminator">Index of the terminator, the block's last instruction.</param>
public readonly record struct BlockInfo(uint Label, int Function, int First, int Merge, int Terminator);

/// <summary>An OpEntryPoint.</summary>
/// <param name="InterfaceOffset">Word offset in the module of the interface ids.</param>
public readonly record struct EntryPoint(ExecutionModel Model, uint Function, string Name, int InterfaceOffset,
    int InterfaceCount, int Instruction);

/// <summary>An OpExecutionMode or OpExecutionModeId.</summary>
/// <param name="EntryPoint">Id of the entry point's function.</param>
/// <param name="OperandOffset">Word offset in the module of the mode's operands; ids for LocalSizeId and the like.</param>
public readonly record struct ExecutionModeEntry(uint EntryPoint, ExecutionMode Mode, int OperandOffset, int OperandCount,
    int Instruction);

/// <summary>One case of an OpSwitch.</summary>
/// <param name="Literal">The value, zero-extended from the selector's width.</param>
public readonly record struct SwitchCase(ulong Literal, uint Label);
