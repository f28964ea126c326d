using Xopc.Gateway.Tests.Proxy;

namespace Xopc.Gateway.Tests.Edge;

public sealed class PreflightTests
{
    private const string Method = "Access-Control-Request-Method: PUT";

    [Theory]
    [InlineData("/api/any")]
    [InlineData("/api/who")]
    [InlineData("/api/nowhere")]
    [InlineData("/status")]
    [InlineData("/health")]
    public async Task A_preflight_is_answered_without_a_credential_and_tells_nothing_about_routes(string path)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"corsOrigins":["https://console.example"]}""");

        var answer = await AskAsync(edge, path, "https://console.example");

        Assert.StartsWith("HTTP/1.1 204 ", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: https://console.example\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Credentials: true\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Methods: GET, POST, PUT, PATCH, DELETE, OPTIONS\r\n", answer, StringComparison.Ordinal);
        Assert.Contains(
            "Access-Control-Allow-Headers: Content-Type, Authorization, Accept, X-Session-Id, X-Api-Key, Last-Event-ID, Idempotency-Key, If-Match\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Max-Age: 86400\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Vary: Origin\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("X-Frame-Options: DENY\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("https://console.example.evil.example")]
    public async Task A_foreign_page_gets_no_permission(string origin)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"corsOrigins":["https://console.example"]}""");

        var answer = await AskAsync(edge, "/api/any", origin);

        Assert.Equal(403, RawHttp.Status(answer));
        Assert.DoesNotContain("Access-Control-Allow", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task An_options_request_that_is_no_preflight_needs_a_credential_like_any_other()
    {
        await using var edge = await EdgeHost.OneProcessAsync();

        var answer = await RawHttp.SendAsync(edge.Address, "OPTIONS /api/any HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\nConnection: close\r\n\r\n");

        Assert.Equal(401, RawHttp.Status(answer));
    }

    [Theory]
    [InlineData("https://console.example", """["https://console.example"]""", true)]
    [InlineData("https://console.example", """["*"]""", false)]
    [InlineData("http://localhost:5173", """["https://console.example"]""", false)]
    public async Task Into_a_private_network_only_a_named_origin_may_reach(string origin, string listed, bool allowed)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: $$"""{"corsOrigins":{{listed}}}""");

        var answer = await AskAsync(edge, "/api/any", origin, "Access-Control-Request-Private-Network: true");

        Assert.Equal(204, RawHttp.Status(answer));
        Assert.Equal(allowed, answer.Contains("Access-Control-Allow-Private-Network: true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_front_of_a_service_origins_and_preflights_are_the_same_and_the_service_hears_of_none()
    {
        await using var bundle = await Bundle.StartAsync();

        var preflight = await AskAsync(bundle.Edge, "/api/sessions", "http://localhost:3000");
        var refused = await bundle.AskAsync("/api/sessions", "Origin: https://evil.example");
        Assert.Empty(bundle.Service.Asked);
        var allowed = await bundle.AskAsync("/api/sessions", "Origin: http://localhost:3000");

        Assert.Equal((204, 403, 200), (RawHttp.Status(preflight), RawHttp.Status(refused), RawHttp.Status(allowed)));
        Assert.Contains("Access-Control-Allow-Origin: http://localhost:3000\r\n", allowed, StringComparison.Ordinal);
    }

    private static Task<string> AskAsync(EdgeHost edge, string path, string origin, params string[] headers) => RawHttp.SendAsync(
        edge.Address,
        $"OPTIONS {path} HTTP/1.1\r\nHost: localhost:{edge.Address.Port}\r\nOrigin: {origin}\r\n{Method}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n");
}
