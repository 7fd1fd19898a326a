using System.Globalization;
using System.Text;
using ShaderJit.Conformance.Running;

namespace ShaderJit.Conformance.Reports;

/// <summary>The text of docs/conformance.md.</summary>
internal static class ConformancePage
{
    private const string Head = """
        # Conformance

        This page is written by the runner: `dotnet run --project tests/Conformance -c Release -- document RESULTS`. Edit
        `tests/Conformance/Reports/ConformancePage.cs` instead.

        `tests/Conformance` runs AmberScript files, the format of Khronos' test data, and the older vkscript form, on any Vulkan
        driver. Each case has a device of its own, in a process that a crash or a hang may take with it.

        ```
        run="dotnet run --project tests/Conformance -c Release --"
        $run run DATA                              # ShaderJit in process; DATA is a folder or a file
        $run run DATA --lanes 8                    # the same with AVX2
        $run run DATA --icd out/icd/shaderjit_icd.json   # any driver, through the Vulkan loader
        $run run DATA -o now.json --junit now.xml --html now.html --filter 'ldexp*f64'
        $run run DATA --shard 2/8 -o 2.json        # a part, for a job array; then: merge *.json -o all.json
        $run run DATA --baseline before.json       # fails only where a case passed before
        $run compare before.json now.json
        $run --help
        ```

        A case passes, fails, crashes, times out, or is unsupported: the device or the machine lacks what it needs. A file named
        `*.expect_fail.*` must fail. Below a folder `spirv1p4` SPIR-V is made for `vulkan1.1spv1.4`, elsewhere for `spv1.0`, unless
        the script names an environment.

        GLSL is compiled by `glslc`, or else `glslangValidator`; SPIR-V assembly by `spirv-as`, or else the assembler of
        `tests/Assembler`; `SHADER_OPTIMIZATION` needs `spirv-opt`. What was compiled is kept in a cache (`--cache`). The HTML
        report shows the SPIR-V of cases that fail as GLSL, where SPIRV-Cross (`libspirv-cross-c-shared0`) is installed.

        ## What is supported

        | Part | Forms |
        | --- | --- |
        | Requirements | `DEVICE_FEATURE` and `DEVICE_PROPERTY` of any struct of the Vulkan bindings, `DEVICE_EXTENSION`, `INSTANCE_EXTENSION`, `SET ENGINE_DATA` |
        | `SHADER compute`, `multi` | GLSL, SPIRV-ASM, SPIRV-HEX, SPIRV-BIN; `TARGET_ENV`, `VIRTUAL_FILE` with includes |
        | `STRUCT` | strides, offsets, arrays, nested |
        | `BUFFER` | all data types and formats, `STD140`, `STD430`, `DATA`, `FILL`, `SERIES_FROM`, `FILE TEXT`, `BINARY` and `PNG`, `WIDTH`, `HEIGHT`, `FORMAT` |
        | `IMAGE` | 1D, 2D, 3D, mip levels, samples |
        | `SAMPLER` | all options |
        | `PIPELINE compute`, `DERIVE_PIPELINE` | `ATTACH`, `ENTRY_POINT`, `SPECIALIZE`, `SHADER_OPTIMIZATION`, `SUBGROUP`; `BIND` of buffers, arrays, dynamic buffers, texel buffers, images, samplers, with offsets and ranges, and push constants |
        | Commands | `RUN`, `REPEAT`, `COPY` |
        | `EXPECT` | `EQ` with and without `TOLERANCE`, `NE`, `LT`, `LE`, `GT`, `GE`, `EQ_RGB`, `EQ_RGBA`, `EQ_BUFFER`, `RMSE_BUFFER`, `EQ_HISTOGRAM_EMD_BUFFER` |
        | vkscript | `require`, `compute shader`, `test` with `compute`, `ssbo`, `uniform`, `uniform ubo`, `probe ssbo`, `tolerance` |

        Numbers of type `float16` are cut off toward zero and denormal ones become 0, as the format's reference implementation
        does. Equality of floats allows the rounding of the text; NaN equals NaN only. Bytes that hold no number are not compared.

        ## What is refused

        Unsupported, and said so: graphics and ray tracing pipelines, `CLEAR`, HLSL, OpenCL C and its kernel arguments, `DEBUG`,
        reading multisampled images back. A script that breaks the format's rules fails with the line.

        """;

    /// <param name="runs">Results to count; a column each.</param>
    public static string Text(IReadOnlyList<RunResult> runs)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n"));
        page.Append("\n## What passes\n\n");
        if (runs.Count == 0)
        {
            page.Append("No results were given.\n");
            return page.ToString();
        }

        page.Append("| Driver | Cases | Pass | Fail | Unsupported | Crash | Timeout |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
        foreach (var run in runs)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {Name(run)} | {run.Cases.Count} | {run.Count(CaseStatus.Pass)} | {run.Count(CaseStatus.Fail)} ")
                .Append(CultureInfo.InvariantCulture, $"| {run.Count(CaseStatus.Unsupported)} | {run.Count(CaseStatus.Crash)} | {run.Count(CaseStatus.Timeout)} |\n");
        }

        page.Append("\nPasses of the cases in a folder:\n\n| Folder |");
        foreach (var run in runs)
            page.Append(' ').Append(Name(run)).Append(" |");
        page.Append("\n| --- |");
        foreach (var _ in runs)
            page.Append(" ---: |");
        page.Append('\n');
        foreach (string folder in Folders(runs))
        {
            page.Append("| `").Append(folder).Append("` |");
            foreach (var run in runs)
                page.Append(' ').Append(Count(run, folder)).Append(" |");
            page.Append('\n');
        }

        foreach (var run in runs)
            AppendOthers(page, run);
        return page.ToString();
    }

    private static void AppendOthers(StringBuilder page, RunResult run)
    {
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var result in run.Cases)
        {
            if (result.Status == CaseStatus.Pass)
                continue;
            string reason = result.Status == CaseStatus.Unsupported ? $"unsupported: {result.Reason}"
                : $"{result.Status.ToString().ToLowerInvariant()}: `{result.Case}`: {result.Reason?.Split('\n')[0]}";
            reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
        }

        if (reasons.Count == 0)
            return;
        page.Append("\nWhat does not pass on ").Append(Name(run)).Append(":\n\n");
        foreach (var (reason, count) in reasons)
            page.Append(CultureInfo.InvariantCulture, $"- {count} {reason}\n");
    }

    private static SortedSet<string> Folders(IReadOnlyList<RunResult> runs)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            foreach (var result in run.Cases)
                folders.Add(Folder(result.Case));
        }

        return folders;
    }

    private static string Folder(string name) => name.LastIndexOf('/') is var slash and >= 0 ? name[..slash] : ".";

    private static string Count(RunResult run, string folder)
    {
        int all = 0, pass = 0;
        foreach (var result in run.Cases)
        {
            if (Folder(result.Case) != folder)
                continue;
            all++;
            pass += result.IsGood ? 1 : 0;
        }

        return $"{pass} of {all}";
    }

    /// <summary>The device without what its brackets say of the machine, and which way it was reached.</summary>
    private static string Name(RunResult run)
    {
        string device = run.Device.Length == 0 ? "no device" : run.Device.Split(" (")[0];
        string lanes = run.Device.Contains("8 lanes", StringComparison.Ordinal) ? ", 8 lanes" : run.Device.Contains("16 lanes", StringComparison.Ordinal) ? ", 16 lanes" : "";
        return device + lanes + (run.Driver == "in process" ? ", in process" : ", through the loader");
    }
}
