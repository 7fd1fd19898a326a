namespace ShaderJit.Fuzz.Generator;

/// <summary>Nested structs, arrays and matrices of any layout in buffers.</summary>
internal sealed partial class RandomModule
{
    private const int StructInput = 60, StructOutput = 61, InputBytes = InputWords * 4, OutputBytes = 16384;

    private Layout? _struct;
    private int _layouts;

    private void StructStep()
    {
        var root = DeclareStruct();
        int items = InputBytes / root.Size;
        string index = Defined ? Binary("OpUMod", Chance(50) ? _index : Get(Kind.Uint), Constant(items)) : InputIndex();
        var (node, path) = Walk(root);
        string value = LoadNode(node, $"%structs {Constant(0)} {index}{path}");
        // All or nothing of one access beyond the end, or each component of it, is up to the driver.
        int total = Invocations * (int)(Groups.X * Groups.Y * Groups.Z);
        bool fits = total * root.Size <= OutputBytes;
        if (_isMain && fits && Chance(60))
        {
            string pointer = Pointer(PointerTo(node), $"%structs_out {Constant(0)} {_linear}{path}");
            if (node.IsLeaf && Chance(70))
                value = Get(node.Leaf);
            Do($"OpStore {pointer} {value}");
        }

        Extract(node, value);
    }

    private string LoadNode(Layout node, string path)
    {
        string pointer = Pointer(PointerTo(node), path), id = Fresh();
        Do($"{id} = OpLoad {node.Id} {pointer}");
        return id;
    }

    /// <summary>A scalar or vector of a composite value, and what can be done with a matrix.</summary>
    private void Extract(Layout node, string value)
    {
        string path = "";
        while (!node.IsLeaf && !node.IsMatrix)
        {
            int at = _random.Next(node.Members?.Count ?? node.Length);
            path += $" {at}";
            node = node.Members is null ? node.Element! : node.Members[at].Type;
        }

        if (path.Length > 0)
        {
            string part = Fresh();
            Do($"{part} = OpCompositeExtract {node.Id} {value}{path}");
            value = part;
        }

        if (!node.IsMatrix)
        {
            Add(node.Leaf, value);
            return;
        }

        var column = node.Leaf;
        var row = new Kind('f', node.Length);
        switch (_random.Next(5))
        {
            case 0 when !Precise: Add(column, Make("OpMatrixTimesVector", column, $"{value} {Get(row)}")); break;
            case 1 when !Precise: Add(row, Make("OpVectorTimesMatrix", row, $"{Get(column)} {value}")); break;
            case 2:
                string transposed = Fresh(), type = Matrix(column.Count, row.Count);
                Do($"{transposed} = OpTranspose {type} {value}");
                Add(row, Make("OpCompositeExtract", row, $"{transposed} {_random.Next(column.Count)}"));
                break;
            case 3:
                Add(Kind.Float, Make("OpCompositeExtract", Kind.Float, $"{value} {_random.Next(node.Length)} {_random.Next(column.Count)}"));
                break;
            default:
                Add(column, Make("OpCompositeExtract", column, $"{value} {_random.Next(node.Length)}"));
                break;
        }
    }

    /// <summary>Goes down for a while; the indices on the way.</summary>
    private (Layout Node, string Path) Walk(Layout node)
    {
        string path = "";
        while (!node.IsLeaf && Chance(80))
        {
            if (node.Members is { } members)
            {
                int at = _random.Next(members.Count);
                path += " " + Constant(at);
                node = members[at].Type;
                continue;
            }

            path += " " + (Chance(40) ? Constant(_random.Next(node.Length)) : Binary("OpUMod", Get(Kind.Uint), Constant(node.Length)));
            if (!node.IsMatrix)
            {
                node = node.Element!;
                continue;
            }

            return (Column(node), path);
        }

        return (node, path);
    }

    private readonly Dictionary<Layout, Layout> _columns = [];

    private Layout Column(Layout matrix)
    {
        if (_columns.TryGetValue(matrix, out var column))
            return column;
        return _columns[matrix] = Layout.Of(matrix.Leaf);
    }

    private string PointerTo(Layout node) =>
        node.IsLeaf ? Declare($"%pb_{node.Leaf.Name}", $"OpTypePointer StorageBuffer {node.Id}")
            : Declare("%pb_" + node.Id[1..], $"OpTypePointer StorageBuffer {node.Id}");

    private string Matrix(int columns, int rows) => Declare($"%mat{columns}x{rows}", $"OpTypeMatrix {new Kind('f', rows).Id} {columns}");

    private Layout DeclareStruct()
    {
        if (_struct is not null)
            return _struct;
        do
            _struct = Layout.Struct(_random, 3);
        while (_struct.Size > InputBytes / 2);
        DeclareType(_struct);
        _types.Append($"%items = OpTypeRuntimeArray {_struct.Id}\n%itemblock = OpTypeStruct %items\n%pitemblock = OpTypePointer StorageBuffer %itemblock\n");
        _types.Append("%structs = OpVariable %pitemblock StorageBuffer\n%structs_out = OpVariable %pitemblock StorageBuffer\n");
        _decorations.Append($"OpDecorate %items ArrayStride {_struct.Size}\nOpDecorate %itemblock Block\nOpMemberDecorate %itemblock 0 Offset 0\n");
        _decorations.Append($"OpDecorate %structs DescriptorSet 0\nOpDecorate %structs Binding {StructInput}\nOpDecorate %structs NonWritable\n");
        _decorations.Append($"OpDecorate %structs_out DescriptorSet 0\nOpDecorate %structs_out Binding {StructOutput}\n");
        return _struct;
    }

    private void DeclareType(Layout type)
    {
        if (type.IsMatrix)
        {
            type.Id = Matrix(type.Length, type.Leaf.Count);
        }
        else if (type.Element is not null)
        {
            DeclareType(type.Element);
            type.Id = $"%la{_layouts++}";
            string length = Constant(type.Length);
            _types.Append($"{type.Id} = OpTypeArray {type.Element.Id} {length}\n");
            _decorations.Append($"OpDecorate {type.Id} ArrayStride {type.Stride}\n");
        }
        else if (type.Members is not null)
        {
            foreach (var (member, _) in type.Members)
                DeclareType(member);
            type.Id = $"%ls{_layouts++}";
            _types.Append($"{type.Id} = OpTypeStruct {string.Join(' ', type.Members.Select(m => m.Type.Id))}\n");
            for (int i = 0; i < type.Members.Count; i++)
            {
                _decorations.Append($"OpMemberDecorate {type.Id} {i} Offset {type.Members[i].Offset}\n");
                _decorations.Append(type.Members[i].Type.MemberDecorations($"{type.Id} {i}"));
            }
        }
        else
        {
            type.Id = type.Leaf.Id;
        }
    }
}
