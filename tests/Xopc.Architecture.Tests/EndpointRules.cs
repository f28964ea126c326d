using Microsoft.AspNetCore.Routing;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Model;

namespace Xopc.Architecture.Tests;

/// <summary>What must hold for every endpoint: one annotation, one owner of a method and path, and the same scope in both shapes.</summary>
internal static class EndpointRules
{
    // About the caller alone, or what the documentation says anyway.
    private static readonly string[] ForEverybody = ["GET /api/keys/me", "POST /api/auth/ticket", "GET /openapi.json", "GET /api/openapi.json", "GET /reference"];

    public static IEnumerable<string> Violations(IReadOnlyList<RouteEndpoint> endpoints)
    {
        foreach (var endpoint in endpoints)
        {
            var scopes = endpoint.Metadata.GetOrderedMetadata<EndpointScope>();
            if (scopes.Count != 1)
            {
                yield return $"{endpoint.DisplayName} carries {scopes.Count} scope annotations instead of one";
            }
            else if (scopes[0] is { Required: null, PublicReason: null or "" } or { Required: not null, PublicReason: not null })
            {
                yield return $"{endpoint.DisplayName} says neither a scope nor a reason, or both";
            }
        }

        var doubled = endpoints
            .SelectMany(endpoint => MethodsOf(endpoint).Select(method => $"{method} {PathOf(endpoint)}"))
            .CountBy(line => line, StringComparer.OrdinalIgnoreCase)
            .Where(line => line.Value > 1);
        foreach (var line in doubled)
        {
            yield return $"{line.Key} is mapped {line.Value} times";
        }
    }

    /// <summary>Endpoints of a service that a bundle's edge does not forward, or opens with another scope than the service itself asks for.</summary>
    public static IEnumerable<string> Differences(IReadOnlyList<RouteEndpoint> service, IReadOnlyList<RouteEndpoint> edge)
    {
        foreach (var endpoint in service.Where(endpoint => PathOf(endpoint).StartsWith("/api", StringComparison.Ordinal)))
        {
            foreach (var method in MethodsOf(endpoint))
            {
                var path = PathOf(endpoint);
                var route = edge
                    .Where(route => MethodsOf(route).Contains(method) && Covers(route, path))
                    .MaxBy(route => route.RoutePattern.PathSegments.Count);
                var here = endpoint.Metadata.GetMetadata<EndpointScope>();
                if (route is null)
                {
                    yield return $"{method} {path} is not forwarded by the edge";
                }
                else if (route.Metadata.GetMetadata<EndpointScope>()?.Required != here?.Required)
                {
                    yield return $"{method} {path} asks for {here?.Required}, the edge's route for {route.Metadata.GetMetadata<EndpointScope>()?.Required}";
                }
            }
        }
    }

    /// <summary>Endpoints that the edge's limits would treat otherwise in front of the service than in one process.</summary>
    public static IEnumerable<string> OtherLoads(IReadOnlyList<RouteEndpoint> service, IReadOnlyList<RouteEndpoint> edge)
    {
        foreach (var endpoint in service.Where(endpoint => PathOf(endpoint).StartsWith("/api", StringComparison.Ordinal)))
        {
            foreach (var method in MethodsOf(endpoint))
            {
                var path = PathOf(endpoint);
                var route = edge.FirstOrDefault(route => MethodsOf(route).Contains(method) && PathOf(route).Equals(path, StringComparison.OrdinalIgnoreCase));
                var here = endpoint.Metadata.GetMetadata<EndpointLoad>();
                if (here != route?.Metadata.GetMetadata<EndpointLoad>())
                {
                    yield return $"{method} {path} says {here?.ToString() ?? "nothing"} of what it costs, the edge's route {route?.Metadata.GetMetadata<EndpointLoad>()?.ToString() ?? "nothing"}";
                }
            }
        }
    }

    /// <summary>
    /// Endpoints of the edge's own process that a key with limits to agents or sessions reaches although nobody has said that they are for everybody: admin is
    /// closed to such keys anyway, what concerns the whole installation says so, and the rest is named here. Forwarded routes are the services' own business.
    /// </summary>
    public static IEnumerable<string> OpenToLimitedKeys(IReadOnlyList<RouteEndpoint> edge)
    {
        foreach (var endpoint in edge.Where(endpoint => endpoint.Metadata.GetMetadata<RouteModel>() is null))
        {
            var closed = endpoint.Metadata.GetMetadata<EndpointScope>() is { PublicReason: not null } or { Required: OperatorScope.Admin or null }
                || endpoint.Metadata.GetMetadata<WholeInstallationEndpoint>() is not null;
            foreach (var method in closed ? [] : MethodsOf(endpoint))
            {
                if (!ForEverybody.Contains($"{method} {PathOf(endpoint)}"))
                {
                    yield return $"{method} {PathOf(endpoint)} is open to limited keys; annotate it with WholeInstallation(), or say in this rule why it is for everybody";
                }
            }
        }
    }

    private static bool Covers(RouteEndpoint route, string path)
    {
        const string Rest = "/{**rest}";
        var pattern = PathOf(route);
        if (!pattern.EndsWith(Rest, StringComparison.Ordinal))
        {
            return false;
        }

        var fixedSegments = pattern[..^Rest.Length].Split('/');
        var segments = path.Split('/');
        return segments.Length >= fixedSegments.Length
            && fixedSegments.Zip(segments).All(pair => pair.First.StartsWith('{') || pair.First.Equals(pair.Second, StringComparison.OrdinalIgnoreCase));
    }

    private static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText?.Trim('/');

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"];
}
