using System.Net;
using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tests.Edge;

public sealed class OriginTests
{
    private static readonly string[] Mutations = ["POST", "PUT", "PATCH", "DELETE"];
    private static readonly string Credential = $"Authorization: Bearer {EdgeHost.Token}";

    /// <summary>Pages that are not this gateway's, by every trick that looks like it. <c>{port}</c> is the one the edge listens on.</summary>
    private static readonly string[] Foreign =
    [
        "null", "NULL", "", "file://", "file:///home/me/page.html", "https://evil.example", "http://localhost.evil.example:{port}", "http://evil-localhost:{port}",
        "http://localhost.:{port}", "http://127.0.0.1.:{port}", "http://127.0.0.1.evil.example", "http://sub.localhost:3000", "http://127.0.0.1@evil.example", "http://evil.example#localhost",
        "http://evil.example/localhost", "http://localhost:{port}/", "http://localhost:{port}/x", "http://localhost:{port} http://evil.example", "http://localhost:{port},http://evil.example",
        "localhost:{port}", "//localhost:{port}", "javascript://localhost:{port}", "chrome-extension://localhost", "data:text/html,x", "blob:http://localhost:{port}", "http://[::1", "http://::1:{port}",
        "http://[::1]evil:{port}", "http://[::2]:{port}", "http://[::ffff:127.0.0.1]:{port}", "http://0x7f000001:{port}", "http://2130706433:{port}", "http://127.1:{port}", "http://0177.0.0.1:{port}",
        "http://127.0.0.2:{port}", "http://0.0.0.0:{port}", "http://localhost:99999", "http://localhost:", "http://localhost:+80", "http://local\u00adhost:{port}", "http://\u00eblocalhost", "http://*", "*",
    ];

    /// <summary>Pages of this machine, in every spelling that a browser sends.</summary>
    private static readonly string[] Local =
    [
        "http://localhost:{port}", "http://127.0.0.1:{port}", "http://[::1]:{port}", "http://localhost:3000", "http://127.0.0.1:3000", "http://localhost:5173", "http://localhost", "https://localhost",
        "HTTP://LOCALHOST:{port}", "http://localhost:80", "http://127.0.0.1:18790",
    ];

    [Theory]
    [InlineData("GET /api/any")]
    [InlineData("HEAD /api/any")]
    [InlineData("POST /api/any")]
    [InlineData("PUT /api/any")]
    [InlineData("PATCH /api/any")]
    [InlineData("DELETE /api/any")]
    [InlineData("OPTIONS /api/any")]
    [InlineData("TRACE /api/any")]
    [InlineData("GET /api/stream")]
    [InlineData("GET /api/events?token=" + EdgeHost.Token)]
    [InlineData("GET /api/health")]
    [InlineData("GET /api/nowhere")]
    [InlineData("GET /status")]
    [InlineData("POST /api/agent")]
    public async Task A_foreign_page_reaches_nothing_and_not_even_a_credential_is_looked_at(string request)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        foreach (var origin in Foreign)
        {
            var answer = await SendAsync(edge, request, $"Origin: {At(edge, origin)}", Credential);

            Assert.True(RawHttp.Status(answer) == 403, $"{request} from {origin} answered {answer}");
            Assert.DoesNotContain("Access-Control-Allow-Origin", answer, StringComparison.OrdinalIgnoreCase);
            Assert.True(request.StartsWith("HEAD", StringComparison.Ordinal) || answer.Contains("""{"error":{"code":"FORBIDDEN","message":"Origin not allowed"}}""", StringComparison.Ordinal), answer);
        }
    }

    [Fact]
    public async Task A_page_of_this_machine_may_call_with_every_method_and_can_read_the_answer()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        foreach (var (origin, method) in Local.SelectMany(origin => Mutations.Append("GET").Select(method => (At(edge, origin), method))))
        {
            var request = method + " /api/any";
            var answer = await SendAsync(edge, request, $"Origin: {origin}", Credential);

            Assert.True(RawHttp.Status(answer) == 200, $"{request} from {origin} answered {answer}");
            Assert.Contains($"Access-Control-Allow-Origin: {origin}\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Access-Control-Allow-Credentials: true\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Vary: Origin\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_page_of_its_own_machine_is_foreign_when_it_comes_over_the_network()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"corsOrigins":["https://console.example"]}""");

        foreach (var origin in Local)
        {
            var answer = await SendAsync(edge, "GET /api/any", $"Origin: {At(edge, origin)}", Credential, $"{EdgeHost.PeerHeader}: 192.0.2.9");

            Assert.Equal(origin is "http://localhost:3000" or "http://127.0.0.1:3000" ? 200 : 403, RawHttp.Status(answer));
        }
    }

    [Fact]
    public async Task Without_an_origin_the_credential_alone_decides()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        Assert.Equal(200, RawHttp.Status(await SendAsync(edge, "POST /api/any", Credential)));
        Assert.Equal(401, RawHttp.Status(await SendAsync(edge, "POST /api/any")));
    }

    [Theory]
    [InlineData("https://console.example", "https://console.example", true)]
    [InlineData("https://console.example", "https://Console.Example:443", true)]
    [InlineData("https://console.example:443", "https://console.example", true)]
    [InlineData("https://console.example", "http://console.example", false)]
    [InlineData("https://console.example", "https://console.example:8443", false)]
    [InlineData("https://console.example", "https://sub.console.example", false)]
    [InlineData("https://console.example", "https://console.example.", false)]
    [InlineData("https://console.example", "https://consoleXexample", false)]
    [InlineData("http://b\u00fccher.example", "http://xn--bcher-kva.example", true)]
    [InlineData("tauri://localhost", "tauri://localhost", true)]
    [InlineData("http://[2001:db8::1]:3000", "http://[2001:DB8:0::1]:3000", true)]
    public async Task A_listed_origin_is_the_whole_of_scheme_host_and_port(string listed, string origin, bool allowed)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: $$"""{"corsOrigins":["{{listed}}"]}""");

        var answer = await SendAsync(edge, "POST /api/any", $"Origin: {origin}", Credential, $"{EdgeHost.PeerHeader}: 192.0.2.9");

        Assert.Equal(allowed ? 200 : 403, RawHttp.Status(answer));
    }

    [Fact]
    public async Task Everybody_is_allowed_by_a_star_and_then_without_browser_credentials()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"corsOrigins":["*"]}""");

        var any = await SendAsync(edge, "GET /api/any", "Origin: https://anybody.example", Credential);
        var none = await SendAsync(edge, "GET /api/any", "Origin: null", Credential);

        Assert.Equal(200, RawHttp.Status(any));
        Assert.Contains("Access-Control-Allow-Origin: *\r\n", any, StringComparison.Ordinal);
        Assert.DoesNotContain("Access-Control-Allow-Credentials", any, StringComparison.Ordinal);
        Assert.Equal(403, RawHttp.Status(none));
    }

    [Theory]
    [InlineData("Origin: http://localhost:3000", "Origin: http://localhost:3000")]
    [InlineData("Origin: http://localhost:3000", "Origin: https://evil.example")]
    public async Task A_doubled_origin_is_refused(string first, string second)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        Assert.Equal(403, RawHttp.Status(await SendAsync(edge, "POST /api/any", first, second, Credential)));
    }

    [Fact]
    public async Task A_page_whose_name_was_pointed_here_is_refused_though_it_asks_its_own_host()
    {
        await using var edge = await EdgeHost.OneProcessAsync();
        var host = $"rebound.example:{edge.Address.Port}";

        foreach (var request in Mutations.Append("GET").Select(method => method + " /api/any"))
        {
            var answer = await SendAsync(edge, request, $"Host: {host}", $"Origin: http://{host}", Credential);

            Assert.Equal(403, RawHttp.Status(answer));
            Assert.Contains("Host not allowed", answer, StringComparison.Ordinal);
        }

        // Programs have a credential, and a page that is read under a foreign name has none.
        Assert.Equal(200, RawHttp.Status(await SendAsync(edge, "GET /api/any", $"Host: {host}", Credential)));
        Assert.Equal(401, RawHttp.Status(await SendAsync(edge, "GET /api/any", $"Host: {host}")));
    }

    [Theory]
    [InlineData("rebound.example", 403)]
    [InlineData("rebound.example:18790", 403)]
    [InlineData("localhost.rebound.example", 403)]
    [InlineData("localhost.", 403)]
    [InlineData("localhost:18790", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("192.168.1.20:18790", 200)]
    [InlineData("[::1]:18790", 200)]
    [InlineData("xopc.localhost", 200)]
    [InlineData("console.example", 200)]
    public async Task Where_nothing_is_asked_for_the_name_in_the_host_header_decides(string host, int status)
    {
        await using var edge = await EdgeHost.OneProcessAsync(new GatewayCredential(GatewayAuthMode.None, null), """{"corsOrigins":["https://console.example"]}""");

        Assert.Equal(status, RawHttp.Status(await SendAsync(edge, "GET /api/any", $"Host: {host}")));
    }

    [Theory]
    [InlineData("http://box.lan:18790", "box.lan:18790", null, 403)]
    [InlineData("http://box.lan:18790", "box.lan:18790", "true", 200)]
    [InlineData("http://box.lan", "box.lan:80", "true", 200)]
    [InlineData("https://box.lan", "box.lan", "true", 200)]
    [InlineData("http://box.lan:18790", "box.lan", "true", 403)]
    [InlineData("http://box.lan:18790", "other.lan:18790", "true", 403)]
    public async Task Over_the_network_the_same_host_counts_only_where_that_danger_was_chosen(string origin, string host, string? chosen, int status)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: $$"""{"dangerouslyAllowHostHeaderOriginFallback":{{chosen ?? "false"}}}""");

        Assert.Equal(status, RawHttp.Status(await SendAsync(edge, "POST /api/any", $"Host: {host}", $"Origin: {origin}", Credential, $"{EdgeHost.PeerHeader}: 192.0.2.9")));
    }

    [Fact]
    public async Task Behind_a_listed_proxy_the_host_it_was_asked_for_is_the_same_host()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"trustedProxies":["10.0.0.1"]}""");
        string[] forwarded = ["Host: 127.0.0.1:18790", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: xopc.example", Credential];

        var same = await SendAsync(edge, "POST /api/any", ["Origin: https://xopc.example", $"{EdgeHost.PeerHeader}: 10.0.0.1", .. forwarded]);
        var other = await SendAsync(edge, "POST /api/any", ["Origin: https://evil.example", $"{EdgeHost.PeerHeader}: 10.0.0.1", .. forwarded]);
        var unlisted = await SendAsync(edge, "POST /api/any", ["Origin: https://xopc.example", $"{EdgeHost.PeerHeader}: 10.0.0.2", .. forwarded]);

        Assert.Equal((200, 403, 403), (RawHttp.Status(same), RawHttp.Status(other), RawHttp.Status(unlisted)));
    }

    [Theory]
    [InlineData("X-Forwarded-For: 127.0.0.1")]
    [InlineData("X-Forwarded-For: 203.0.113.7")]
    [InlineData("X-Forwarded-Host: localhost")]
    [InlineData("Forwarded: for=203.0.113.7")]
    [InlineData("X-Real-IP: 203.0.113.7")]
    [InlineData("CF-Connecting-IP: 203.0.113.7")]
    [InlineData("Via: 1.1 Caddy")]
    public async Task Whoever_is_forwarded_by_an_unlisted_proxy_of_this_machine_is_not_on_this_machine(string sign)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        Assert.Equal(200, RawHttp.Status(await SendAsync(edge, "POST /api/any", "Origin: http://localhost:5173", Credential)));
        Assert.Equal(403, RawHttp.Status(await SendAsync(edge, "POST /api/any", "Origin: http://localhost:5173", Credential, sign)));
    }

    [Theory]
    [InlineData("POST", "cross-site", 403)]
    [InlineData("DELETE", "Cross-Site", 403)]
    [InlineData("POST", "same-origin", 200)]
    [InlineData("POST", "none", 200)]
    [InlineData("GET", "cross-site", 200)]
    public async Task A_change_by_a_page_of_another_site_that_hides_its_origin_is_refused(string method, string site, int status)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        Assert.Equal(status, RawHttp.Status(await SendAsync(edge, method + " /api/any", $"Sec-Fetch-Site: {site}", Credential)));
    }

    [Theory]
    [InlineData("GET", "/api/extensions/weather/assets/app.js", 200)]
    [InlineData("POST", "/api/extensions/weather/assets/app.js", 403)]
    [InlineData("GET", "/api/extensions/weather/assets/../../../any", 403)]
    [InlineData("GET", "/api/extensions/weather", 403)]
    [InlineData("GET", "/api/extensions//assets/app.js", 403)]
    public async Task A_sandboxed_frame_gets_files_of_its_extension_and_nothing_else(string method, string target, int status)
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        Assert.Equal(status, RawHttp.Status(await SendAsync(edge, $"{method} {target}", "Origin: null", Credential)));
    }

    [Fact]
    public async Task Refusals_of_every_kind_can_be_read_by_an_allowed_page()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"corsOrigins":["https://console.example"],"auth":{"rateLimit":{"maxAttempts":1}}}""");
        const string Origin = "Origin: https://console.example";

        string[] answers =
        [
            await SendAsync(edge, "GET /api/any", Origin), // 401
            await SendAsync(edge, "GET /api/nowhere", Origin, Credential), // 404
            await SendAsync(edge, "DELETE /api/who", Origin, Credential), // 405
            await SendAsync(edge, "POST /api/echo", Origin, Credential, "Content-Length: 99999999"), // 413
            await SendAsync(edge, "GET /api/any", [Origin, Credential, .. Enumerable.Range(0, 70).Select(i => $"X-{i}: 1")]), // 431
            await SendAsync(edge, "GET /api/throws", Origin, Credential), // 500
            await SendAsync(edge, "GET /api/any", Origin, "Authorization: Bearer wrong"), // 401
            await SendAsync(edge, "GET /api/any", Origin, "Authorization: Bearer wrong"), // 429
        ];

        Assert.Equal([401, 404, 405, 413, 431, 500, 401, 429], answers.Select(RawHttp.Status));
        Assert.All(answers, answer => Assert.Contains("Access-Control-Allow-Origin: https://console.example\r\n", answer, StringComparison.Ordinal));
        Assert.All(answers, answer => Assert.Contains("Access-Control-Expose-Headers: Retry-After, ETag, RateLimit, RateLimit-Policy, Location\r\n", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_open_to_everybody_is_open_to_every_page_outside_the_api()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        foreach (var path in new[] { "/", "/health", "/open" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Origin", "https://evil.example");
            var response = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task The_list_of_origins_is_read_again_without_a_restart()
    {
        await using var edge = await EdgeHost.OneProcessAsync();
        string[] request = ["Origin: https://console.example", Credential];
        var before = await SendAsync(edge, "POST /api/any", request);

        await edge.ReconfigureAsync("""{"corsOrigins":["https://console.example"]}""");

        Assert.Equal((403, 200), (RawHttp.Status(before), RawHttp.Status(await SendAsync(edge, "POST /api/any", request))));
    }

    private static string At(EdgeHost edge, string origin) => origin.Replace("{port}", edge.Address.Port.ToString(), StringComparison.Ordinal);

    private static Task<string> SendAsync(EdgeHost edge, string request, params string[] headers)
    {
        var host = headers.Any(header => header.StartsWith("Host:", StringComparison.Ordinal)) ? "" : $"Host: localhost:{edge.Address.Port}\r\n";
        var length = headers.Any(header => header.StartsWith("Content-Length:", StringComparison.Ordinal)) ? "" : "Content-Length: 0\r\n";
        return RawHttp.SendAsync(edge.Address, $"{request} HTTP/1.1\r\n{host}Connection: close\r\n{length}{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");
    }
}
