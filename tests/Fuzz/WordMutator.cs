namespace ShaderJit.Fuzz;

/// <summary>Changes words of real modules: most become invalid, some stay valid and mean something else.</summary>
internal static class WordMutator
{
    private const int HeaderWords = 5;

    public static uint[] Mutate(uint[] original, Random random)
    {
        uint[] words = (uint[])original.Clone();
        for (int changes = 1 + random.Next(3); changes > 0; changes--)
        {
            int at = HeaderWords + random.Next(words.Length - HeaderWords);
            words[at] = random.Next(7) switch
            {
                0 => words[at] + 1,
                1 => words[at] - 1,
                2 => (uint)random.Next((int)words[3]),
                3 => words[at] ^ (1u << random.Next(32)),
                4 => words[HeaderWords + random.Next(words.Length - HeaderWords)],
                // Another opcode over the same operands.
                5 => (words[at] & 0xFFFF0000) | (uint)random.Next(400),
                _ => uint.MaxValue >> random.Next(32),
            };
        }

        return words;
    }
}
