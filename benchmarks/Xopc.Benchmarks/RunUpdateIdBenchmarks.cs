using BenchmarkDotNet.Attributes;
using Xopc.Contracts.Runs;

namespace Xopc.Benchmarks;

/// <summary>One id per streamed token: printed for every SSE frame, parsed from <c>Last-Event-ID</c>.</summary>
[MemoryDiagnoser]
public class RunUpdateIdBenchmarks
{
    private readonly RunUpdateId _id = new(1, 4711);

    [Benchmark]
    public RunUpdateId Parse() => RunUpdateId.Parse("1.4711", null);

    [Benchmark]
    public string Format() => _id.ToString();
}
