using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Limits;
using Xopc.Gateway.Tests.Proxy;

namespace Xopc.Gateway.Tests.Edge.Limits;

public sealed class FailedAuthenticationTests
{
    private const string Wrong = "wrong";

    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UnixEpoch.AddYears(56));

    [Fact]
    public async Task Five_wrong_ones_are_401_the_sixth_is_429_and_the_right_one_ends_it()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong)));
        }

        var blocked = await AskAsync(edge, Wrong);
        var missing = await AskAsync(edge, null);
        var right = await AskAsync(edge, EdgeHost.Token);
        var after = await AskAsync(edge, Wrong);

        Assert.Equal((429, 429, 200, 401), (RawHttp.Status(blocked), RawHttp.Status(missing), RawHttp.Status(right), RawHttp.Status(after)));
        Assert.Contains("Retry-After: 300\r\n", blocked, StringComparison.Ordinal);
        Assert.Contains("""{"error":{"code":"RATE_LIMITED","message":"Too many authentication attempts"}}""", blocked, StringComparison.Ordinal);
        Assert.Single(edge.Log.Lines, line => line.Text.Contains("192.0.2.1 presented 5 wrong credentials and is blocked for 300 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Retry_after_is_what_remains_rounded_up_and_then_it_is_over()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        await FailAsync(edge, 5);

        _clock.Advance(TimeSpan.FromMilliseconds(299_500));
        Assert.Contains("Retry-After: 1\r\n", await AskAsync(edge, Wrong), StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong)));
    }

    [Fact]
    public async Task A_missing_credential_is_not_counted()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, null)));
        }

        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong)));
    }

    [Fact]
    public async Task Each_address_counts_for_itself_and_an_ipv6_network_as_one()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        for (var i = 1; i <= 5; i++)
        {
            await AskAsync(edge, Wrong, peer: $"2001:db8:1:2::{i}");
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, peer: "2001:db8:1:2:ffff::9")));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, peer: "2001:db8:1:3::1")));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, peer: "192.0.2.77")));
    }

    [Fact]
    public async Task A_mapped_address_is_the_same_caller()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        await FailAsync(edge, 5);

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, peer: "::ffff:192.0.2.1")));
    }

    [Fact]
    public async Task Programs_of_this_machine_are_never_blocked_and_its_pages_are()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, peer: "127.0.0.1")));
        }

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "127.0.0.1", "Origin: http://localhost:3000")));
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, "127.0.0.1", "Origin: http://localhost:3000")));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, peer: "127.0.0.1")));
    }

    [Fact]
    public async Task Without_the_exemption_this_machine_counts_like_any_other()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"auth":{"rateLimit":{"exemptLoopback":false,"maxAttempts":1}}}""", clock: _clock);

        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, peer: "127.0.0.1")));
        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, peer: "127.0.0.1")));
    }

    [Theory]
    [InlineData("X-Forwarded-For: 127.0.0.1")]
    [InlineData("Forwarded: for=127.0.0.1")]
    [InlineData("X-Real-IP: ::1")]
    [InlineData("Via: 1.1 proxy")]
    public async Task An_unlisted_proxy_of_this_machine_has_no_exemption_and_costs_the_machines_own_programs_nothing(string sign)
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "127.0.0.1", sign)));
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, "127.0.0.1", sign)));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, peer: "127.0.0.1")));
        Assert.Equal(200, RawHttp.Status(await AskAsync(edge, EdgeHost.Token, "127.0.0.1", sign)));
    }

    [Fact]
    public async Task Inventing_forwarded_addresses_gives_no_new_attempts()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        for (var i = 0; i < 5; i++)
        {
            await AskAsync(edge, Wrong, "192.0.2.1", $"X-Forwarded-For: 203.0.113.{i}");
        }

        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "192.0.2.1")));
        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, "192.0.2.1", "X-Forwarded-For: 203.0.113.99")));
    }

    [Fact]
    public async Task Behind_a_listed_proxy_each_client_counts_for_itself()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"trustedProxies":["10.0.0.1"]}""", clock: _clock);
        for (var i = 0; i < 5; i++)
        {
            await AskAsync(edge, Wrong, "10.0.0.1", $"X-Forwarded-For: {i}.1.1.1, 203.0.113.7");
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, "10.0.0.1", "X-Forwarded-For: 203.0.113.7")));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "10.0.0.1", "X-Forwarded-For: 203.0.113.8")));
    }

    [Fact]
    public async Task A_page_counts_apart_from_the_programs_of_its_address_and_inventing_origins_gives_no_new_attempts()
    {
        await using var edge = await EdgeHost.OneProcessAsync(gateway: """{"corsOrigins":["https://console.example","*"]}""", clock: _clock);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "192.0.2.1", $"Origin: https://invented{i}.example")));
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong, "192.0.2.1", "Origin: https://invented99.example")));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "192.0.2.1", "Origin: https://CONSOLE.example")));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, "192.0.2.1")));
    }

    [Theory]
    [InlineData("""{"auth":{"rateLimit":{"enabled":false}}}""", null)]
    [InlineData("{}", "false")]
    public async Task Switched_off_it_never_blocks(string gateway, string? variable)
    {
        var environment = new Dictionary<string, string> { ["XOPC_GATEWAY_TOKEN"] = EdgeHost.Token };
        if (variable is not null)
        {
            environment["XOPC_AUTH_RATE_LIMIT"] = variable;
        }

        await using var edge = await EdgeHost.StartAsync(gateway: gateway, environment: environment);

        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong, path: "/status")));
        }
    }

    [Fact]
    public async Task The_limit_is_read_again_without_a_restart()
    {
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        await FailAsync(edge, 5);
        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong)));

        await edge.ReconfigureAsync("""{"auth":{"rateLimit":{"maxAttempts":2}}}""");

        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong)));
        Assert.Equal(401, RawHttp.Status(await AskAsync(edge, Wrong)));
        Assert.Equal(429, RawHttp.Status(await AskAsync(edge, Wrong)));
    }

    [Fact]
    public async Task Ten_thousand_wrong_credentials_are_counted_refused_and_do_not_fill_the_log()
    {
        const int Flood = 10_000;
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        var refused = CountRefused(edge);

        await Parallel.ForAsync(0, Flood, TestContext.Current.CancellationToken, async (i, token) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/who");
            request.Headers.TryAddWithoutValidation("X-Api-Key", $"wrong-{i}");
            request.Headers.Add(EdgeHost.PeerHeader, "192.0.2.1");
            using var response = await edge.Client.SendAsync(request, token);
        });

        Assert.Equal(Flood, refused.Values.Sum());
        Assert.Equal((5, Flood - 5), (refused["credential_wrong"], refused["credential_blocked"]));
        Assert.Equal(1, edge.Services.GetRequiredService<AttemptTable>().Count);
        Assert.InRange(edge.Log.Lines.Count(line => line.Text.Contains("credential", StringComparison.Ordinal)), 1, 10);
        Assert.Equal(200, RawHttp.Status(await AskAsync(edge, EdgeHost.Token)));
    }

    [Fact]
    public async Task A_hundred_thousand_wrong_credentials_of_one_caller_cost_a_look_each()
    {
        const int Flood = 100_000;
        await using var edge = await EdgeHost.OneProcessAsync(clock: _clock);
        var failures = edge.Services.GetRequiredService<FailedAuthentications>();
        var context = new DefaultHttpContext();
        context.Features.Set(new EdgeClient(IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.1"), viaProxy: false, unattributed: false));
        var judged = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < Flood; i++)
        {
            var counting = failures.FailedAsync(context);
            Assert.True(counting.IsCompleted);
            judged += await counting is null ? 1 : 0;
        }

        Assert.Equal(5, judged);
        Assert.Equal(1, edge.Services.GetRequiredService<AttemptTable>().Count);
        Assert.True((GC.GetAllocatedBytesForCurrentThread() - before) / Flood < 256, "a look allocates next to nothing");
    }

    [Fact]
    public async Task In_front_of_a_service_the_blocked_are_refused_and_the_service_hears_nothing()
    {
        await using var bundle = await Bundle.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await AskAsync(bundle.Edge, Wrong, path: "/api/sessions");
        }

        Assert.Equal(429, RawHttp.Status(await AskAsync(bundle.Edge, Wrong, path: "/api/sessions")));
        Assert.Empty(bundle.Service.Asked);
        Assert.Equal(200, RawHttp.Status(await AskAsync(bundle.Edge, EdgeHost.Token, path: "/api/sessions")));
    }

    internal static Dictionary<string, long> CountRefused(EdgeHost edge)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var meters = edge.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "xopc.edge.refused" && instrument.Meter.Scope == meters)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            lock (counts)
            {
                var kind = (string)tags[0].Value!;
                counts[kind] = counts.GetValueOrDefault(kind) + value;
            }
        });
        listener.Start();
        return counts;
    }

    private static async Task FailAsync(EdgeHost edge, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await AskAsync(edge, Wrong);
        }
    }

    private static Task<string> AskAsync(EdgeHost edge, string? credential, string peer = "192.0.2.1", string? header = null, string path = "/api/who")
    {
        List<string> headers = [$"{EdgeHost.PeerHeader}: {peer}"];
        if (credential is not null)
        {
            headers.Add($"Authorization: Bearer {credential}");
        }

        if (header is not null)
        {
            headers.Add(header);
        }

        return RawHttp.GetAsync(edge.Address, path, [.. headers]);
    }
}
