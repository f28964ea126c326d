using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Xopc.Contracts;
using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tests.Edge;

public sealed class RequestLimitTests
{
    private const int MiB = 1024 * 1024;

    [Fact]
    public void Every_limit_of_the_listener_is_chosen_here_and_none_left_to_the_runtime()
    {
        var kestrel = new KestrelServerOptions();
        RequestLimits.Apply(kestrel, new EdgeOptions());
        var limits = kestrel.Limits;
        var text = string.Join('\n', Describe(limits).Concat(Describe(limits.Http2).Select(line => "Http2." + line)).Order(StringComparer.Ordinal));

        Assert.Equal(
            """
            Http2.HeaderTableSize=4096
            Http2.InitialConnectionWindowSize=131072
            Http2.InitialStreamWindowSize=65536
            Http2.KeepAlivePingDelay=00:01:00
            Http2.KeepAlivePingTimeout=00:00:20
            Http2.MaxFrameSize=16384
            Http2.MaxRequestHeaderFieldSize=16384
            Http2.MaxStreamsPerConnection=100
            KeepAliveTimeout=00:02:00
            MaxConcurrentConnections=4096
            MaxConcurrentUpgradedConnections=0
            MaxRequestBodySize=1048576
            MaxRequestBufferSize=49152
            MaxRequestHeaderCount=192
            MaxRequestHeadersTotalSize=49152
            MaxRequestLineSize=24576
            MaxResponseBufferSize=16384
            MinRequestBodyDataRate=240/00:00:10
            MinResponseDataRate=240/00:00:10
            RequestHeadersTimeout=00:00:15
            """,
            text);

        // Also what a new runtime adds shows up here.
        static IEnumerable<string> Describe(object of) => of.GetType().GetProperties()
            .Where(property => property.Name is not ("Http2" or "Http3"))
            .Select(property => $"{property.Name}={property.GetValue(of) switch { MinDataRate rate => $"{rate.BytesPerSecond}/{rate.GracePeriod}", var value => value }}");
    }

    [Theory]
    [InlineData("/api/echo", MiB, true)]
    [InlineData("/api/echo", MiB + 1, false)]
    [InlineData("/api/agent", 36 * MiB, true)]
    [InlineData("/api/agent", (36 * MiB) + 1, false)]
    public async Task A_body_up_to_its_routes_limit_passes_and_one_byte_more_does_not(string path, int size, bool passes)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        foreach (var chunked in new[] { false, true })
        {
            if (chunked && !passes)
            {
                // One chunk, so that hardly anything is left to send when the answer comes: a client that still sends loses it to the reset.
                var raw = await RawHttp.SendAsync(
                    edge.Address,
                    $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {EdgeHost.Token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{size:x}\r\n{new string('x', size)}\r\n0\r\n\r\n");
                Assert.Equal(413, RawHttp.Status(raw));
                continue;
            }

            // Kestrel counts the framing of chunks as body; HttpClient's chunks cost less than 1 % of it.
            var sent = chunked && passes ? size / 100 * 99 : size;
            using var request = edge.Request(HttpMethod.Post, path);
            // The server may answer while the body is still being sent; asking first keeps the answer from being lost to the reset.
            request.Headers.ExpectContinue = !chunked;
            request.Headers.TransferEncodingChunked = chunked;
            request.Content = new ByteArrayContent(new byte[sent]);
            var response = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
            if (passes)
            {
                Assert.Equal(sent.ToString(), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            }
            else
            {
                await response.IsErrorAsync(ErrorCode.PayloadTooLarge);
            }
        }
    }

    [Fact]
    public async Task An_announced_body_that_is_too_large_is_refused_before_it_is_sent()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var response = await RawHttp.SendAsync(
            edge.Address, $"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {EdgeHost.Token}\r\nContent-Length: 999999999999\r\n\r\n");

        Assert.Equal(413, RawHttp.Status(response));
        Assert.Contains("PAYLOAD_TOO_LARGE", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\n\r\n", 0)]
    [InlineData("hello\r\n\r\n", 400)]
    [InlineData("GET\r\n\r\n", 400)]
    [InlineData("GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505)]
    [InlineData("GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\nNo-Colon\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n folded: 1\r\n\r\n", 400)]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400)]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400)]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n", 400)]
    [InlineData("POST /api/echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0)]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001", 0)]
    public async Task What_is_not_http_ends_with_a_client_error_and_the_next_client_is_served(string bytes, int status)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        if (status == 0)
        {
            // Nothing that could be answered: the server waits for more, so the client ends it.
            Assert.DoesNotContain("HTTP/1.1 2", await HalfCloseAsync(edge.Address, bytes), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(status, RawHttp.Status(await RawHttp.SendAsync(edge.Address, bytes)));
        }

        Assert.Equal(HttpStatusCode.OK, (await edge.Client.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        Assert.DoesNotContain(edge.Log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task A_broken_chunk_is_a_bad_request_in_the_one_shape()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var response = await RawHttp.SendAsync(
            edge.Address,
            $"POST /api/echo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {EdgeHost.Token}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello\r\n0\r\n\r\n");

        Assert.Equal(400, RawHttp.Status(response));
        Assert.Contains("\"INVALID_REQUEST\",\"message\":\"The request body could not be read\"", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 16_000, 401)]
    [InlineData(64, 10, 401)]
    [InlineData(1, 17_000, 431)]
    [InlineData(65, 10, 431)]
    [InlineData(180, 10, 431)]
    [InlineData(40, 1000, 431)]
    public async Task Headers_are_bounded_in_number_and_size_and_too_many_are_refused_in_words(int count, int length, int status)
    {
        await using var edge = await EdgeHost.OneProcessAsync();
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-H{i}: {new string('v', length)}\r\n"));

        var response = await RawHttp.SendAsync(edge.Address, $"GET /api/who HTTP/1.0\r\n{headers}\r\n");

        Assert.Equal(status, RawHttp.Status(response));
        Assert.Contains(status == 431 ? "HEADERS_TOO_LARGE" : "UNAUTHORIZED", response, StringComparison.Ordinal);
        Assert.Contains("X-Frame-Options", response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 100_000)]
    [InlineData(300, 10)]
    public async Task Beyond_three_times_the_limit_the_listener_itself_refuses(int count, int length)
    {
        await using var edge = await EdgeHost.OneProcessAsync();
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-H{i}: {new string('v', length)}\r\n"));

        Assert.Equal(431, RawHttp.Status(await RawHttp.SendAsync(edge.Address, $"GET /api/who HTTP/1.0\r\n{headers}\r\n")));
        Assert.Equal(414, RawHttp.Status(await RawHttp.GetAsync(edge.Address, "/" + new string('a', 25_000))));
    }

    [Fact]
    public async Task A_request_line_is_bounded()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var longest = RequestLimits.RequestLine - "GET / HTTP/1.1\r\n".Length;
        Assert.Equal(404, RawHttp.Status(await RawHttp.GetAsync(edge.Address, "/" + new string('a', longest))));

        var response = await RawHttp.GetAsync(edge.Address, "/" + new string('a', longest + 1));

        Assert.Equal(414, RawHttp.Status(response));
        Assert.Contains("{\"error\":{\"code\":\"INVALID_REQUEST\",\"message\":\"The address of the request is too long\"}}", response, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_connection_too_many_is_refused_and_a_freed_place_is_used_again()
    {
        await using var edge = await EdgeHost.StartAsync(configure: options => options.MaxConcurrentConnections = 1);
        var held = new TcpClient();
        await held.ConnectAsync(IPAddress.Loopback, edge.Address.Port, TestContext.Current.CancellationToken);
        await held.GetStream().WriteAsync("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(await held.GetStream().ReadAsync(new byte[4096], TestContext.Current.CancellationToken) > 0);

        Assert.Equal("", await RawHttp.GetAsync(edge.Address, "/health"));

        held.Dispose();
        string answer;
        do
        {
            // The server notices a closed connection in its own time; the limit of the test run bounds this loop.
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            answer = await RawHttp.GetAsync(edge.Address, "/health");
        }
        while (answer.Length == 0);

        Assert.Equal(200, RawHttp.Status(answer));
    }

    private static async Task<string> HalfCloseAsync(Uri address, string bytes)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), TestContext.Current.CancellationToken);
        client.Client.Shutdown(SocketShutdown.Send);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(EdgeHost.Limit, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
