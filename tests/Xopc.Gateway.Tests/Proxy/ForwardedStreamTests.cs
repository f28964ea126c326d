using System.Net;
using System.Text;
using Xopc.Contracts;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class ForwardedStreamTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_frame_arrives_before_the_next_is_written(bool unix)
    {
        await using var bundle = await Bundle.StartAsync(unix);
        using var response = await OpenAsync(bundle);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        for (var i = 0; i < 200; i++)
        {
            // The service has nothing more to send until this frame was read here: buffering anywhere would stop the test.
            var frame = $"id: {i}\ndata: {new string('x', i)}\n\n";
            await bundle.Service.Frames.Writer.WriteAsync(frame, TestContext.Current.CancellationToken);
            Assert.Equal(frame, await ReadAsync(stream, frame.Length));
        }

        bundle.Service.Frames.Writer.Complete();
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_query_token_opens_a_forwarded_stream_and_is_not_forwarded()
    {
        await using var bundle = await Bundle.StartAsync();

        using var response = await bundle.Edge.Client.GetAsync(
            $"/api/events?token={EdgeHost.Token}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(EdgeHost.Token, bundle.Service.Log + bundle.Edge.Log.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_client_leaves_the_service_is_told_and_the_edge_goes_on()
    {
        await using var bundle = await Bundle.StartAsync();
        var response = await OpenAsync(bundle);
        await bundle.Service.Frames.Writer.WriteAsync("data: 1\n\n", TestContext.Current.CancellationToken);
        await using (var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken))
        {
            await ReadAsync(stream, 9);
        }

        response.Dispose();
        await bundle.Service.ClientLeft.Task.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);

        // What the service still writes goes nowhere and harms nobody.
        await bundle.Service.Frames.Writer.WriteAsync("data: 2\n\n", TestContext.Current.CancellationToken);
        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));
        Assert.DoesNotContain(bundle.Edge.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_answer_ends_the_request_at_the_service()
    {
        await using var bundle = await Bundle.StartAsync();
        using var leave = new CancellationTokenSource();
        var request = bundle.Edge.Client.SendAsync(bundle.Edge.Request(HttpMethod.Post, "/api/agent/hang"), leave.Token);

        await bundle.Service.Hanging.Task.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await bundle.Service.ClientLeft.Task.WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_service_that_dies_in_the_middle_of_an_answer_never_looks_like_its_end()
    {
        await using var bundle = await Bundle.StartAsync();
        using var response = await OpenAsync(bundle);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await bundle.Service.Frames.Writer.WriteAsync("data: 1\n\n", TestContext.Current.CancellationToken);
        Assert.Equal("data: 1\n\n", await ReadAsync(stream, 9));

        await bundle.Service.Frames.Writer.WriteAsync("die", TestContext.Current.CancellationToken);

        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await stream.ReadAsync(new byte[16], TestContext.Current.CancellationToken) > 0)
            {
            }
        });
        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_service_that_is_down_is_unavailable_alone_and_back_at_once(bool unix)
    {
        await using var bundle = await Bundle.StartAsync(unix);
        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));

        await bundle.StopServiceAsync();
        for (var i = 0; i < 3; i++)
        {
            var response = await SendAsync(bundle, HttpMethod.Post, "/api/agent");
            await response.IsErrorAsync(ErrorCode.Unavailable, "The agents service cannot be reached now");
            Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        }

        Assert.Equal(HttpStatusCode.OK, (await bundle.Edge.Client.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode);
        await bundle.RestartServiceAsync();

        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));
        Assert.Equal(200, RawHttp.Status(await bundle.AskAsync("/api/sessions")));
        var said = bundle.Edge.Log.Lines.Where(line => line.Text.Contains("service", StringComparison.Ordinal) && !line.Text.StartsWith("Destination", StringComparison.Ordinal));
        Assert.Equal(
            ["The agents service cannot be reached (Request); its requests are answered 503 until it is back.", "The agents service answers again."],
            said.Select(line => line.Text));
        Assert.DoesNotContain("Exception", bundle.Edge.Log.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_dies_before_it_answers_is_unavailable()
    {
        await using var bundle = await Bundle.StartAsync();

        await (await SendAsync(bundle, HttpMethod.Post, "/api/agent/die")).IsErrorAsync(ErrorCode.Unavailable);
    }

    [Fact]
    public async Task Silence_beyond_the_limit_is_a_timeout()
    {
        await using var bundle = await Bundle.StartAsync(configure: options => options.ForwardSilence = TimeSpan.FromMilliseconds(200));

        await (await SendAsync(bundle, HttpMethod.Post, "/api/agent/hang")).IsErrorAsync(ErrorCode.Timeout, "The agents service did not answer in time");
    }

    [Fact]
    public async Task Replicas_share_the_load()
    {
        await using var bundle = await Bundle.StartAsync();
        await using var second = await TestService.StartAsync(bundle.Credentials);
        await using var edge = await EdgeHost.StartAsync(
            configure: options =>
            {
                options.Proxy = true;
                options.Destinations["agents"] = [bundle.Service.Destination, second.Destination];
            },
            state: bundle.State);

        // Two random choices out of two: forty requests of which one replica gets none have a chance of 2 in 10^12.
        await AskAsync(40);
        Assert.NotEmpty(bundle.Service.Asked);
        Assert.NotEmpty(second.Asked);

        async Task AskAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                var response = await edge.Client.SendAsync(edge.Request(HttpMethod.Get, "/api/sessions"), TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }
        }
    }

    private static Task<HttpResponseMessage> OpenAsync(Bundle bundle) => bundle.Edge.Client.SendAsync(
        bundle.Edge.Request(HttpMethod.Get, "/api/events"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

    private static Task<HttpResponseMessage> SendAsync(Bundle bundle, HttpMethod method, string path) =>
        bundle.Edge.Client.SendAsync(bundle.Edge.Request(method, path), TestContext.Current.CancellationToken);

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        var buffer = new byte[length];
        await stream.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer);
    }
}
