using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Contracts;
using Xopc.Gateway.Edge;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Health;

/// <summary><c>GET /health</c>: no more than a stranger may know. <c>status</c> is <c>healthy</c> or <c>degraded</c>; <c>uptime</c> in whole seconds.</summary>
internal sealed record HealthAnswer(string Status, long Uptime, string Version);

/// <summary><c>GET /status</c>: for the operator.</summary>
/// <param name="Shape"><c>one-process</c> or <c>bundle</c>.</param>
/// <param name="Auth"><c>token</c>, <c>password</c> or <c>none</c>.</param>
/// <param name="Checks">Every check by name.</param>
internal sealed record StatusAnswer(string Status, string Service, string Version, long Uptime, string Shape, string Auth, IReadOnlyDictionary<string, CheckAnswer> Checks);

/// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</param>
/// <param name="Destinations">Of a service behind this edge: its replicas; null for every other check.</param>
internal sealed record CheckAnswer(string Status, string? Detail, long DurationMs, IReadOnlyList<DestinationAnswer>? Destinations = null);

/// <param name="Name">The service and the place of its address in the deployment's list; where that is, is not told.</param>
/// <param name="State"><c>in</c>: requests are sent there; <c>out</c>: not, until it answers again or nothing else is left.</param>
/// <param name="Evidence">What it just said when it was asked.</param>
/// <param name="Requests">Under way now.</param>
internal sealed record DestinationAnswer(string Name, string State, string Evidence, int Requests);

/// <summary><c>GET /api</c>: what can be called here, as <c>METHOD /path</c>; the edge of a bundle lists what it forwards, with what lies below, as <c>* /path</c>.</summary>
internal sealed record ApiAnswer(string Service, string Version, string Transport, IReadOnlyList<string> Endpoints);

internal static class HealthEndpoints
{
    // Many a load balancer asks with HEAD.
    private static readonly string[] Probes = ["GET", "HEAD"];

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/health", Probes, HealthAsync).Public("Load balancers and the restart probe have no credential; nothing but status, uptime and version is told").WithSummary("Whether the gateway can do its work").WithTags("Health").Answers<HealthAnswer>(503);
        app.MapMethods("/api/health", Probes, HealthAsync).Public("Same as /health, under the path the restart probe uses").WithSummary("Whether the gateway can do its work").WithTags("Health").Answers<HealthAnswer>(503);
        app.MapGet("/status", StatusAsync).RequireScope(OperatorScope.Read).WholeInstallation().WithSummary("Every check with its evidence").WithTags("Health");
        app.MapGet("/api/status", StatusAsync).RequireScope(OperatorScope.Read).WholeInstallation().WithSummary("Every check with its evidence").WithTags("Health");
        app.MapGet("/api", Api).Public("Names of routes only, as in the documentation").WithSummary("Names of all routes").WithTags("Reference");
    }

    /// <summary>
    /// 200 while the gateway can do its work, also with something degraded (one channel down must not make a supervisor kill the rest); 503 when a
    /// check says that it cannot.
    /// </summary>
    private static async Task<JsonHttpResult<HealthAnswer>> HealthAsync(GatewayHealth health, HttpResponse response, CancellationToken cancellationToken)
    {
        var report = await health.CheckAsync(cancellationToken);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new HealthAnswer(Word(report), (long)health.Uptime.TotalSeconds, GatewayVersion.Current),
            GatewayJson.Default.HealthAnswer,
            statusCode: report.Status is HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    private static async Task<JsonHttpResult<StatusAnswer>> StatusAsync(
        GatewayHealth health, EdgeOptions edge, GatewayCredential credential, HttpResponse response, CancellationToken cancellationToken)
    {
        var report = await health.CheckAsync(cancellationToken);
        response.Headers.CacheControl = "no-store";
        var checks = report.Entries.ToDictionary(
            entry => entry.Key,
            entry => new CheckAnswer(Lower(entry.Value.Status), Detail(entry.Value), (long)entry.Value.Duration.TotalMilliseconds,
                entry.Value.Data.TryGetValue(ServiceHealthCheck.DestinationsKey, out var replicas) ? (IReadOnlyList<DestinationAnswer>)replicas : null));
        return TypedResults.Json(
            new StatusAnswer(
                Word(report), "xopc", GatewayVersion.Current, (long)health.Uptime.TotalSeconds, edge.Proxy ? "bundle" : "one-process",
                credential.Mode.ToString().ToLowerInvariant(), checks),
            GatewayJson.Default.StatusAnswer);
    }

    private static JsonHttpResult<ApiAnswer> Api(EndpointDataSource endpoints)
    {
        const string Rest = "/{**rest}";
        var lines =
            from endpoint in endpoints.Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText?.Trim('/')
            let forwarded = path.EndsWith(Rest, StringComparison.Ordinal)
            from method in forwarded ? ["*"] : endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["*"]
            where method != HttpMethods.Head
            orderby path, method
            select $"{method} {(forwarded ? path[..^Rest.Length] : path)}";
        return TypedResults.Json(new ApiAnswer("xopc", GatewayVersion.Current, "http", [.. lines.Distinct()]), GatewayJson.Default.ApiAnswer);
    }

    /// <summary>A check that threw has the exception's message for a description: hosts, paths and worse.</summary>
    private static string? Detail(HealthReportEntry entry) => entry.Exception is null ? entry.Description : "The check failed; the log says why.";

    private static string Word(HealthReport report) => report.Status is HealthStatus.Healthy ? "healthy" : "degraded";

    private static string Lower(HealthStatus status) => status.ToString().ToLowerInvariant();
}
