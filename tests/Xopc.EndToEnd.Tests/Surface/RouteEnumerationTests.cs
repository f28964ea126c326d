using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Xopc.Contracts;
using Xopc.ServiceDefaults.OpenApi;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>Every endpoint of the endpoint table with every kind of caller, in both shapes. A new endpoint is covered by being mapped.</summary>
public sealed class RouteEnumerationTests
{
    private static readonly HashSet<string> Codes = [.. ErrorCode.All.Select(code => code.Name)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nobody_gets_in_without_a_credential_or_with_a_wrong_one(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in Routes(host).Where(route => route.Scope.PublicReason is null))
        {
            foreach (var (kind, name, value) in WrongCredentials)
            {
                using var request = host.Anonymous(new HttpMethod(route.Method), route.Target(objects), route.Body(objects));
                if (name is not null)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }

                await ExpectAsync(host, route, kind, request, [401], faults, objects.Mark);
            }
        }

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_who_may_only_read_changes_nothing(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in Routes(host).Where(route => route.Scope.Required > OperatorScope.Read))
        {
            using var request = host.Request(new HttpMethod(route.Method), route.Target(objects), route.Body(objects), "reader");
            await ExpectAsync(host, route, "a reader", request, [403], faults, objects.Mark);
        }

        Assert.Empty(faults);
        var session = await host.AskAsync(HttpMethod.Get, "/api/sessions/" + objects.SessionKey);
        Assert.Equal("active", (string)session["session"]!["status"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_may_read_reads_what_asks_for_no_more(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in Described(host).Where(route => route.Scope.Required is OperatorScope.Read))
        {
            using var request = host.Request(new HttpMethod(route.Method), route.Target(objects), route.Body(objects), "reader");
            await ExpectAsync(host, route, "a reader", request, [200], faults);
        }

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_belongs_to_others_is_not_there(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in Routes(host).Where(route => route.Scope.PublicReason is null))
        {
            using var request = host.Request(new HttpMethod(route.Method), route.Target(objects), route.Body(objects), "stranger");
            await ExpectAsync(host, route, "a stranger", request, route.NamesAnObject ? [404] : null, faults, objects.Mark);
        }

        Assert.Empty(faults); // and nothing came to harm: it is there, for whom it belongs to
        var session = await host.AskAsync(HttpMethod.Get, "/api/sessions/" + objects.SessionKey);
        Assert.Equal("active", (string)session["session"]!["status"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_public_says_why_and_answers_anybody_the_same(bool bundle)
    {
        await using var host = await SurfaceHost.StartAsync(bundle);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in Described(host).Where(route => route.Scope.PublicReason is not null))
        {
            Assert.True(route.Scope.PublicReason!.Length > 20, $"{route} is public and hardly says why.");
            using var request = host.Anonymous(new HttpMethod(route.Method), route.Target(objects), route.Body(objects));
            await ExpectAsync(host, route, "anybody", request, [200], faults, objects.Mark);
        }

        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("agents")]
    [InlineData("channels")]
    [InlineData("scheduler")]
    public async Task A_service_believes_nobody_but_the_edge(string service)
    {
        await using var host = await SurfaceHost.StartAsync(bundle: true);
        var objects = await SurfaceObjects.CreateAsync(host);
        var faults = new List<string>();

        foreach (var route in SurfaceRoute.Of(host.Endpoints.Except(host.EdgeEndpoints)).Where(route => route.Scope.PublicReason is null))
        {
            using var request = host.Request(new HttpMethod(route.Method), route.Target(objects), route.Body(objects));
            request.RequestUri = new Uri(host.AddressOf(service), request.RequestUri!.PathAndQuery);
            await ExpectAsync(host, route, "the operator's token, past the edge", request, [401], faults, objects.Mark);
        }

        Assert.Empty(faults);
    }

    // A key that has expired belongs here as soon as there are keys.
    private static IEnumerable<(string Kind, string? Header, string? Value)> WrongCredentials =>
    [
        ("no credential", null, null), ("a wrong token", "Authorization", "Bearer " + new string('f', 48)), ("a wrong key", "X-Api-Key", "0"),
        ("an empty token", "Authorization", "Bearer "), ("a cut token", "Authorization", "Bearer " + SurfaceHost.Token[..^1]),
    ];

    /// <summary>Everything that can be reached from outside: the forwarded paths too, with or without something behind them.</summary>
    private static IEnumerable<SurfaceRoute> Routes(SurfaceHost host) =>
        SurfaceRoute.Of(host.Endpoints).Where(route => route.Template is not ("/health" or "/alive" or OpenApiPart.Path) || host.EdgeEndpoints.Contains(route.Endpoint));

    /// <summary>What is mapped to be used.</summary>
    private static IEnumerable<SurfaceRoute> Described(SurfaceHost host) =>
        SurfaceRoute.Of(host.Endpoints).Where(route => route.Endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null);

    // Null: any status that is no fault of ours, as long as nothing is told of what must stay hidden.
    private static async Task ExpectAsync(
        SurfaceHost host, SurfaceRoute route, string kind, HttpRequestMessage request, int[]? expected, List<string> faults, string? hidden = null)
    {
        using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
        var status = (int)response.StatusCode;
        var text = response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await response.Content.ReadAsStringAsync(Wait.Cancelled);
        if (expected is null ? status >= 500 : !expected.Contains(status))
        {
            faults.Add($"{route} with {kind}: {status} {text}");
        }

        if (status >= 400 && route.Method != "HEAD" && !IsError(text, response.Content.Headers.ContentType))
        {
            faults.Add($"{route} with {kind}: {status} without the error shape: {text}");
        }

        if (status == 401 && response.Headers.WwwAuthenticate.Count == 0 && request.RequestUri!.Port == host.Address.Port)
        {
            faults.Add($"{route} with {kind}: 401 without WWW-Authenticate");
        }

        if (hidden is not null && text.Contains(hidden, StringComparison.Ordinal))
        {
            faults.Add($"{route} with {kind}: tells of what is not theirs: {text}");
        }
    }

    private static bool IsError(string text, MediaTypeHeaderValue? type)
    {
        try
        {
            return type?.MediaType == "application/json" && JsonNode.Parse(text) is JsonObject { Count: 1 } body && body["error"] is JsonObject { Count: 2 } error
                && Codes.Contains((string)error["code"]!) && ((string?)error["message"])?.Length > 0;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
