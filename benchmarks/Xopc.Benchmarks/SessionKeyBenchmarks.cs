using BenchmarkDotNet.Attributes;
using Xopc.Contracts;

namespace Xopc.Benchmarks;

/// <summary>Every request, event and delivery names a session; most keys come canonical, some as people type them.</summary>
[MemoryDiagnoser]
public class SessionKeyBenchmarks
{
    [Params("main:webchat:default:direct:chat_1732390000000", "main:telegram:default:group:-1001234567890:thread:42", "Main:Telegram:default:DM:Anna Müller")]
    public string Text { get; set; } = "";

    [Benchmark]
    public SessionKey Parse() => SessionKey.Parse(Text, null);
}
