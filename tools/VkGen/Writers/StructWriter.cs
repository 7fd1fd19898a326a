using VkGen.Registry;

namespace VkGen.Writers;

/// <summary>
/// Writes blittable structs and unions with the C layout. A struct with a structure type gets a constructor that sets
/// it, so that <c>new BufferCreateInfo { Size = 4 }</c> is complete; <c>default</c> does not.
/// </summary>
internal sealed class StructWriter(RegistryModel model, Naming naming, TypeMap types)
{
    public string Write()
    {
        var source = SourceText.Start("Structs and unions.");
        if (model.Skipped.Count > 0)
        {
            source.Line();
            source.Line("// Left out:");
            foreach (var skipped in model.Skipped)
                source.Line($"//   {skipped.Name}: {skipped.Reason}");
        }
        foreach (var item in model.Structs)
        {
            source.Line();
            WriteStruct(source, item);
        }
        return source.ToString();
    }

    private void WriteStruct(SourceText source, StructModel item)
    {
        var name = Naming.Type(item.Name);
        var structureType = item.StructureType is null ? null : naming.EnumMember("VkStructureType", item.StructureType);

        source.Line($"/// <summary>{item.Name}</summary>");
        if (item.Extends.Count > 0)
            source.Line($"/// <remarks>Extends {string.Join(", ", item.Extends)}.</remarks>");
        source.Line(item.IsUnion ? "[StructLayout(LayoutKind.Explicit)]" : "[StructLayout(LayoutKind.Sequential)]");
        source.Open($"public unsafe struct {name}{(structureType is null ? "" : " : IChainedStruct")}");

        if (structureType is not null)
        {
            source.Line($"static StructureType IChainedStruct.StructureType => StructureType.{structureType};");
            source.Line();
            source.Line("/// <summary>Sets SType; all else is 0.</summary>");
            source.Line($"public {name}() => SType = StructureType.{structureType};");
            source.Line();
        }

        var bitFields = new BitFieldPacker();
        foreach (var member in item.Members)
        {
            if (member.BitWidth > 0)
            {
                bitFields.Write(source, member, types.Of(member.Type, 0));
                continue;
            }
            if (item.IsUnion)
                source.Line("[FieldOffset(0)]");
            WriteMember(source, name, member);
        }
        source.Close();
    }

    private void WriteMember(SourceText source, string structName, MemberModel member)
    {
        var type = types.Of(member.Type, member.PointerDepth);
        var field = Naming.Field(member.Name);
        if (field == structName)
            throw new InvalidDataException($"{structName}.{field}: C# wants another name for a field named like its struct.");

        if (member.ArrayLength == 0)
        {
            source.Line($"public {type} {field};");
        }
        else if (TypeMap.CanBeFixed(type))
        {
            source.Line($"public fixed {type} {field}[{member.ArrayLength}];");
        }
        else
        {
            source.Line($"public {field}Buffer {field};");
            source.Line();
            source.Line($"/// <summary>{member.ArrayLength} elements, indexed like an array.</summary>");
            source.Line($"[InlineArray({member.ArrayLength})]");
            source.Open($"public struct {field}Buffer");
            source.Line($"private {type} _first;");
            source.Close();
            source.Line();
        }
    }

    /// <summary>Packs successive bit-fields into 32-bit units, lowest bits first, as the C ABI of x86-64 does.</summary>
    private sealed class BitFieldPacker
    {
        private int _unit;
        private int _used = 32;

        public void Write(SourceText source, MemberModel member, string type)
        {
            if (_used + member.BitWidth > 32)
            {
                _unit++;
                _used = 0;
                source.Line($"private uint _bits{_unit};");
                source.Line();
            }
            var mask = $"0x{(1ul << member.BitWidth) - 1:X}u";
            source.Line($"/// <summary>{member.BitWidth} bits.</summary>");
            source.Open($"public {type} {Naming.Field(member.Name)}");
            source.Line($"readonly get => ({type})((_bits{_unit} >> {_used}) & {mask});");
            source.Line($"set => _bits{_unit} = (_bits{_unit} & ~({mask} << {_used})) | (((uint)value & {mask}) << {_used});");
            source.Close();
            source.Line();
            _used += member.BitWidth;
        }
    }
}
