using System.Net;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Tests.Proxy;

namespace Xopc.Gateway.Tests.Edge;

public sealed class ForwardedHeaderTests
{
    private const string Proxies = """{"trustedProxies":["127.0.0.1","10.0.0.0/8","2001:db8:aaaa::/48","::ffff:198.51.100.0/120"]}""";
    private static readonly string Credential = $"Authorization: Bearer {EdgeHost.Token}";

    [Theory]
    // One proxy: what it appended, whatever the client wrote before.
    [InlineData("10.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "1.1.1.1, 127.0.0.1, 10.9.9.9, 203.0.113.7", "203.0.113.7")]
    // Several: listed ones are passed over from the right.
    [InlineData("10.0.0.1", "203.0.113.7, 10.0.0.2", "203.0.113.7")]
    [InlineData("10.0.0.1", "9.9.9.9, 203.0.113.7, 10.0.0.3, 10.0.0.2", "203.0.113.7")]
    [InlineData("10.0.0.1", "203.0.113.7,10.0.0.2,198.51.100.9", "203.0.113.7")]
    [InlineData("2001:db8:aaaa::1", "203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7")]
    // Every address listed: the leftmost.
    [InlineData("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3")]
    // Ports, brackets, mapped addresses, blanks.
    [InlineData("10.0.0.1", "203.0.113.7:4711", "203.0.113.7")]
    [InlineData("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7")]
    [InlineData("10.0.0.1", "[2001:db8::7]", "2001:db8::7")]
    [InlineData("10.0.0.1", "2001:DB8:0:0::7", "2001:db8::7")]
    [InlineData("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.1", "  203.0.113.7  ", "203.0.113.7")]
    // Garbage ends the walk: the proxy that stands right of it is all that is known.
    [InlineData("10.0.0.1", "garbage", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.7, unknown", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.7, garbage, 10.0.0.2", "10.0.0.2")]
    [InlineData("10.0.0.1", "203.0.113.7,", "10.0.0.1")]
    [InlineData("10.0.0.1", "", "10.0.0.1")]
    [InlineData("10.0.0.1", ",,,,", "10.0.0.1")]
    [InlineData("10.0.0.1", "127.1", "10.0.0.1")]
    [InlineData("10.0.0.1", "0x7f000001", "10.0.0.1")]
    [InlineData("10.0.0.1", "2130706433", "10.0.0.1")]
    [InlineData("10.0.0.1", "010.0.0.9", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.7:99999999", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.7:", "10.0.0.1")]
    [InlineData("10.0.0.1", "fe80::1%eth0", "10.0.0.1")]
    [InlineData("10.0.0.1", "[::1", "10.0.0.1")]
    [InlineData("10.0.0.1", "[203.0.113.7]x", "10.0.0.1")]
    [InlineData("10.0.0.1", "localhost", "10.0.0.1")]
    [InlineData("10.0.0.1", "\"203.0.113.7\"", "10.0.0.1")]
    [InlineData("10.0.0.1", "203.0.113.7\t\u00a0", "10.0.0.1")]
    // Nobody who is not listed is believed.
    [InlineData("203.0.113.50", "127.0.0.1", "203.0.113.50")]
    [InlineData("203.0.113.50", "10.0.0.1", "203.0.113.50")]
    [InlineData("11.0.0.1", "127.0.0.1", "11.0.0.1")]
    [InlineData("2001:db8:aaab::1", "127.0.0.1", "2001:db8:aaab::1")]
    public async Task The_client_is_the_rightmost_address_that_is_no_listed_proxy(string peer, string forwardedFor, string client)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Proxies);

        var answer = await RawHttp.GetAsync(edge.Address, "/api/from", Credential, $"{EdgeHost.PeerHeader}: {peer}", $"X-Forwarded-For: {forwardedFor}");

        Assert.Contains($"\r\n{client} http://localhost", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_header_lines_are_one_list()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Proxies);

        var answer = await RawHttp.GetAsync(
            edge.Address, "/api/from", Credential, $"{EdgeHost.PeerHeader}: 10.0.0.1", "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 203.0.113.7, 10.0.0.3", "X-Forwarded-For: 10.0.0.2");

        Assert.Contains("\r\n203.0.113.7 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ten_thousand_entries_sixteen_are_read()
    {
        var proxies = new TrustedProxies(["10.0.0.0/8"]);
        var long_ = string.Join(", ", Enumerable.Repeat("203.0.113.7", 1).Concat(Enumerable.Repeat("10.0.0.9", 10_000)));
        var nothing = new string(',', 60_000);

        Assert.Equal((IPAddress.Parse("10.0.0.9"), EntriesFromRight.MaxEntries), ForwardedHeaders.Walk(long_, IPAddress.Parse("10.0.0.1"), proxies));
        Assert.Equal((IPAddress.Parse("10.0.0.1"), 0), ForwardedHeaders.Walk(nothing, IPAddress.Parse("10.0.0.1"), proxies));
    }

    [Theory]
    [InlineData("https", "xopc.example", "https://xopc.example")]
    [InlineData("HTTPS", "xopc.example:8443", "https://xopc.example:8443")]
    [InlineData("ftp", "xopc.example", "http://xopc.example")]
    [InlineData("https", "xopc.example/../x", "https://localhost")]
    [InlineData("https", "a b", "https://localhost")]
    [InlineData("javascript", "[::1", "http://localhost")]
    // Of several values the one that the proxy wrote which saw the client.
    [InlineData("http, https", "evil.example, xopc.example", "https://xopc.example")]
    public async Task Scheme_and_host_are_what_the_listed_proxy_was_asked_for(string proto, string host, string address)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Proxies);
        string[] headers = ["X-Forwarded-For: 203.0.113.7", $"X-Forwarded-Proto: {proto}", $"X-Forwarded-Host: {host}", Credential];

        var listed = await RawHttp.GetAsync(edge.Address, "/api/from", [$"{EdgeHost.PeerHeader}: 10.0.0.1", .. headers]);
        var unlisted = await RawHttp.GetAsync(edge.Address, "/api/from", [$"{EdgeHost.PeerHeader}: 11.0.0.1", .. headers]);

        Assert.Contains($"\r\n203.0.113.7 {address}\r\n", listed, StringComparison.Ordinal);
        Assert.Contains("\r\n11.0.0.1 http://localhost\r\n", unlisted, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "10.0.0.1", "203.0.113.7", null, "203.0.113.7")]
    [InlineData(false, "10.0.0.1", "203.0.113.7", null, "10.0.0.1")]
    [InlineData(true, "11.0.0.1", "203.0.113.7", null, "11.0.0.1")]
    [InlineData(true, "10.0.0.1", "203.0.113.7", "203.0.113.8", "203.0.113.8")]
    [InlineData(true, "10.0.0.1", "garbage", null, "10.0.0.1")]
    public async Task Another_header_for_the_address_counts_only_where_it_was_allowed_and_the_first_is_missing(
        bool allowed, string peer, string real, string? forwardedFor, string client)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: $$"""{"trustedProxies":["10.0.0.0/8"],"allowRealIpFallback":{{(allowed ? "true" : "false")}}}""");
        string[] more = forwardedFor is null ? [] : [$"X-Forwarded-For: {forwardedFor}"];

        var answer = await RawHttp.GetAsync(edge.Address, "/api/from", [Credential, $"{EdgeHost.PeerHeader}: {peer}", $"X-Real-IP: {real}", .. more]);

        Assert.Contains($"\r\n{client} ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("11.0.0.1")]
    public async Task Nothing_that_was_forwarded_is_left_for_those_behind(string peer)
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Proxies);
        string[] forwarded =
        [
            "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: x", "X-Forwarded-Port: 1", "X-Forwarded-Prefix: /x", "x-forwarded-user: admin", "X-FORWARDED-SSL: on",
            "Forwarded: for=1.2.3.4", "X-Real-IP: 1.2.3.4", "CF-Connecting-IP: 1.2.3.4", "True-Client-IP: 1.2.3.4", "X-Client-IP: 1.2.3.4", "X-Cluster-Client-IP: 1.2.3.4", "X-Original-URL: /api/config",
            "X-Rewrite-URL: /api/config",
        ];

        var answer = Body(await RawHttp.GetAsync(edge.Address, "/api/headers", [Credential, $"{EdgeHost.PeerHeader}: {peer}", .. forwarded]));

        Assert.Contains("Authorization", answer, StringComparison.Ordinal);
        Assert.All(forwarded, header => Assert.DoesNotContain("\n" + header.Split(':')[0], answer, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_service_hears_nothing_of_where_a_request_came_from()
    {
        await using var bundle = await Bundle.StartAsync();

        var answer = await bundle.AskAsync("/api/sessions", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "X-Forwarded-User: admin", "Via: 1.1 x");

        Assert.Contains("principal Principal { Id = operator", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("1.2.3.4", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Forwarded", answer, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_listed_proxies_are_read_again_without_a_restart()
    {
        await using var edge = await EdgeHost.OneProcessAsync();
        string[] headers = [Credential, $"{EdgeHost.PeerHeader}: 10.0.0.1", "X-Forwarded-For: 203.0.113.7"];
        var before = await RawHttp.GetAsync(edge.Address, "/api/from", headers);

        await edge.ReconfigureAsync("""{"trustedProxies":["10.0.0.1"]}""");

        Assert.Contains("\r\n10.0.0.1 ", before, StringComparison.Ordinal);
        Assert.Contains("\r\n203.0.113.7 ", await RawHttp.GetAsync(edge.Address, "/api/from", headers), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::1", "0.0.0.1", false)]
    public void Limiters_know_a_client_by_its_address_or_its_network_of_64_bits(string one, string other, bool same)
    {
        Assert.Equal(same, ClientKey.Of(IPAddress.Parse(one), false) == ClientKey.Of(IPAddress.Parse(other), false));
        Assert.NotEqual(ClientKey.Of(IPAddress.Parse(one), false), ClientKey.Of(IPAddress.Parse(one), unattributed: true));
    }

    [Fact]
    public async Task Over_tls_as_a_listed_proxy_says_browsers_are_told_to_stay_with_it()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: Proxies);
        string[] headers = ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: xopc.example"];

        var listed = await RawHttp.GetAsync(edge.Address, "/health", [$"{EdgeHost.PeerHeader}: 10.0.0.1", .. headers]);
        var unlisted = await RawHttp.GetAsync(edge.Address, "/health", [$"{EdgeHost.PeerHeader}: 11.0.0.1", .. headers]);

        Assert.Contains("Strict-Transport-Security: max-age=31536000\r\n", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("Strict-Transport-Security", unlisted, StringComparison.Ordinal);
        Assert.Contains("Cross-Origin-Opener-Policy: same-origin\r\n", unlisted, StringComparison.Ordinal);
        Assert.Contains("Cross-Origin-Resource-Policy: same-origin\r\n", unlisted, StringComparison.Ordinal);
    }

    private static string Body(string answer) => answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 2)..];
}
