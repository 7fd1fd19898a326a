using System.Globalization;

namespace ShaderJit.Sandbox;

/// <summary>One mapping of the process: a line of /proc/self/maps.</summary>
/// <param name="Start">Address of its first byte.</param>
/// <param name="End">Address behind its last byte.</param>
/// <param name="Protection">Bits of <see cref="Libc.ProtRead"/>, <see cref="Libc.ProtWrite"/>, <see cref="Libc.ProtExecute"/>.</param>
/// <param name="IsShared">MAP_SHARED, not MAP_PRIVATE.</param>
/// <param name="Offset">Bytes of the file in front of what is mapped at <paramref name="Start"/>.</param>
/// <param name="Device">The file's st_dev; 0 where no file is mapped.</param>
/// <param name="Inode">The file's st_ino; 0 where no file is mapped.</param>
/// <param name="Name">The file's path, or what the kernel says in brackets; empty for anonymous memory.</param>
internal readonly record struct ProcessMapping(
    ulong Start, ulong End, int Protection, bool IsShared, ulong Offset, ulong Device, ulong Inode, string Name);

/// <summary>What is mapped where in this process, as the kernel tells.</summary>
internal static class ProcessMap
{
    /// <summary>The mappings with a byte in [start, end), by address and whole, even where they are longer.</summary>
    /// <returns>Null when the kernel does not tell, or in a form that is not known.</returns>
    public static List<ProcessMapping>? Read(ulong start, ulong end)
    {
        var result = new List<ProcessMapping>();
        try
        {
            foreach (string line in File.ReadLines("/proc/self/maps"))
            {
                if (Parse(line) is not { } mapping)
                    return null;
                if (mapping.Start < end && start < mapping.End)
                    result.Add(mapping);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return result;
    }

    /// <summary>Reads a line: <c>start-end rwxp offset major:minor inode name</c>, all numbers but the inode hexadecimal.</summary>
    /// <returns>Null where it is none.</returns>
    public static ProcessMapping? Parse(string line)
    {
        string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 5 || fields[1].Length != 4)
            return null;
        string[] range = fields[0].Split('-'), device = fields[3].Split(':');
        if (range.Length != 2 || !Hex(range[0], out ulong start) || !Hex(range[1], out ulong end) || !Hex(fields[2], out ulong offset)
            || device.Length != 2 || !Hex(device[0], out ulong major) || !Hex(device[1], out ulong minor)
            || !ulong.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
        {
            return null;
        }

        string flags = fields[1];
        int protection = (flags[0] == 'r' ? Libc.ProtRead : 0) | (flags[1] == 'w' ? Libc.ProtWrite : 0)
            | (flags[2] == 'x' ? Libc.ProtExecute : 0);

        // As glibc's makedev puts them together.
        ulong number = ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);
        return new ProcessMapping(start, end, protection, flags[3] != 'p', offset, number, inode,
            fields.Length == 6 ? fields[5].Trim() : "");
    }

    private static bool Hex(string text, out ulong value) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
