using ShaderJit.Abi;
using ShaderJit.Compiler.Ir;
using ShaderJit.Compiler.Spirv;

namespace ShaderJit.Compiler.Lowering;

/// <summary>Which file lowers which image instruction, and the queries.</summary>
internal sealed partial class ModuleLowering
{
    private bool LowerImage(in Insn i)
    {
        switch (i.Opcode)
        {
            case Opcode.OpSampledImage:
                var (image, sampler) = (ImageOf(i[0]), ImageOf(i[1]));
                _values.Set(i.Result, new ImageValue(_shapes.Of(i.Type), image.Image, sampler.Sampler));
                return true;
            case Opcode.OpImage:
                var both = ImageOf(i[0]);
                _values.Set(i.Result, new ImageValue(_shapes.Of(i.Type), both.Image, null));
                return true;
            case Opcode.OpImageTexelPointer:
                LowerTexelPointer(i);
                return true;
            case Opcode.OpImageRead or Opcode.OpImageFetch or Opcode.OpImageWrite or Opcode.OpImageQuerySizeLod
                or Opcode.OpImageQuerySize or Opcode.OpImageQueryLevels or Opcode.OpImageQuerySamples
                or Opcode.OpImageSampleImplicitLod or Opcode.OpImageSampleExplicitLod or Opcode.OpImageSampleDrefImplicitLod
                or Opcode.OpImageSampleDrefExplicitLod or Opcode.OpImageSampleProjImplicitLod
                or Opcode.OpImageSampleProjExplicitLod or Opcode.OpImageSampleProjDrefImplicitLod
                or Opcode.OpImageSampleProjDrefExplicitLod or Opcode.OpImageGather or Opcode.OpImageDrefGather:
                LowerImageAccess(i);
                return true;
            default:
                return false;
        }
    }

    private void LowerImageAccess(in Insn i)
    {
        var value = ImageOf(i[0]);
        var results = i.Result == 0 ? [] : new ValueId[ShapeOf(i.Type).Leaves];
        var waterfall = BeginWaterfall(ref value);
        switch (i.Opcode)
        {
            case Opcode.OpImageRead or Opcode.OpImageFetch:
                LowerImageRead(i, value, results);
                break;
            case Opcode.OpImageWrite:
                LowerImageWrite(i, value);
                break;
            case Opcode.OpImageQuerySizeLod or Opcode.OpImageQuerySize:
                LowerSizeQuery(i, value, results);
                break;
            case Opcode.OpImageQueryLevels:
                results[0] = Field(ImageRecordOf(value.Image!), ImageRecord.LevelsField);
                break;
            case Opcode.OpImageQuerySamples:
                results[0] = Field(ImageRecordOf(value.Image!), ImageRecord.SamplesField);
                break;
            default:
                LowerSample(i, value, results);
                break;
        }

        EndWaterfall(waterfall, results);
        if (i.Result != 0)
            _values.Set(i.Result, results);
    }

    private void LowerSizeQuery(in Insn i, ImageValue value, ValueId[] results)
    {
        var image = _module.Image(_module.Type(value.Pointee.TypeId));
        var record = ImageRecordOf(value.Image!);
        bool hasLevel = i.Opcode == Opcode.OpImageQuerySizeLod;
        var level = hasLevel ? Leaf(i[1]) : _b.I32(0);
        if (_b.TryConst(level, out long constant) && constant == 0)
            hasLevel = false;
        int count = image.SizeComponents - (image.IsArrayed ? 1 : 0);
        for (int k = 0; k < count; k++)
            results[k] = LevelSize(Field(record, ImageRecord.WidthField + 4 * k), level, hasLevel);
        if (!image.IsArrayed)
            return;
        var layers = Field(record, ImageRecord.LayersField);
        results[count] = image.Dim == Dim.Cube ? _b.Binary(Op.UDiv, layers, _b.I32(6)) : layers;
    }
}
