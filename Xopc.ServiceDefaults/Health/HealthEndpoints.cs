using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Health;

/// <summary><c>{"status":"healthy","checks":{"self":{"status":"healthy","description":"…"}}}</c>; 503 when unhealthy. Exceptions stay in the log.</summary>
internal static class HealthEndpoints
{
    public const string HealthPath = "/health";
    public const string AlivePath = "/alive";
    public const string LiveTag = "live";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealthChecks(HealthPath, Options(_ => true)).Public("health of the process, for probes on the internal listener; says nothing about users or configuration").ExcludeFromDescription();
        endpoints.MapHealthChecks(AlivePath, Options(check => check.Tags.Contains(LiveTag))).Public("liveness of the process, for probes on the internal listener").ExcludeFromDescription();
    }

    private static HealthCheckOptions Options(Func<HealthCheckRegistration, bool> predicate) => new() { Predicate = predicate, ResponseWriter = WriteAsync };

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.RequestServices.GetRequiredService<HealthChanges>().Note(report);
        context.Response.ContentType = ApiJson.ContentType;
        var redactor = context.RequestServices.GetRequiredService<Redactor>();
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("status"u8, Name(report.Status));
        json.WriteStartObject("checks"u8);
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status"u8, Name(entry.Status));
            if (Describe(entry) is { } description)
            {
                json.WriteString("description"u8, redactor.Redact(description, 1024));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    // A check that threw has the exception's message for a description: hosts, paths and worse.
    private static string? Describe(HealthReportEntry entry) => entry.Exception is null ? entry.Description : "The check failed; the log says why.";

    private static string Name(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
