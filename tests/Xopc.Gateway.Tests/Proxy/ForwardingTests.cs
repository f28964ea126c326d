using System.Net;
using System.Net.Http.Headers;
using Xopc.Contracts;
using Xopc.Gateway.Proxy;

namespace Xopc.Gateway.Tests.Proxy;

public sealed class ForwardingTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_reaches_its_service_as_the_signed_principal(bool unix)
    {
        await using var bundle = await Bundle.StartAsync(unix);

        var answer = await bundle.AskAsync("/api/sessions/main%3Atelegram?limit=5&q=a%20b");

        Assert.Equal(200, RawHttp.Status(answer));
        Assert.Contains("principal Principal { Id = operator, Scope = Admin", answer, StringComparison.Ordinal);
        Assert.Contains("target GET /api/sessions/main:telegram?limit=5&q=a%20b", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/sessions")]
    [InlineData("/api/sessions/")]
    [InlineData("/api/sessions/a%2Fb")]
    [InlineData("/api/sessions/%E4%BD%A0%E5%A5%BD")]
    [InlineData("/api/sessions/a%25b")]
    [InlineData("/api/sessions/a+b%20c")]
    [InlineData("/api/sessions?x=%2F%3f&y=1&&=&z")]
    [InlineData("/api/sessions?x='\"<>{}|`")]
    [InlineData("/api/sessions/..%2f..%2fconfig")]
    [InlineData("/api/sessions/..%5cconfig")]
    [InlineData("/api/sessions/a;b=c:d@e!$&'()*,")]
    [InlineData("/API/Sessions")]
    public async Task What_is_signed_is_what_arrives_however_the_target_is_spelled(string target)
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await bundle.AskAsync(target);

        Assert.True(RawHttp.Status(answer) == 200, answer + bundle.Service.Log);
        Assert.Contains("target GET /api/sessions", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("/api/config", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_and_claims_stay_at_the_edge()
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await bundle.AskAsync(
            $"/api/sessions?token={EdgeHost.Token}&a=1&TOKEN=x&%74oken=y",
            $"X-Api-Key: {EdgeHost.Token}", "Cookie: token=secret", "X-Xopc-Principal: v1.forged", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Host: evil",
            "X-Forwarded-Proto: https", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6", "X-Original-URL: /api/config", "X-Custom: kept");

        Assert.Equal(200, RawHttp.Status(answer));
        Assert.Contains("target GET /api/sessions?a=1\r\n", answer.ReplaceLineEndings("\r\n"), StringComparison.Ordinal);
        Assert.Contains("header X-Custom: kept", answer, StringComparison.Ordinal);
        foreach (var never in new[] { "X-Forwarded", EdgeHost.Token, "6.6.6.6", "evil", "secret", "forged", "Authorization", "X-Api-Key", "Cookie", "X-Original-URL" })
        {
            Assert.DoesNotContain(never, answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Hop_by_hop_headers_end_at_the_edge_and_the_edges_own_cannot_be_named_away()
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await RawHttp.SendAsync(
            bundle.Edge.Address,
            $"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {EdgeHost.Token}\r\n"
            + "Connection: keep-alive, X-Xopc-Principal, bad name\r\nProxy-Connection: x\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nX-Stays: here\r\n\r\n"
            // The second request only ends the connection.
            + "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Equal(200, RawHttp.Status(answer));
        Assert.Contains("principal Principal { Id = operator", answer, StringComparison.Ordinal);
        Assert.Contains("X-Stays: here", answer, StringComparison.Ordinal);
        foreach (var hop in new[] { "header Proxy-Connection", "header Keep-Alive", "header TE", "header Upgrade", "header Connection" })
        {
            Assert.DoesNotContain(hop, answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Headers_that_the_client_names_hop_by_hop_end_at_the_edge_too()
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await RawHttp.SendAsync(
            bundle.Edge.Address,
            $"GET /api/sessions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {EdgeHost.Token}\r\n"
            + "Connection: X-Mine, X-Xopc-Principal, Content-Length, Host, ?, bad name\r\nX-Mine: a\r\nX-Stays: b\r\nTrailer: X-Late\r\nProxy-Authorization: Basic c\r\n\r\n"
            + "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Equal(200, RawHttp.Status(answer));
        Assert.Contains("principal Principal { Id = operator", answer, StringComparison.Ordinal);
        Assert.Contains("X-Stays: b", answer, StringComparison.Ordinal);
        foreach (var hop in new[] { "X-Mine", "header Trailer", "header Proxy-Auth", "header Connection" })
        {
            Assert.DoesNotContain(hop, answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 40", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity", "0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked", "0\r\n\r\n")]
    [InlineData("Content-Length: 0\r\nContent-Length: 44", "")]
    [InlineData("Content-Length: +0", "")]
    [InlineData("Content-Length: 0\n", "")]
    public async Task A_request_with_two_lengths_is_one_request_or_none(string framing, string body)
    {
        await using var bundle = await Bundle.StartAsync();

        // Whoever takes the shorter length sees a second request behind the first.
        await RawHttp.SendAsync(
            bundle.Edge.Address,
            $"POST /api/agent HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {EdgeHost.Token}\r\n{framing}\r\n\r\n{body}"
            + "DELETE /api/sessions/smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.DoesNotContain(bundle.Service.Asked, request => request.Contains("smuggled", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_is_forwarded_for_a_stranger()
    {
        await using var bundle = await Bundle.StartAsync();

        foreach (var route in ServiceRoute.All)
        {
            var path = route.Path.Replace("{id}", "x", StringComparison.Ordinal);
            foreach (var method in new[] { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE" })
            {
                var answer = await bundle.Edge.Client.SendAsync(
                    new HttpRequestMessage(new HttpMethod(method), new Uri(bundle.Edge.Address, path)), TestContext.Current.CancellationToken);
                var expected = route.Secret is not null && method != "POST" ? HttpStatusCode.MethodNotAllowed : HttpStatusCode.Unauthorized;
                Assert.True(answer.StatusCode == expected, $"{method} {path} answered {answer.StatusCode}");
            }
        }

        Assert.Empty(bundle.Service.Arrived);
    }

    [Fact]
    public async Task Paths_without_a_service_end_at_the_edge()
    {
        await using var bundle = await Bundle.StartAsync();

        await (await SendAsync(bundle, HttpMethod.Get, "/api/nowhere")).IsErrorAsync(ErrorCode.NotFound);
        await (await SendAsync(bundle, HttpMethod.Get, "/api/sessionsx")).IsErrorAsync(ErrorCode.NotFound);
        await (await SendAsync(bundle, HttpMethod.Get, "/alive")).IsErrorAsync(ErrorCode.NotFound);
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    [InlineData("BREW")]
    public async Task Which_methods_a_path_answers_is_the_services_to_say(string method)
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await SendAsync(bundle, new HttpMethod(method), "/api/sessions");

        Assert.Contains($"target {method} /api/sessions", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("grüße in UTF-8: \u00c3\u00bc")]
    [InlineData("latin \u00fc and no text at all: \u00ff\u00fe")]
    public async Task A_header_arrives_with_the_bytes_it_had(string value)
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await bundle.AskAsync("/api/sessions", "X-Client: " + value);

        Assert.Equal(200, RawHttp.Status(answer));
        Assert.Contains("header X-Client: " + value, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/sessions", "POST", "agents")]
    [InlineData("/api/events/x", "GET", "agents")]
    [InlineData("/api/message/sync", "POST", "agents")]
    [InlineData("/api/message", "POST", "channels")]
    [InlineData("/api/deliveries", "GET", "channels")]
    [InlineData("/api/cron/abc/toggle", "POST", "scheduler")]
    [InlineData("/api/heartbeat/trigger", "POST", "scheduler")]
    public async Task Each_path_goes_to_the_service_that_owns_it(string path, string method, string owner)
    {
        // Only the owner exists; the others' addresses lead nowhere.
        await using var bundle = await Bundle.StartAsync(configure: options =>
        {
            foreach (var name in XopcServices.All.Where(name => name != owner))
            {
                options.Destinations[name] = ["unix:/nonexistent/x.sock"];
            }
        });

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(bundle, new HttpMethod(method), path)).StatusCode);
    }

    [Fact]
    public async Task What_a_service_answers_passes_untouched_and_carries_the_edges_headers()
    {
        await using var bundle = await Bundle.StartAsync();

        var response = await SendAsync(bundle, HttpMethod.Get, "/api/agent/teapot");

        await response.IsErrorAsync(ErrorCode.SessionBusy, "Full");
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter?.Delta);
        Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
        Assert.False(response.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData(36 * 1024 * 1024, true)]
    [InlineData((36 * 1024 * 1024) + 1, false)]
    public async Task Bodies_pass_up_to_the_routes_limit_and_not_beyond_it(int size, bool passes)
    {
        await using var bundle = await Bundle.StartAsync();

        foreach (var chunked in new[] { false, true })
        {
            var sent = chunked && passes ? size / 100 * 99 : size;
            var request = bundle.Edge.Request(HttpMethod.Post, "/api/agent");
            request.Headers.ExpectContinue = !chunked;
            request.Headers.TransferEncodingChunked = chunked;
            request.Content = new ByteArrayContent(new byte[sent]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            var response = await bundle.Edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
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

    [Theory]
    [InlineData("", "")]
    [InlineData("?token=x", "")]
    [InlineData("?a=1&token=x&b=2", "?a=1&b=2")]
    [InlineData("?Token=x&tokens=1", "?tokens=1")]
    [InlineData("?%74%6fken=x&a", "?a")]
    [InlineData("?token&a=%zz", "?a=%zz")]
    [InlineData("?a=token=x", "?a=token=x")]
    public void The_query_loses_the_token_and_nothing_else(string query, string expected) =>
        Assert.Equal(expected, ForwardTransform.WithoutToken(new Microsoft.AspNetCore.Http.QueryString(query)).ToString());

    [Theory]
    [InlineData("unix:/run/xopc/ab12.sock", "/run/xopc/ab12.sock")]
    [InlineData("unix:/home/ä b/run/x.sock", "/home/ä b/run/x.sock")]
    [InlineData("http://10.0.0.7:5102", null)]
    public void A_sockets_path_travels_as_a_host_name(string destination, string? path) =>
        Assert.Equal(path, UnixDestination.FindPath(new Uri(UnixDestination.ToAddress(destination)).Host));

    [Fact]
    public void The_longest_socket_path_fits_into_a_host_name()
    {
        var path = "/" + new string('p', 107);

        Assert.Equal(path, UnixDestination.FindPath(new Uri(UnixDestination.ToAddress("unix:" + path)).Host));
    }

    private static Task<HttpResponseMessage> SendAsync(Bundle bundle, HttpMethod method, string path) =>
        bundle.Edge.Client.SendAsync(bundle.Edge.Request(method, path), TestContext.Current.CancellationToken);
}
