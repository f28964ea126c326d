using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Xopc.ServiceDefaults.Http;

namespace Xopc.EndToEnd.Tests.Surface;

/// <summary>One endpoint with one of its methods, and a request that it understands.</summary>
internal sealed record SurfaceRoute(RouteEndpoint Endpoint, string Method)
{
    // A route without methods stands beside others that name theirs: it gets what they leave over.
    private static readonly string[] Leftover = ["OPTIONS", "PROPFIND"];

    public EndpointScope Scope => Endpoint.Metadata.GetMetadata<EndpointScope>() ?? throw new InvalidOperationException($"{this} says not who may call it.");

    public string Template => "/" + string.Join('/', Endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(Part))));

    /// <summary>Whether its address names an object of somebody.</summary>
    public bool NamesAnObject => Endpoint.RoutePattern.Parameters.Any(parameter => !parameter.IsCatchAll);

    public static IEnumerable<SurfaceRoute> Of(IEnumerable<RouteEndpoint> endpoints) =>
        from endpoint in endpoints
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : Leftover
        select new SurfaceRoute(endpoint, method);

    /// <summary>Path and query with what the route needs filled in.</summary>
    public string Target(SurfaceObjects objects)
    {
        var path = Template;
        foreach (var parameter in Endpoint.RoutePattern.Parameters)
        {
            path = path.Replace("{" + parameter.Name + "}", Uri.EscapeDataString(objects.ValueOf(parameter.Name)), StringComparison.Ordinal);
        }

        var query = Endpoint.Metadata.GetOrderedMetadata<EndpointParameter>()
            .Where(parameter => parameter is { Place: ParameterPlace.Query, Required: true })
            .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(objects.ValueOf(parameter.Name))}");
        return path + (query.Any() ? "?" + string.Join('&', query) : "");
    }

    /// <summary>A body with the fields it needs; null where it takes none.</summary>
    public JsonObject? Body(SurfaceObjects objects) => Endpoint.Metadata.GetMetadata<EndpointBody>() is { } body
        ? new JsonObject(body.Required.Select(names => names.Split('|')[0]).Select(name => KeyValuePair.Create(name, (JsonNode?)objects.ValueOf(name))))
        : null;

    public override string ToString() => $"{Method} {Template}";

    private static string Part(RoutePatternPart part) => part switch
    {
        RoutePatternParameterPart parameter => "{" + parameter.Name + "}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => "",
    };
}
