using System.Net.Http.Headers;
using System.Text;
using StackExchange.Redis;
using Xopc.Testing.Redis;
using Xopc.Testing.Telemetry;

namespace Xopc.Cli.Tests.Hosting;

/// <summary>Two processes of the bundle, a real Redis, and whoever collects telemetry.</summary>
public sealed class TraceProcessTests : IDisposable
{
    private const string Session = "main:telegram:default:dm:7";
    private const string Token = "a-token-of-the-trace-tests";
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task One_message_is_one_trace_whether_it_comes_over_http_or_over_a_stream()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals");
        const string OverHttp = "0af7651916cd43dd8448eb211c80319c";
        const string OverStream = "4bf92f3577b34da6a3ce929d0e0e4736";
        await using var redis = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        await using var collector = new OtlpReceiver();
        await using var agents = Start(redis, collector, "agents");
        await agents.ShowsAsync("is ready at");
        await using var edge = Start(redis, collector, "edge", "--port", "0");
        using var http = new HttpClient { BaseAddress = await edge.UrlAsync() };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

        await AskAsync(http, OverHttp, session: "default");
        await SendAsync(redis, OverStream);
        // A session's turns run one after the other: with this answer the one of the stream is over.
        await AskAsync(http, "ffffffffffffffffffffffffffffffff", Session);

        foreach (var process in new[] { edge, agents })
        {
            process.Signal("TERM"); // what is not exported yet goes out
            Assert.Equal(ExitCodes.Ok, await process.ExitAsync());
        }

        Assert.Equal(["xopc-agents", "xopc-gateway"], Services(collector, OverHttp));
        Assert.Contains(collector.Spans, span => span is { TraceId: OverStream, Service: "xopc-agents", Name: "receive turns" });
        Assert.Contains(collector.Spans, span => span is { TraceId: OverStream, Service: "xopc-agents", Name: "turn" });
        Assert.Contains("xopc.messaging.received", collector.Of("metrics"), StringComparison.Ordinal);
        Assert.Contains("Relaying the outbox of", collector.Of("logs"), StringComparison.Ordinal);
        Assert.DoesNotContain("the words of a person", collector.All, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, collector.All, StringComparison.Ordinal);
        Assert.DoesNotContain(redis.Password, collector.All, StringComparison.Ordinal);
    }

    private XopcProcess Start(RedisServer redis, OtlpReceiver collector, string role, params string[] more)
    {
        var environment = collector.Settings.ToDictionary(setting => setting.Key, setting => setting.Value!);
        environment.Remove("XOPC_LOG_CONSOLE");
        environment["ConnectionStrings__redis"] = redis.ConnectionString;
        environment["XOPC_GATEWAY_TOKEN"] = Token;
        return XopcProcess.Start(_home.Path, environment, ["gateway", "--role", role, .. more]);
    }

    private static async Task AskAsync(HttpClient http, string trace, string session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/agent");
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        request.Content = new StringContent($$"""{"message":"the words of a person","session":"{{session}}"}""", Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>What the relay of another service would put on the stream; returns when the receipt says that it is accepted.</summary>
    private static async Task SendAsync(RedisServer redis, string trace)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.ConnectionString},asyncTimeout=60000");
        await connection.GetDatabase().StreamAddAsync("{xopc}:turns",
        [
            new("id", "telegram:default:1"), new("key", Session), new("snd", "channels"), new("prn", "operator"),
            new("tp", $"00-{trace}-00f067aa0ba902b7-01"), new("body", $$"""{"sessionKey":"{{Session}}","text":"the words of a person"}"""),
        ]);
        var receipt = await connection.GetDatabase().ExecuteAsync("XREAD", "BLOCK", 60_000, "STREAMS", "{xopc}:receipts:channels", "0");
        Assert.False(receipt.IsNull, "No receipt came.");
    }

    private static IEnumerable<string> Services(OtlpReceiver collector, string trace) =>
        collector.Spans.Where(span => span.TraceId == trace).Select(span => span.Service).Distinct().Order(StringComparer.Ordinal);
}
