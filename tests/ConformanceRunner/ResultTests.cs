using System.Xml.Linq;
using ShaderJit.Conformance.Reports;
using ShaderJit.Conformance.Running;
using Xunit;

namespace ShaderJit.ConformanceRunner.Tests;

/// <summary>Lists of cases, shards, and what is written about results.</summary>
public sealed class ResultTests
{
    private static RunResult Result(string driver, params (string Name, CaseStatus Status)[] cases)
    {
        var results = new List<CaseResult>();
        foreach (var (name, status) in cases)
            results.Add(new CaseResult(name, status, status == CaseStatus.Pass ? null : "because <of> \u0001", 1.5));
        return new RunResult { Driver = driver, Device = "a device", Cases = results };
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Shards_have_each_case_once(int count)
    {
        var all = CaseList.Find([TestFiles.Folder], [], []);
        var names = new List<string>();
        for (int i = 1; i <= count; i++)
            names.AddRange(CaseList.Shard(all, i, count).ConvertAll(c => c.Name));
        names.Sort(StringComparer.Ordinal);
        Assert.Equal(all.ConvertAll(c => c.Name), names);
    }

    [Theory]
    [InlineData("malformed_0?.amber", 9)]
    [InlineData("vkscript*wrong", 1)]
    [InlineData("nothing of this name", 0)]
    public void A_filter_takes_the_cases_with_its_text(string filter, int count) =>
        Assert.Equal(count, CaseList.Find([TestFiles.Folder], [filter], []).Count);

    [Fact]
    public void Merge_joins_shards_and_refuses_what_does_not_belong_together()
    {
        var merged = ResultFile.Merge([Result("d", ("b", CaseStatus.Pass)), Result("d", ("a", CaseStatus.Fail))]);
        Assert.Equal(["a", "b"], merged.Cases.ConvertAll(c => c.Case));
        Assert.Throws<InvalidDataException>(() => ResultFile.Merge([Result("d", ("b", CaseStatus.Pass)), Result("e", ("a", CaseStatus.Fail))]));
        Assert.Throws<InvalidDataException>(() => ResultFile.Merge([Result("d", ("b", CaseStatus.Pass)), Result("d", ("b", CaseStatus.Fail))]));
    }

    [Fact]
    public void Compare_finds_what_became_worse()
    {
        var before = Result("d", ("a", CaseStatus.Pass), ("b", CaseStatus.Fail), ("c", CaseStatus.Pass), ("gone", CaseStatus.Pass));
        var after = Result("d", ("a", CaseStatus.Crash), ("b", CaseStatus.Pass), ("c", CaseStatus.Pass), ("new", CaseStatus.Fail));
        var changes = Comparer.Compare(before, after);
        Assert.Equal(["a", "b", "gone", "new"], changes.ConvertAll(c => c.Case));
        Assert.Equal(["a"], changes.FindAll(c => c.IsWorse).ConvertAll(c => c.Case));
    }

    [Fact]
    public void Reports_hold_every_case()
    {
        var run = Result("d", ("x/a.amber", CaseStatus.Pass), ("x/b.amber", CaseStatus.Timeout), ("c.amber", CaseStatus.Unsupported));
        string folder = Directory.CreateTempSubdirectory("shaderjit-reports-").FullName;
        try
        {
            string json = Path.Combine(folder, "r.json"), junit = Path.Combine(folder, "r.xml"), html = Path.Combine(folder, "r.html");
            ResultFile.Write(json, run);
            Assert.Equal(run.Cases, ResultFile.Read(json).Cases);
            JUnitReport.Write(junit, run);
            var suite = XDocument.Load(junit).Root!.Element("testsuite")!;
            Assert.Equal(3, suite.Elements("testcase").Count());
            Assert.Single(suite.Descendants("error"));
            Assert.Single(suite.Descendants("skipped"));
            HtmlReport.Write(html, run, []);
            string page = File.ReadAllText(html);
            Assert.Contains("x/b.amber", page, StringComparison.Ordinal);
            Assert.Contains("because &lt;of&gt;", page, StringComparison.Ordinal);
            Assert.DoesNotContain("http", page, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task A_worker_that_hangs_or_dies_is_the_cases_result_and_no_ones_else()
    {
        // A file that is not there ends the worker with an exception; the next case gets a worker of its own.
        var cases = new List<Case> { new("missing", TestFiles.PathOf("missing.amber")), new("expect_numbers", TestFiles.PathOf("expect_numbers.amber")) };
        var pool = new WorkerPool(["--cache", "none"], new Dictionary<string, string>(), 1, TimeSpan.FromMinutes(2), int.MaxValue);
        var results = await pool.RunAsync(cases, _ => { });
        Assert.Equal([CaseStatus.Crash, CaseStatus.Pass], Array.ConvertAll(results, r => r.Status));
        // No time at all: with any, however short, the case may be ready before its end is noticed.
        var slow = new WorkerPool(["--cache", "none"], new Dictionary<string, string>(), 1, TimeSpan.Zero, int.MaxValue);
        results = await slow.RunAsync(cases, _ => { });
        Assert.All(results, r => Assert.Equal(CaseStatus.Timeout, r.Status));
    }
}
