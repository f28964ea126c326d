using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Xopc.Contracts;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class RetryTests
{
    [Theory]
    [InlineData("unix:/nonexistent/dead.sock")]
    [InlineData("http://127.0.0.1:1")]
    public async Task With_one_replica_dead_every_request_is_answered_by_the_other_also_with_a_body(string dead)
    {
        await using var bundle = await Bundle.StartAsync();
        await using var edge = await EdgeAsync(bundle, dead, bundle.Service.Destination);

        for (var i = 0; i < 20; i++)
        {
            var answer = await PostAsync(edge, "/api/agent", new string('x', 10_000 + i));
            Assert.Equal((HttpStatusCode.OK, (10_000 + i).ToString()), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        }

        Assert.Equal(20, bundle.Service.Asked.Count());
        Assert.True(IsOut(Replica(edge, dead)));
        Assert.False(IsOut(Replica(edge, bundle.Service.Destination)));
        using var status = System.Text.Json.JsonDocument.Parse(
            await (await AskAsync(edge, HttpMethod.Get, "/api/status", null)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var told = status.RootElement.GetProperty("checks").GetProperty(XopcServices.Agents).GetProperty("destinations").EnumerateArray()
            .Select(replica => (Name: replica.GetProperty("name").GetString()!, State: replica.GetProperty("state").GetString(), Evidence: replica.GetProperty("evidence").GetString()));
        Assert.Equal(["out cannot be reached", "in answers"], told.Select(replica => $"{replica.State} {replica.Evidence}"));
    }

    [Theory]
    [InlineData("POST", "a body")]
    [InlineData("POST", null)]
    [InlineData("DELETE", null)]
    [InlineData("GET", null)]
    public async Task A_post_that_reached_a_service_that_then_died_is_not_sent_again(string method, string? body)
    {
        using var dying = new DyingService();
        await using var bundle = await Bundle.StartAsync();
        await using var edge = await EdgeAsync(bundle, dying.Destination);

        // The first connection is kept alive: on one out of the pool the HTTP handler has a retry of its own.
        await AskAsync(edge, HttpMethod.Get, "/api/agent/first", null);
        await (await AskAsync(edge, new HttpMethod(method), "/api/agent/second", body)).IsErrorAsync(ErrorCode.Unavailable);

        // What is the same done twice and has no body, the HTTP handler itself tries three times more while not a byte of an answer came.
        Assert.Equal(method is "GET" or "DELETE" ? 4 : 1, dying.Heads.Count(head => head.Contains("/second", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_service_that_restarts_is_a_short_wait_for_its_requests(bool unix)
    {
        await using var bundle = await Bundle.StartAsync(unix, options => options.RestartPatience = EdgeHost.Limit);
        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));
        await bundle.StopServiceAsync();

        var asked = Enumerable.Range(0, 20).Select(i => PostAsync(bundle.Edge, "/api/agent", new string('x', i + 1))).ToArray();
        await EventuallyAsync(() => bundle.Edge.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("agents", out var agents)
            && agents.DestinationsState.AllDestinations.All(replica => replica.Health.Passive == DestinationHealth.Unhealthy));
        await bundle.RestartServiceAsync();

        for (var i = 0; i < asked.Length; i++)
        {
            var answer = await asked[i];
            Assert.Equal((HttpStatusCode.OK, (i + 1).ToString()), (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        }

        Assert.Equal(20, bundle.Service.Asked.Count());
        Assert.DoesNotContain("cannot be reached", bundle.Edge.Log.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_while_it_waits_for_a_service_ends_the_wait()
    {
        await using var bundle = await Bundle.StartAsync(configure: options => options.RestartPatience = EdgeHost.Limit);
        await bundle.StopServiceAsync();
        using var leave = new CancellationTokenSource();
        var asked = bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Get, "/api/sessions"), leave.Token);
        await EventuallyAsync(() => bundle.Edge.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster("agents", out var agents)
            && agents.DestinationsState.AllDestinations.All(replica => replica.Health.Passive == DestinationHealth.Unhealthy));

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await bundle.RestartServiceAsync();
        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));
        Assert.Single(bundle.Service.Asked);
    }

    [Fact]
    public async Task A_replica_that_is_back_is_asked_again()
    {
        await using var bundle = await Bundle.StartAsync();
        var back = await TestService.StartAsync(bundle.Credentials);
        var (address, port) = (back.Destination, new Uri(back.Destination).Port);
        await back.DisposeAsync();
        await using var edge = await EdgeAsync(bundle, address, bundle.Service.Destination);
        while (!IsOut(Replica(edge, address)))
        {
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(edge, HttpMethod.Get, "/api/sessions", null)).StatusCode);
        }

        await using var again = await TestService.StartAsync(bundle.Credentials, port: port);

        // Found by a probe, without a client's request.
        await EventuallyAsync(() => !IsOut(Replica(edge, address)));
        await EventuallyAsync(async () =>
        {
            await AskAsync(edge, HttpMethod.Get, "/api/sessions", null);
            return again.Asked.Any();
        });
    }

    [Fact]
    public async Task A_service_that_hangs_holds_no_more_than_its_share_and_no_neighbour()
    {
        using var hanging = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hanging.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hanging.Listen(64); // connects, and nobody ever reads: as a stopped process
        await using var bundle = await Bundle.StartAsync(configure: options =>
        {
            options.MaxForwardedPerService = 4;
            options.ReadPatience = TimeSpan.FromMilliseconds(300);
            options.Destinations[XopcServices.Agents] = [$"http://{hanging.LocalEndPoint}"];
        });

        var asked = Enumerable.Range(0, 12).Select(_ => AskAsync(bundle.Edge, HttpMethod.Get, "/api/sessions", null)).ToArray();
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(bundle.Edge, HttpMethod.Get, "/api/cron", null)).StatusCode);

        var answers = await Task.WhenAll(asked);
        foreach (var answer in answers)
        {
            await answer.IsErrorAsync(answer.StatusCode == HttpStatusCode.GatewayTimeout ? ErrorCode.Timeout : ErrorCode.Unavailable);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        Assert.Contains(answers, answer => answer.StatusCode == HttpStatusCode.GatewayTimeout);
        Assert.Equal(HttpStatusCode.GatewayTimeout, (await AskAsync(bundle.Edge, HttpMethod.Get, "/api/sessions", null)).StatusCode); // its places are free again
    }

    [Fact]
    public async Task An_answer_that_began_in_time_may_take_as_long_as_it_likes()
    {
        await using var bundle = await Bundle.StartAsync(configure: options => options.ReadPatience = TimeSpan.FromMilliseconds(200));
        using var response = await bundle.Edge.Client.SendAsync(
            bundle.Edge.Request(HttpMethod.Get, "/api/events"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        // The neighbour's deadline passes meanwhile; this stream has none any more.
        await (await AskAsync(bundle.Edge, HttpMethod.Get, "/api/agent/hang", null)).IsErrorAsync(ErrorCode.Timeout);

        await bundle.Service.Frames.Writer.WriteAsync("data: 1\n\n", TestContext.Current.CancellationToken);
        var frame = new byte[9];
        await stream.ReadExactlyAsync(frame, TestContext.Current.CancellationToken).AsTask().WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        Assert.Equal("data: 1\n\n", Encoding.ASCII.GetString(frame));
    }

    private static bool IsOut(DestinationState replica) =>
        replica.Health.Passive == DestinationHealth.Unhealthy || replica.Health.Active == DestinationHealth.Unhealthy;

    private static Task<EdgeHost> EdgeAsync(Bundle bundle, params string[] agents) => EdgeHost.StartAsync(
        configure: options =>
        {
            options.Proxy = true;
            options.Destinations[XopcServices.Agents] = agents;
        },
        state: bundle.State);

    private static DestinationState Replica(EdgeHost edge, string destination)
    {
        Assert.True(edge.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster(XopcServices.Agents, out var agents));
        var host = new Uri(Gateway.Proxy.UnixDestination.ToAddress(destination)).Authority;
        return agents.DestinationsState.AllDestinations.Single(replica => new Uri(replica.Model.Config.Address).Authority == host);
    }

    private static Task<HttpResponseMessage> PostAsync(EdgeHost edge, string path, string body) => AskAsync(edge, HttpMethod.Post, path, body);

    private static Task<HttpResponseMessage> AskAsync(EdgeHost edge, HttpMethod method, string path, string? body)
    {
        var request = edge.Request(method, path);
        request.Content = body is null ? null : new StringContent(body);
        return edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task EventuallyAsync(Func<bool> holds) => EventuallyAsync(() => Task.FromResult(holds()));

    // The state of the proxy gives no signal: it is looked at until it is so.
    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(EdgeHost.Limit);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await holds())
        {
            await pace.WaitForNextTickAsync(limit.Token);
        }
    }

    /// <summary>Answers the first request of a connection and keeps it open; reads the head of the second and dies over it.</summary>
    private sealed class DyingService : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        public DyingService()
        {
            _listener.Start();
            Serving = ServeAsync();
        }

        public Task Serving { get; }

        public System.Collections.Concurrent.ConcurrentQueue<string> Heads { get; } = new();

        public string Destination => $"http://{_listener.LocalEndpoint}";

        public void Dispose() => _listener.Dispose();

        private async Task ServeAsync()
        {
            while (_listener.Server.IsBound)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    while (await ReadHeadAsync(client.GetStream()) is { Length: > 0 } head && head.Contains("/first", StringComparison.Ordinal))
                    {
                        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
                    }
                }
                catch (Exception e) when (e is SocketException or IOException)
                {
                    // The next one.
                }
                catch (Exception e) when (e is ObjectDisposedException or InvalidOperationException)
                {
                    return; // the test is over
                }
            }
        }

        private async Task<string> ReadHeadAsync(NetworkStream stream)
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
            {
                head.Append((char)one[0]);
            }

            if (head.Length > 0)
            {
                Heads.Enqueue(head.ToString());
            }

            return head.ToString();
        }
    }
}
