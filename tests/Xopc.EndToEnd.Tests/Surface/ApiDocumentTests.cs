using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Xopc.ServiceDefaults.Http;

namespace Xopc.EndToEnd.Tests.Surface;

public sealed class ApiDocumentTests
{
    [Fact]
    public async Task The_document_holds_every_mapped_endpoint_and_nothing_else()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: false);

        var document = await host.AskAsync(HttpMethod.Get, "/openapi.json");

        var mapped = SurfaceRoute.Of(host.Endpoints).Select(route => $"{route.Method} {route.Template}").Order(StringComparer.Ordinal);
        Assert.Equal(mapped, Operations(document).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(host.Endpoints, endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not null);
    }

    [Fact]
    public async Task One_process_and_a_bundle_answer_the_same_document()
    {
        await using var one = await SurfaceHost.StartAsync(bundle: false);
        await using var bundle = await SurfaceHost.StartAsync(bundle: true);

        var whole = await one.AskAsync(HttpMethod.Get, "/openapi.json");
        var merged = await bundle.AskAsync(HttpMethod.Get, "/api/openapi.json");

        Assert.Contains("post /api/agent", Operations(merged), StringComparer.OrdinalIgnoreCase);
        Assert.Equal(whole.ToJsonString(), merged.ToJsonString());
    }

    [Fact]
    public async Task A_service_that_is_away_leaves_its_part_out_and_the_document_says_so()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: true);
        await host.StopServiceAsync("agents");

        var document = await host.AskAsync(HttpMethod.Get, "/openapi.json");

        Assert.Equal("""["agents"]""", document["x-xopc-unavailable"]!.ToJsonString());
        Assert.Null(document["paths"]!["/api/agent"]);
        Assert.NotNull(document["paths"]!["/status"]);
    }

    [Fact]
    public async Task The_services_own_parts_are_out_of_reach_from_outside_and_for_who_cannot_sign()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: true);

        using var through = await host.Client.SendAsync(host.Request(HttpMethod.Get, "/internal/openapi.json"), Wait.Cancelled);
        using var direct = await host.Client.GetAsync(new Uri(host.AddressOf("agents"), "/internal/openapi.json"), Wait.Cancelled);

        Assert.Equal(HttpStatusCode.NotFound, through.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, direct.StatusCode);
    }

    [Fact]
    public async Task Every_operation_says_what_it_needs_what_it_answers_and_what_it_is_for()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: false);
        var document = await host.AskAsync(HttpMethod.Get, "/openapi.json");
        var ids = new HashSet<string>();

        foreach (var (path, method, operation) in Each(document))
        {
            var name = $"{method} {path}";
            var route = SurfaceRoute.Of(host.Endpoints).Single(each => each.Template == path && each.Method.Equals(method, StringComparison.OrdinalIgnoreCase));
            Assert.True(ids.Add((string)operation["operationId"]!), name);
            Assert.NotEqual($"{method} {path}", (string)operation["summary"]!, StringComparer.OrdinalIgnoreCase);
            Assert.Contains(operation["responses"]!.AsObject(), response => response.Key is "200" or "201" or "303");
            if (route.Scope.PublicReason is { } reason)
            {
                Assert.Equal(reason, (string)operation["x-xopc-public"]!);
                Assert.Empty(operation["security"]!.AsArray());
            }
            else
            {
                Assert.Equal("operator." + route.Scope.Required!.Value.ToString().ToLowerInvariant(), (string)operation["x-xopc-scope"]!);
                Assert.Contains(operation["security"]!.AsArray(), way => way!["bearer"] is not null);
                Assert.Equal(route.Endpoint.Metadata.GetMetadata<PageEndpoint>() is not null, operation["security"]!.AsArray().Any(way => way!["pageCookie"] is not null));
                Assert.NotNull(operation["responses"]!["401"]);
                Assert.NotNull(operation["responses"]!["403"]);
            }
        }

        Assert.Equal("3.1.1", (string)document["openapi"]!);
    }

    [Fact]
    public async Task The_query_token_opens_what_the_document_says_and_no_more()
    {
        await using var host = await SurfaceHost.StartAsync(bundle: false);
        var document = await host.AskAsync(HttpMethod.Get, "/openapi.json");
        var session = await SurfaceObjects.CreateAsync(host);

        foreach (var route in SurfaceRoute.Of(host.Endpoints).Where(route => route.Scope.PublicReason is null))
        {
            using var request = host.Anonymous(new HttpMethod(route.Method), route.Target(session) + (route.Target(session).Contains('?') ? "&" : "?") + "token=" + SurfaceHost.Token, route.Body(session));
            using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Wait.Cancelled);
            var declared = document["paths"]![route.Template]![route.Method.ToLowerInvariant()]!["security"]!.AsArray().Any(way => way!["queryToken"] is not null);

            Assert.True(declared == (response.StatusCode != HttpStatusCode.Unauthorized), $"{route}: declared {declared}, answered {response.StatusCode}");
        }
    }

    internal static IEnumerable<(string Path, string Method, JsonObject Operation)> Each(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!.AsObject());

    private static IEnumerable<string> Operations(JsonObject document) => Each(document).Select(each => $"{each.Method.ToUpperInvariant()} {each.Path}");
}
