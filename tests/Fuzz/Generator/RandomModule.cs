using System.Globalization;
using System.Text;
using ShaderJit.SpirvAssembler;

namespace ShaderJit.Fuzz.Generator;

/// <summary>
/// Makes valid compute modules from a seed, as SPIR-V assembly: nested branches, switches and loops that end, with
/// break, continue and return; numbers of several widths, bools and vectors; variables and private arrays; functions that are called;
/// loads at any index of read-only buffers; workgroup memory with barriers in uniform flow; atomics whose order does not
/// matter; subgroup operations in any flow.
/// </summary>
/// <remarks>
/// Results may be compared bit by bit but for NaNs: no float's bits become an integer unless it is ordered, and where
/// <see cref="Precise"/>, nothing may be contracted, so that not even the passes change a bit.
/// </remarks>
internal sealed partial class RandomModule
{
    /// <summary>Values that each invocation writes to each output buffer.</summary>
    private const int Slots = 4;

    /// <summary>Of a dispatch: as many as the buffers have room for.</summary>
    private const int MostInvocations = 1024;

    private const int InputWords = 96, Counters = 8, PushWords = 4;
    private static readonly (int X, int Y, int Z)[] Sizes =
        [(8, 1, 1), (16, 1, 1), (32, 1, 1), (20, 1, 1), (5, 3, 2), (8, 8, 1), (4, 4, 2), (1, 1, 1), (3, 1, 1), (2, 1, 16), (17, 1, 1), (1, 31, 1), (64, 1, 1),
            (7, 5, 3)],
        TinySizes = [(1, 1, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1), (5, 1, 1), (6, 1, 1), (7, 1, 1), (1, 2, 1), (2, 2, 1), (1, 1, 4), (3, 2, 1), (1, 5, 1)],
        LargeSizes = [(128, 1, 1), (16, 16, 1), (8, 8, 4), (100, 3, 1), (512, 1, 1), (1024, 1, 1)];

    private readonly Random _random;
    private readonly int _seed;
    private readonly StringBuilder _decorations = new(), _types = new(), _functions = new();
    private readonly HashSet<string> _declared = ["%pb_uint", "%pb_float"];
    private readonly (int X, int Y, int Z) _size;
    private readonly bool _barriers, _subgroups, _wide, _descriptors, _pointers, _slotMajor, _images;
    private int _next;

    private RandomModule(int seed, bool barriers, bool subgroups)
    {
        _seed = seed;
        _random = new Random(seed);
        _barriers = barriers;
        _subgroups = subgroups;
        int kind = _random.Next(100);
        var sizes = kind < 25 ? TinySizes : kind < 28 ? LargeSizes : Sizes;
        _size = sizes[_random.Next(sizes.Length)];
        Groups = SomeGroups(Math.Min(sizes == TinySizes ? 40 : 4, MostInvocations / Invocations));
        Precise = _random.Next(2) == 0;
        // Which lanes are active in divergent flow is open, and so is how many a subgroup has.
        Defined = _random.Next(5) > 0 && !subgroups;
        _wide = _random.Next(3) == 0;
        _descriptors = _random.Next(Defined ? 8 : 3) == 0;
        _pointers = _random.Next(4) == 0;
        _slotMajor = _random.Next(2) == 0;
        _images = _random.Next(3) == 0;
        Build();
        Text = Assemble();
        Words = Assembler.Assemble(Text);
    }

    /// <summary>The module as assembly.</summary>
    public string Text { get; }

    public uint[] Words { get; }

    /// <summary>Whether all of its float operations forbid contraction.</summary>
    public bool Precise { get; }

    /// <summary>Whether it does nothing whose effect SPIR-V leaves undefined. Rounding and NaNs aside, every driver must then
    /// leave the same.</summary>
    public bool Defined { get; }

    /// <summary>Workgroups to dispatch.</summary>
    public (uint X, uint Y, uint Z) Groups { get; }

    private int Invocations => _size.X * _size.Y * _size.Z;

    public static RandomModule Make(int seed, bool barriers, bool subgroups) => new(seed, barriers, subgroups);

    /// <summary>Up to so many workgroups, spread over the dimensions.</summary>
    private (uint X, uint Y, uint Z) SomeGroups(int most)
    {
        uint x = (uint)_random.Next(1, most + 1), y = 1, z = 1;
        if (_random.Next(3) == 0)
            (x, y) = (Math.Max(1, x / 2), 2);
        if (_random.Next(3) == 0)
            (x, z) = (Math.Max(1, x / 2), 2);
        return _random.Next(6) == 0 ? (z, x, y) : (x, y, z);
    }

    private void Build()
    {
        for (int i = _random.Next(3); i > 0; i--)
            Function();
        Main();
    }

    private string Assemble()
    {
        var text = new StringBuilder();
        text.Append("OpCapability Shader\n");
        if (_wide)
            text.Append("OpCapability Int64\nOpCapability Int16\nOpCapability Int8\nOpCapability Float64\nOpCapability Float16\n");
        if (_subgroups)
        {
            foreach (string suffix in (string[])["", "Vote", "Ballot", "Arithmetic", "Shuffle", "ShuffleRelative", "Clustered", "Quad"])
                text.Append($"OpCapability GroupNonUniform{suffix}\n");
        }

        foreach (string capability in _capabilities)
            text.Append($"OpCapability {capability}\n");
        if (_descriptors)
            text.Append("OpCapability ShaderNonUniform\nOpCapability StorageBufferArrayNonUniformIndexing\n");
        if (_pointers)
            text.Append("OpCapability VariablePointers\n");
        foreach (string extension in _extensions)
            text.Append($"OpExtension \"{extension}\"\n");
        if (_descriptors)
            text.Append("OpExtension \"SPV_EXT_descriptor_indexing\"\n");
        if (_pointers)
            text.Append("OpExtension \"SPV_KHR_variable_pointers\"\n");
        text.Append("""
            OpExtension "SPV_KHR_storage_buffer_storage_class"
            %glsl = OpExtInstImport "GLSL.std.450"
            OpMemoryModel Logical GLSL450
            OpEntryPoint GLCompute %main "main" %gid %lid %lidx %wid

            """);
        text.Append($"OpExecutionMode %main LocalSize {_size.X} {_size.Y} {_size.Z}\n");
        text.Append("""
            OpDecorate %gid BuiltIn GlobalInvocationId
            OpDecorate %lid BuiltIn LocalInvocationId
            OpDecorate %lidx BuiltIn LocalInvocationIndex
            OpDecorate %wid BuiltIn WorkgroupId
            OpDecorate %uints ArrayStride 4
            OpDecorate %floats ArrayStride 4
            OpDecorate %ublock Block
            OpMemberDecorate %ublock 0 Offset 0
            OpDecorate %fblock Block
            OpMemberDecorate %fblock 0 Offset 0
            OpDecorate %pblock Block
            OpMemberDecorate %pblock 0 Offset 0
            OpMemberDecorate %pblock 1 Offset 4
            OpMemberDecorate %pblock 2 Offset 8
            OpMemberDecorate %pblock 3 Offset 12

            """);
        for (int i = 0; i < 5; i++)
            text.Append($"OpDecorate %b{i} DescriptorSet 0\nOpDecorate %b{i} Binding {i}\n");
        if (_descriptors)
        {
            text.Append("OpDecorate %b5 DescriptorSet 0\nOpDecorate %b5 Binding 5\nOpDecorate %b5 NonWritable\n");
            text.Append("OpDecorate %b6 DescriptorSet 0\nOpDecorate %b6 Binding 6\n");
        }

        if (_pointers)
            text.Append("OpDecorate %pb_uint ArrayStride 4\n");
        text.Append("OpDecorate %b0 NonWritable\nOpDecorate %b2 NonWritable\n");
        text.Append(_decorations);
        text.Append("""
            %void = OpTypeVoid
            %mainfn = OpTypeFunction %void
            %bool = OpTypeBool
            %uint = OpTypeInt 32 0
            %int = OpTypeInt 32 1
            %float = OpTypeFloat 32

            """);
        if (_wide)
            text.Append("""
                %ulong = OpTypeInt 64 0
                %long = OpTypeInt 64 1
                %ushort = OpTypeInt 16 0
                %short = OpTypeInt 16 1
                %uchar = OpTypeInt 8 0
                %schar = OpTypeInt 8 1
                %double = OpTypeFloat 64
                %half = OpTypeFloat 16

                """);
        string[] scalars = ["uint", "int", "float", "bool", "ulong", "long", "ushort", "short", "uchar", "schar", "double", "half"];
        foreach (string scalar in scalars.AsSpan(0, _wide ? scalars.Length : 4))
        {
            for (int n = 2; n <= 4; n++)
                text.Append($"%v{n}{scalar} = OpTypeVector %{scalar} {n}\n");
        }

        text.Append("""
            %helperfn = OpTypeFunction %uint %uint %float
            %pair = OpTypeStruct %uint %uint
            %uints = OpTypeRuntimeArray %uint
            %floats = OpTypeRuntimeArray %float
            %ublock = OpTypeStruct %uints
            %fblock = OpTypeStruct %floats
            %pblock = OpTypeStruct %uint %uint %uint %uint
            %pub = OpTypePointer StorageBuffer %ublock
            %pfb = OpTypePointer StorageBuffer %fblock
            %pb_uint = OpTypePointer StorageBuffer %uint
            %pb_float = OpTypePointer StorageBuffer %float
            %ppush = OpTypePointer PushConstant %pblock
            %pp_uint = OpTypePointer PushConstant %uint
            %pi_uint = OpTypePointer Input %uint
            %pi_v3 = OpTypePointer Input %v3uint
            %gid = OpVariable %pi_v3 Input
            %lid = OpVariable %pi_v3 Input
            %wid = OpVariable %pi_v3 Input
            %lidx = OpVariable %pi_uint Input
            %b0 = OpVariable %pub StorageBuffer
            %b1 = OpVariable %pub StorageBuffer
            %b2 = OpVariable %pfb StorageBuffer
            %b3 = OpVariable %pfb StorageBuffer
            %b4 = OpVariable %pub StorageBuffer
            %push = OpVariable %ppush PushConstant

            """);
        string three = Constant(3), two = Constant(2);
        text.Append(_types);
        if (_descriptors)
        {
            text.Append($"%descriptors3 = OpTypeArray %ublock {three}\n%descriptors2 = OpTypeArray %ublock {two}\n");
            text.Append("""
                %pub3 = OpTypePointer StorageBuffer %descriptors3
                %pub2 = OpTypePointer StorageBuffer %descriptors2
                %b5 = OpVariable %pub3 StorageBuffer
                %b6 = OpVariable %pub2 StorageBuffer

                """);
        }

        text.Append(_functions);
        return text.ToString();
    }

    private string Fresh() => string.Create(CultureInfo.InvariantCulture, $"%x{_next++}");

    /// <summary>Emits an instruction without a result.</summary>
    private void Do(string instruction) => _functions.Append(instruction).Append('\n');

    /// <summary>Emits an instruction with a result.</summary>
    private string Make(string opcode, Kind type, string operands)
    {
        string id = Fresh();
        Do($"{id} = {opcode} {type.Id} {operands}");
        return id;
    }

    /// <summary>Declares a type or constant once.</summary>
    private string Declare(string id, string declaration)
    {
        if (_declared.Add(id))
            _types.Append($"{id} = {declaration}\n");
        return id;
    }

    private bool Chance(int percent) => _random.Next(100) < percent;
}
