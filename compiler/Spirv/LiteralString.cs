using System.Text;

namespace ShaderJit.Compiler.Spirv;

/// <summary>Strings as SPIR-V keeps them: UTF-8, four bytes to a word, low byte first, ended by a zero byte.</summary>
public static class LiteralString
{
    /// <summary>Words that the string at the start of a span takes, its end included; 0 where it does not end.</summary>
    public static int WordCount(ReadOnlySpan<uint> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            uint w = words[i];
            if ((w & 0xFF) == 0 || (w & 0xFF00) == 0 || (w & 0xFF0000) == 0 || (w & 0xFF000000) == 0)
                return i + 1;
        }
        return 0;
    }

    /// <summary>Decodes the string at the start of a span. Bytes that are no UTF-8 become U+FFFD.</summary>
    public static string Decode(ReadOnlySpan<uint> words)
    {
        int count = WordCount(words);
        byte[] bytes = new byte[count * 4];
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = (byte)(words[i >> 2] >> ((i & 3) * 8));
            if (b == 0)
                break;
            bytes[length++] = b;
        }
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>Appends a string's words.</summary>
    public static void Encode(string text, List<uint> words)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int i = 0; i <= bytes.Length / 4; i++)
        {
            uint word = 0;
            for (int k = 0; k < 4 && i * 4 + k < bytes.Length; k++)
                word |= (uint)bytes[i * 4 + k] << (k * 8);
            words.Add(word);
        }
    }
}
