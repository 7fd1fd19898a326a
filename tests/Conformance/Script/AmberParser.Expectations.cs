using ShaderJit.Conformance.Data;

namespace ShaderJit.Conformance.Script;

internal sealed partial class AmberParser
{
    private Command ParseExpect(int line)
    {
        string name = ExpectResource();
        string form = _tokens.Expect("IDX or a comparison of buffers");
        switch (form)
        {
            case "EQ_BUFFER":
                {
                    var command = new ExpectBuffer(line, name, ExpectResource(), BufferComparison.Equal, 0);
                    _tokens.ExpectEndOfLine();
                    return command;
                }

            case "RMSE_BUFFER":
                return ParseMeasured(line, name, BufferComparison.RootMeanSquare);
            case "EQ_HISTOGRAM_EMD_BUFFER":
                return ParseMeasured(line, name, BufferComparison.HistogramEarthMovers);
            case "IDX":
                break;
            default:
                throw new ScriptException(line, $"unknown expectation {form}");
        }

        uint x = _tokens.ExpectUInt("an index");
        uint? y = _tokens.Peek().Text is [>= '0' and <= '9', ..] ? _tokens.ExpectUInt("y") : null;
        uint width = 1, height = 1;
        if (_tokens.Take("SIZE"))
        {
            width = _tokens.ExpectUInt("a width");
            height = _tokens.ExpectUInt("a height");
        }

        var tolerances = _tokens.Take("TOLERANCE") ? ParseTolerances() : [];
        string comparator = _tokens.Expect("a comparator");
        if (comparator is "EQ_RGB" or "EQ_RGBA")
        {
            var color = new double[comparator == "EQ_RGB" ? 3 : 4];
            for (int i = 0; i < color.Length; i++)
                color[i] = _tokens.ExpectReal("a colour");
            if (tolerances.Count == 0 && _tokens.Take("TOLERANCE"))
                tolerances = ParseTolerances();
            _tokens.ExpectEndOfLine();
            return new ExpectColor(line, name, x, y ?? throw new ScriptException(line, "a colour needs x and y"), width, height, color, tolerances);
        }

        if (y is not null)
            throw new ScriptException(line, "x and y go with EQ_RGB and EQ_RGBA");
        var comparison = comparator switch
        {
            "EQ" => tolerances.Count > 0 ? Comparison.Near : Comparison.Equal,
            "NE" => Comparison.NotEqual,
            "LT" => Comparison.Less,
            "LE" => Comparison.LessOrEqual,
            "GT" => Comparison.Greater,
            "GE" => Comparison.GreaterOrEqual,
            _ => throw new ScriptException(line, $"unknown comparator {comparator}"),
        };
        if (tolerances.Count > 0 && comparator != "EQ")
            throw new ScriptException(line, "TOLERANCE goes with EQ");
        var values = new List<Literal>();
        foreach (var word in _tokens.RestOfLine())
            values.Add(new Literal(word.Text));
        if (values.Count == 0)
            throw new ScriptException(line, "no values");
        Check(line, _file.Resources[name].Layout, values);
        return new ExpectValues(line, name, (int)x, comparison, null, values, tolerances);
    }

    private ExpectBuffer ParseMeasured(int line, string name, BufferComparison comparison)
    {
        string other = ExpectResource();
        ExpectWord("TOLERANCE");
        var command = new ExpectBuffer(line, name, other, comparison, _tokens.ExpectReal("a tolerance"));
        _tokens.ExpectEndOfLine();
        return command;
    }

    private List<Tolerance> ParseTolerances()
    {
        var tolerances = new List<Tolerance>();
        while (_tokens.Peek().Text is [>= '0' and <= '9' or '.' or '-' or '+', ..])
            tolerances.Add(ParseTolerance(_tokens.Next()));
        return tolerances.Count is > 0 and <= 4 ? tolerances : throw new ScriptException(_tokens.Line, "one to four tolerances");
    }

    internal static Tolerance ParseTolerance(Word word)
    {
        bool percent = word.Text.EndsWith('%');
        try
        {
            return new Tolerance(new Literal(percent ? word.Text[..^1] : word.Text).Real, percent);
        }
        catch (FormatException)
        {
            throw new ScriptException(word.Line, $"bad tolerance {word.Text}");
        }
    }

    /// <summary>Values are of the buffer's kind.</summary>
    private static void Check(int line, ElementLayout layout, List<Literal> values)
    {
        try
        {
            for (int i = 0; i < values.Count; i++)
                layout.Components[i % layout.Components.Length].Encode(values[i]);
        }
        catch (FormatException e)
        {
            throw new ScriptException(line, e.Message);
        }
    }
}
