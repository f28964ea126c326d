using System.Net.Sockets;
using System.Net;
using System.Text.Json.Nodes;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Testing.Http;

namespace Xopc.Agents.Tests.Events;

public sealed class EventStreamTests
{
    [Fact]
    public async Task A_silent_stream_sends_a_comment_every_fifteen_seconds()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var host = await AgentsHost.StartAsync(build: builder => builder.Services.AddSingleton<TimeProvider>(clock));
        using var response = await OpenAsync(host);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(AgentsHost.Cancelled));
        await UntilAsync(lines, "data: ");
        Assert.Equal("", await lines.ReadLineAsync(AgentsHost.Cancelled));
        var next = lines.ReadLineAsync(AgentsHost.Cancelled).AsTask();

        clock.Advance(TimeSpan.FromSeconds(14.9));
        Assert.False(next.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(": keep-alive", await next.WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled));
        Assert.Equal("", await lines.ReadLineAsync(AgentsHost.Cancelled));
        clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(": keep-alive", await lines.ReadLineAsync(AgentsHost.Cancelled).AsTask().WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled));
    }

    [Fact]
    public async Task One_stream_too_many_is_refused_and_told_when_to_come_again()
    {
        await using var host = await AgentsHost.StartAsync(configure: config => config["gateway"]!["maxSseConnections"] = 2);
        var first = await host.StreamAsync(HttpMethod.Get, "/api/events");
        using var second = await host.StreamAsync(HttpMethod.Get, "/api/events");

        using (var refused = await host.Client.GetAsync("/api/events", AgentsHost.Cancelled))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.True(refused.Headers.RetryAfter!.Delta > TimeSpan.Zero);
            var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(AgentsHost.Cancelled))!["error"]!;
            Assert.Equal("TOO_MANY_CONNECTIONS", (string)error["code"]!);
            Assert.Contains("gateway.maxSseConnections", (string)error["message"]!, StringComparison.Ordinal);
        }

        first.Dispose();
        HttpResponseMessage again;
        while (!(again = await OpenAsync(host)).IsSuccessStatusCode)
        {
            again.Dispose(); // the place is free once the server has noticed
        }

        again.Dispose();
    }

    [Fact]
    public async Task A_client_sees_the_events_of_the_sessions_it_may_touch_and_of_no_other()
    {
        await using var host = await AgentsHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        request.Headers.Add("X-Test-Principal", """{"id":"guest","scope":"operator.read","sessions":["main:webchat:default:direct:mine"]}""");
        using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, AgentsHost.Cancelled);
        using var guest = new SseReader(response, await response.Content.ReadAsStreamAsync(AgentsHost.Cancelled), AgentsHost.Generous, breakIsEnd: true, AgentsHost.Cancelled);
        Assert.Equal("connected", (await guest.NextAsync())!.Type);
        var before = (await NowAsync(host))!;

        await host.AskAsync("secret", "theirs");
        await host.AskAsync("hello", "mine");
        Log(host).Publish(new EventMessage("last", "main:webchat:default:direct:mine", "{}"u8.ToArray()));
        var seen = new List<SseEvent>();
        await guest.UntilAsync(e =>
        {
            seen.Add(e);
            return e.Type == "last";
        });

        Assert.Contains(seen, e => e.Type == "agent.stream");
        Assert.All(seen, e => Assert.DoesNotContain("theirs", e.Data, StringComparison.Ordinal));

        // Nor when it asks for what was before.
        request.Dispose();
        using var replay = new HttpRequestMessage(HttpMethod.Get, "/api/events");
        replay.Headers.Add("X-Test-Principal", """{"id":"guest","scope":"operator.read","agents":["other"]}""");
        replay.Headers.TryAddWithoutValidation("Last-Event-ID", before);
        using var answer = await host.Client.SendAsync(replay, HttpCompletionOption.ResponseHeadersRead, AgentsHost.Cancelled);
        using var other = new SseReader(answer, await answer.Content.ReadAsStreamAsync(AgentsHost.Cancelled), AgentsHost.Generous, breakIsEnd: true, AgentsHost.Cancelled);
        Assert.Equal("connected", (await other.NextAsync())!.Type);
        Log(host).Publish(new EventMessage("for.all", null, "{}"u8.ToArray()));
        Log(host).Publish(new EventMessage("own", "other:webchat:default:direct:own", "{}"u8.ToArray()));
        Assert.Equal("own", (await other.NextAsync())!.Type); // and what is of the whole installation is not for a limited caller
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_dropped_and_slows_nobody()
    {
        const int Events = 6_000; // more than the ring holds
        await using var host = await AgentsHost.StartAsync(overHttp: true);
        using var slow = await ConnectAsync(host);
        using var quick = await host.StreamAsync(HttpMethod.Get, "/api/events");
        Assert.Equal("connected", (await quick.NextAsync())!.Type);

        var body = Encoding.UTF8.GetBytes($$"""{"filler":"{{new string('x', 4_000)}}"}""");
        for (var i = 0; i < Events; i++)
        {
            Log(host).Publish(new EventMessage($"n{i}", null, body));
            Assert.Equal($"n{i}", (await quick.NextAsync())!.Type); // although the other has not read a byte
        }

        // Now it reads: what had been sent to it still comes, then its connection ends; the rest it has to ask for.
        var got = await ReadToEndAsync(slow);
        Assert.InRange(got, 1, (long)Events * body.Length);
        using var back = await host.StreamAsync(HttpMethod.Get, "/api/events", lastEventId: "elsewhere-1");
        Assert.Equal("connected", (await back.NextAsync())!.Type);
        Assert.Equal("resync", (await back.NextAsync())!.Type);
    }

    private static IEventLog Log(AgentsHost host) => host.Get<IEventLog>();

    private static Task<HttpResponseMessage> OpenAsync(AgentsHost host) =>
        host.Client.GetAsync("/api/events", HttpCompletionOption.ResponseHeadersRead, AgentsHost.Cancelled);

    private static async Task<string?> NowAsync(AgentsHost host)
    {
        using var stream = await host.StreamAsync(HttpMethod.Get, "/api/events");
        return (await stream.NextAsync())!.Id;
    }

    private static async Task UntilAsync(StreamReader lines, string beginning)
    {
        while (await lines.ReadLineAsync(AgentsHost.Cancelled) is { } line && !line.StartsWith(beginning, StringComparison.Ordinal))
        {
        }
    }

    private static async Task<Socket> ConnectAsync(AgentsHost host)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port, AgentsHost.Cancelled);
        await socket.SendAsync("GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), SocketFlags.None, AgentsHost.Cancelled);
        var first = new byte[1];
        Assert.Equal(1, await socket.ReceiveAsync(first, SocketFlags.None, AgentsHost.Cancelled)); // it is being served
        return socket;
    }

    private static async Task<long> ReadToEndAsync(Socket socket)
    {
        var (total, buffer) = (0L, new byte[64 * 1024]);
        try
        {
            while (await socket.ReceiveAsync(buffer, SocketFlags.None, AgentsHost.Cancelled).AsTask().WaitAsync(AgentsHost.Generous, AgentsHost.Cancelled) is var read and > 0)
            {
                total += read;
            }
        }
        catch (SocketException)
        {
            // Cut, as it should be.
        }

        return total;
    }
}
