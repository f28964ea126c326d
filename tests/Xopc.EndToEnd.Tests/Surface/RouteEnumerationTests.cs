using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.OpenApi;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Every endpoint of the endpoint table with every kind of caller, in both shapes. A new endpoint is covered by being mapped.</summary>
public sealed class RouteEnumerationTests
{
    // Beyond the rule that GET reads and everything else writes.
    private static readonly Dictionary<string, OperatorScope> Exceptions = new(StringComparer.Ordinal)
    {
        ["GET /api/config"] = OperatorScope.Admin, ["PATCH /api/config"] = OperatorScope.Admin, ["POST /api/config/reload"] = OperatorScope.Admin,
        ["POST /api/config/validate"] = OperatorScope.Admin, ["GET /api/config/schema"] = OperatorScope.Admin, ["GET /api/keys"] = OperatorScope.Admin,
        ["POST /api/keys"] = OperatorScope.Admin, ["GET /api/keys/{id}"] = OperatorScope.Admin, ["DELETE /api/keys/{id}"] = OperatorScope.Admin,
        ["GET /api/auth/token"] = OperatorScope.Admin, ["POST /api/auth/token/refresh"] = OperatorScope.Admin, ["POST /api/logs/level"] = OperatorScope.Admin,
        ["GET /api/security/audit"] = OperatorScope.Admin, ["POST /api/auth/ticket"] = OperatorScope.Read, ["POST /api/cron/preview"] = OperatorScope.Read,
        ["GET /api/channels/pairing"] = OperatorScope.Admin, ["GET /api/channels/pairing/summary"] = OperatorScope.Admin, ["POST /api/channels/pairing/approve"] = OperatorScope.Admin,
        ["POST /api/channels/pairing/approve-sender"] = OperatorScope.Admin, ["DELETE /api/channels/pairing/paired"] = OperatorScope.Admin,
        ["DELETE /api/channels/pairing/pending"] = OperatorScope.Admin,
    };

    private static readonly string[] Open =
    [
        "GET /", "HEAD /", "GET /api", "GET /auth/redeem", "GET /health", "HEAD /health", "GET /api/health", "HEAD /api/health", "GET /reference/reference.js", "GET /reference/reference.css",
        "POST /webhooks/telegram/{account}",
    ];

    // What a key that is limited elsewhere gets where neither the path nor the method says it.
    private static readonly Dictionary<string, int> OfLimitedKeys = new(StringComparer.Ordinal)
    {
        ["POST /api/agent"] = 404, ["POST /api/agent/resume"] = 404, ["POST /api/agent/abort"] = 200, ["POST /api/agent/steer"] = 404, ["POST /api/sessions"] = 404,
        ["GET /api/workspace/inbound-file"] = 404, ["POST /api/auth/ticket"] = 200,
        ["POST /api/message"] = 404, ["POST /api/send"] = 404, ["POST /api/message/sync"] = 404,
        ["POST /api/cron"] = 404, ["POST /api/cron/create"] = 404, ["POST /api/cron/trigger"] = 404, ["POST /api/cron/preview"] = 200,
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_gets_in_without_a_credential_or_with_a_wrong_one(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var check = await SurfaceCheck.StartAsync(host);
        var keys = await SurfaceKeys.CreateAsync(host);

        foreach (var route in Routes(host).Where(route => route.Scope.PublicReason is null))
        {
            foreach (var (kind, name, value) in WrongCredentials(keys))
            {
                using var request = host.Anonymous(new HttpMethod(route.Method), route.Target(check.Objects), route.Body(check.Objects));
                if (name is not null)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }

                await check.ExpectAsync(route, kind, request, kind == "the cookie of a page" && IsPage(route) ? 200 : 401);
            }
        }

        await check.NothingHappenedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_may_read_reads_and_changes_nothing(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var check = await SurfaceCheck.StartAsync(host);
        var keys = await SurfaceKeys.CreateAsync(host);

        foreach (var route in Routes(host).Where(route => route.Scope.Required > OperatorScope.Read))
        {
            await check.ExpectAsync(route, "a key that may read", keys.Reader, 403);
            if (route.Scope.Required is OperatorScope.Admin)
            {
                await check.ExpectAsync(route, "a key that may write", keys.Writer, 403);
            }
        }

        await check.NothingHappenedAsync();
        foreach (var route in Described(host).Where(route => route.Scope.Required is OperatorScope.Read))
        {
            await check.ExpectAsync(route, "a key that may read", keys.Reader, 200, mayTell: true);
        }

        Assert.Empty(check.Faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_belongs_to_others_is_not_there(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var check = await SurfaceCheck.StartAsync(host);
        var keys = await SurfaceKeys.CreateAsync(host);

        foreach (var route in Routes(host).Where(route => route.Scope.PublicReason is null))
        {
            var expected = ExpectedOfLimited(route);
            await check.ExpectAsync(route, "a key of another agent", keys.OfOtherAgent, expected);
            await check.ExpectAsync(route, "a key of another session", keys.OfOtherSession, expected);
        }

        await check.NothingHappenedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_theirs_is_there_for_limited_keys_and_nothing_besides(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var check = await SurfaceCheck.StartAsync(host);
        var own = await SurfaceObjects.CreateAsync(host);
        var ofSession = (string)(await host.AskAsync(
            HttpMethod.Post, "/api/keys", new JsonObject { ["name"] = "own", ["scope"] = "write", ["sessions"] = new JsonArray(own.SessionKey, own.ChatSession, own.JobSession) }))["payload"]!["key"]!;

        foreach (var route in Described(host).Where(route => route.Scope.Required is OperatorScope.Read && !IsWhole(route)))
        {
            using var request = host.Request(new HttpMethod(route.Method), route.Target(own), route.Body(own), ofSession);
            await check.ExpectAsync(route, "a key of this session", request, 200);
        }

        var list = await host.AskAsync(HttpMethod.Get, "/api/sessions", credential: ofSession);
        Assert.Equal([own.SessionKey], list["items"]!.AsArray().Select(item => (string)item!["key"]!));
        await check.NothingHappenedAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_events_of_a_limited_key_are_those_of_its_sessions(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var check = await SurfaceCheck.StartAsync(host);
        var keys = await SurfaceKeys.CreateAsync(host);
        using var response = await host.Client.SendAsync(host.Request(HttpMethod.Get, "/api/events", credential: keys.OfOtherSession), HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Wait.Cancelled));

        await host.AskAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "for nobody else", ["sessionKey"] = check.Objects.SessionKey });
        await host.AskAsync(HttpMethod.Post, "/api/agent", new JsonObject { ["message"] = "mine", ["sessionKey"] = SurfaceKeys.OtherSession }, keys.OfOtherSession);

        var told = "";
        while (!told.Contains("message_end", StringComparison.Ordinal))
        {
            told += await reader.ReadLineAsync(Wait.Cancelled).AsTask().WaitAsync(Wait.Generous, Wait.Cancelled) ?? throw new InvalidOperationException("The events ended: " + told);
        }

        Assert.Contains(SurfaceKeys.OtherSession, told, StringComparison.Ordinal);
        Assert.DoesNotContain(check.Objects.Mark, told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_public_says_why_and_answers_anybody_the_same(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var check = await SurfaceCheck.StartAsync(host);

        foreach (var route in Described(host).Where(route => route.Scope.PublicReason is not null))
        {
            Assert.True(route.Scope.PublicReason!.Length > 20, $"{route} is public and hardly says why.");
            using var request = host.Anonymous(new HttpMethod(route.Method), route.Target(check.Objects), route.Body(check.Objects));
            await check.ExpectAsync(route, "anybody", request, route.Template is "/auth/redeem" or "/webhooks/telegram/{account}" ? 401 : 200); // those ask for a code or secret of their own
        }

        Assert.Empty(check.Faults);
    }

    [Fact]
    public async Task Reading_needs_read_changing_needs_write_and_the_exceptions_have_names()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: false);
        var routes = Described(host).ToList();

        var faults = routes.Where(route => route.Scope.PublicReason is null).Where(route => route.Scope.Required != Expected(route))
            .Select(route => $"{route} needs {route.Scope.Required} instead of {Expected(route)}");

        Assert.Empty(faults);
        Assert.Equal(Open.Order(StringComparer.Ordinal), routes.Where(route => route.Scope.PublicReason is not null).Select(route => route.ToString()).Order(StringComparer.Ordinal));
        Assert.Empty(Exceptions.Keys.Concat(OfLimitedKeys.Keys).Except(routes.Select(route => route.ToString())));

        static OperatorScope Expected(SurfaceRoute route) =>
            Exceptions.TryGetValue(route.ToString(), out var exception) ? exception : route.Method is "GET" or "HEAD" ? OperatorScope.Read : OperatorScope.Write;
    }

    [Theory]
    [InlineData("agents")]
    [InlineData("channels")]
    [InlineData("scheduler")]
    public async Task A_service_believes_nobody_but_the_edge(string service)
    {
        await using var host = await SurfaceHost.StartAsync(bundle: true);
        var check = await SurfaceCheck.StartAsync(host);

        foreach (var route in SurfaceRoute.Of(host.Endpoints.Except(host.EdgeEndpoints)).Where(route => route.Scope.PublicReason is null))
        {
            using var request = host.Request(new HttpMethod(route.Method), route.Target(check.Objects), route.Body(check.Objects));
            request.RequestUri = new Uri(host.AddressOf(service), request.RequestUri!.PathAndQuery);
            await check.ExpectAsync(route, "the main token, past the edge", request, 401);
        }

        Assert.Empty(check.Faults);
    }

    private static IEnumerable<(string Kind, string? Header, string? Value)> WrongCredentials(SurfaceKeys keys) =>
    [
        ("no credential", null, null), ("a wrong token", "Authorization", "Bearer " + new string('f', 48)), ("a wrong key", "X-Api-Key", "0"),
        ("an empty token", "Authorization", "Bearer "), ("a cut token", "Authorization", "Bearer " + SurfaceHost.Token[..^1]), ("another scheme", "Authorization", "Basic " + SurfaceHost.Token),
        ("a key with a wrong secret", "Authorization", "Bearer " + keys.WrongSecret), ("a key of an unknown id", "X-Api-Key", keys.UnknownId),
        ("a revoked key", "X-Api-Key", keys.Revoked), ("an expired key", "Authorization", "Bearer " + keys.Expired), ("the cookie of a page", "Cookie", keys.Cookie),
    ];

    // Null: whatever is no fault of ours and tells nothing.
    private static int? ExpectedOfLimited(SurfaceRoute route) =>
        route.Endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not null ? null
        : IsWhole(route) || route.NamesAnObject ? 404
        : OfLimitedKeys.TryGetValue(route.ToString(), out var own) ? own
        : route.Method is "GET" or "HEAD" ? 200
        : throw new InvalidOperationException($"{route}: say what a limited key gets there.");

    private static bool IsWhole(SurfaceRoute route) => route.Scope.Required is OperatorScope.Admin || route.Endpoint.Metadata.GetMetadata<WholeInstallationEndpoint>() is not null;

    private static bool IsPage(SurfaceRoute route) => route.Endpoint.Metadata.GetMetadata<PageEndpoint>() is not null && route.Method is "GET" or "HEAD";

    /// <summary>Everything that can be reached from outside: the forwarded paths too, with or without something behind them.</summary>
    private static IEnumerable<SurfaceRoute> Routes(SurfaceHost host) =>
        SurfaceRoute.Of(host.Endpoints).Where(route => route.Template is not ("/health" or "/alive" or OpenApiPart.Path) || host.EdgeEndpoints.Contains(route.Endpoint));

    /// <summary>What is mapped to be used.</summary>
    private static IEnumerable<SurfaceRoute> Described(SurfaceHost host) =>
        SurfaceRoute.Of(host.Endpoints).Where(route => route.Endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null);
}
