using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.ServiceDefaults.Telemetry;

internal static class TelemetryExtensions
{
    // A sample of it every minute says little, and every request adds to it and takes from it again: 2 % of a small request in each process on the way.
    private const string RequestsUnderWay = "http.server.active_requests";

    public static void AddXopcTelemetry(this IHostApplicationBuilder builder, string serviceName, Redactor redactor)
    {
        if (OtlpSettings.IsConfigured(builder.Configuration))
        {
            AddExport(builder, serviceName, redactor);
        }
        else
        {
            builder.Services.AddHostedService<TraceContextListener>();
        }
    }

    // A method of its own: without an endpoint the OpenTelemetry assemblies are not even loaded.
    private static void AddExport(IHostApplicationBuilder builder, string serviceName, Redactor redactor)
    {
        // Baggage is read by nobody here; the default propagator would parse every request's headers a second time for it.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        AddSignals(builder, serviceName, redactor);
    }

    // The meters by name: the packages' own lists bring one more step into the pipeline and figures about routing, both paid by every request.
    private static void AddSignals(IHostApplicationBuilder builder, string serviceName, Redactor redactor) => builder.Services.AddOpenTelemetry()
        .ConfigureResource(resource => OtlpSettings.Describe(resource, serviceName))
        .WithTracing(tracing => Sampled(tracing, builder)
            .AddSource("Xopc.*", "Yarp.ReverseProxy", Redis.RedisTracing.SourceName)
            .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsProbe(context.Request.Path))
            .AddHttpClientInstrumentation()
            // Processors run in the order they are added: clean first, then export.
            .AddProcessor(new RedactingSpanProcessor(redactor))
            .AddOtlpExporter(OtlpSettings.Configure))
        .WithMetrics(metrics => metrics
            .AddMeter("Xopc.*", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Net.NameResolution")
            .AddRuntimeInstrumentation()
            .AddView(RequestsUnderWay, MetricStreamConfiguration.Drop)
            .AddOtlpExporter(OtlpSettings.Configure));

    // Named in the environment: the SDK's own samplers decide.
    private static TracerProviderBuilder Sampled(TracerProviderBuilder tracing, IHostApplicationBuilder builder) =>
        string.IsNullOrEmpty(builder.Configuration["OTEL_TRACES_SAMPLER"])
            ? tracing.SetSampler(static services => RequestTraceRate.Whole(services.GetRequiredService<TimeProvider>()))
            : tracing;

    private static bool IsProbe(PathString path) =>
        path.Equals(Health.HealthEndpoints.HealthPath, StringComparison.OrdinalIgnoreCase) || path.Equals(Health.HealthEndpoints.AlivePath, StringComparison.OrdinalIgnoreCase);
}
