using System.Globalization;
using ShaderJit.Abi;

namespace ShaderJit.Sandbox;

/// <summary>How large a region this machine calls for.</summary>
public static class RegionSize
{
    /// <summary>
    /// The k of a region of 2^k bytes: room for twice the memory that this process may use, so that fragmentation of
    /// the region is never what an allocation fails on. A reservation costs nothing but address space.
    /// </summary>
    public static int Default() => For(UsableBytes());

    /// <summary>The k for a machine with <paramref name="memoryBytes"/> bytes of memory.</summary>
    public static int For(ulong memoryBytes)
    {
        int bits = KernelAbi.MinRegionBits;
        while (bits < KernelAbi.MaxRegionBits && 1UL << bits < memoryBytes * 2) bits++;
        return bits;
    }

    /// <summary>Bytes of memory that this process may use: physical memory, or the control group's limit when that is
    /// less.</summary>
    public static ulong UsableBytes()
    {
        ulong bytes = 1UL << 30;
        foreach (string line in ReadLines("/proc/meminfo"))
        {
            if (!line.StartsWith("MemTotal:", StringComparison.Ordinal)) continue;
            string number = line["MemTotal:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim();
            if (ulong.TryParse(number, CultureInfo.InvariantCulture, out ulong kilobytes)) bytes = kilobytes * 1024;
            break;
        }

        foreach (string file in ControlGroupFiles())
            foreach (string line in ReadLines(file))
                if (ulong.TryParse(line, CultureInfo.InvariantCulture, out ulong limit) && limit > 0)
                    bytes = Math.Min(bytes, limit);
        return bytes;
    }

    /// <summary>The files that may hold a limit: the process' own groups and all groups above them.</summary>
    private static IEnumerable<string> ControlGroupFiles()
    {
        yield return "/sys/fs/cgroup/memory.max";
        yield return "/sys/fs/cgroup/memory/memory.limit_in_bytes";
        foreach (string line in ReadLines("/proc/self/cgroup"))
        {
            // hierarchy:controllers:path, with empty controllers for version 2
            string[] fields = line.Split(':', 3);
            if (fields.Length < 3) continue;
            bool unified = fields[1].Length == 0;
            if (!unified && !fields[1].Split(',').Contains("memory")) continue;
            string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
            string name = unified ? "memory.max" : "memory.limit_in_bytes";
            for (string path = fields[2]; path.Length > 1; path = path[..Math.Max(path.LastIndexOf('/'), 0)])
                yield return $"{root}{path}/{name}";
        }
    }

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (IOException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }
}
