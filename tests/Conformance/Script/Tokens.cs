namespace ShaderJit.Conformance.Script;

/// <summary>A word of a script, or the end of a line (an empty word).</summary>
internal readonly record struct Word(string Text, int Line)
{
    public bool IsEndOfLine => Text.Length == 0;
}

/// <summary>Splits a script into words. '#' starts a comment, '\' at a line's end joins it with the next.</summary>
internal sealed class Tokens(string text, int firstLine = 1)
{
    private int _at;

    /// <summary>Line of the next word.</summary>
    public int Line { get; private set; } = firstLine;

    public bool IsAtEnd
    {
        get
        {
            SkipBlanks();
            return _at >= text.Length;
        }
    }

    /// <summary>The next word, without taking it; empty at the end of the line and of the text.</summary>
    public Word Peek()
    {
        var (at, line) = (_at, Line);
        var word = Next();
        (_at, Line) = (at, line);
        return word;
    }

    /// <summary>Takes the next word, or the end of the line.</summary>
    public Word Next()
    {
        SkipBlanks();
        if (_at >= text.Length)
            return new Word("", Line);
        if (text[_at] == '\n')
        {
            _at++;
            return new Word("", Line++);
        }

        int line = Line;
        int start = _at;
        if (text[_at] == '"')
        {
            int end = text.IndexOf('"', _at + 1);
            if (end < 0)
                throw new ScriptException(line, "a string is not closed");
            _at = end + 1;
            return new Word(text[(start + 1)..end], line);
        }

        while (_at < text.Length && !char.IsWhiteSpace(text[_at]) && text[_at] is not ('#' or '"') && !IsJoin(_at))
            _at++;
        return new Word(text[start.._at], line);
    }

    /// <summary>Takes the next word of this line.</summary>
    /// <exception cref="ScriptException">The line ends here.</exception>
    public string Expect(string what)
    {
        var word = Next();
        return word.IsEndOfLine ? throw new ScriptException(word.Line, $"expected {what}") : word.Text;
    }

    /// <summary>Takes the word if it is the next of this line.</summary>
    public bool Take(string word)
    {
        if (Peek().Text != word)
            return false;
        Next();
        return true;
    }

    public uint ExpectUInt(string what)
    {
        string word = Expect(what);
        try
        {
            return checked((uint)new Data.Literal(word).Integer);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new ScriptException(Line, $"expected {what}, not '{word}'");
        }
    }

    public double ExpectReal(string what)
    {
        string word = Expect(what);
        try
        {
            return new Data.Literal(word).Real;
        }
        catch (FormatException)
        {
            throw new ScriptException(Line, $"expected {what}, not '{word}'");
        }
    }

    public void ExpectEndOfLine()
    {
        var word = Next();
        if (!word.IsEndOfLine)
            throw new ScriptException(word.Line, $"unexpected '{word.Text}'");
    }

    /// <summary>Takes empty lines up to the next word; false at the end of the text.</summary>
    public bool NextLine()
    {
        while (!IsAtEnd && text[_at] == '\n')
            Next();
        return !IsAtEnd;
    }

    /// <summary>Takes what follows the current line, up to the line that is the word END, verbatim.</summary>
    public string RawUntilEnd()
    {
        int start = text.IndexOf('\n', _at);
        if (start < 0)
            throw new ScriptException(Line, "END is missing");
        start++;
        Line++;
        for (int at = start; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            if (end < 0)
                end = text.Length;
            var line = text.AsSpan(at, end - at).Trim();
            if (line.StartsWith("END", StringComparison.Ordinal) && (line.Length == 3 || line[3] is ' ' or '\t' or '#'))
            {
                _at = end;
                return text[start..at];
            }

            at = end + 1;
            Line++;
        }

        throw new ScriptException(Line, "END is missing");
    }

    /// <summary>The remaining words of the line.</summary>
    public List<Word> RestOfLine()
    {
        var words = new List<Word>();
        for (var word = Next(); !word.IsEndOfLine; word = Next())
            words.Add(word);
        return words;
    }

    private bool IsJoin(int at)
    {
        if (text[at] != '\\')
            return false;
        at++;
        while (at < text.Length && text[at] is ' ' or '\t' or '\r')
            at++;
        return at >= text.Length || text[at] == '\n';
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            char c = text[_at];
            if (c == '#')
            {
                while (_at < text.Length && text[_at] != '\n')
                    _at++;
            }
            else if (IsJoin(_at))
            {
                while (_at < text.Length && text[_at] != '\n')
                    _at++;
                if (_at < text.Length)
                {
                    _at++;
                    Line++;
                }
            }
            else if (c != '\n' && char.IsWhiteSpace(c))
            {
                _at++;
            }
            else
            {
                return;
            }
        }
    }
}
