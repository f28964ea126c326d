using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xopc.ServiceDefaults.Health;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Logging;
using Xopc.ServiceDefaults.OpenApi;
using Xopc.ServiceDefaults.Redaction;
using Xopc.ServiceDefaults.Telemetry;

namespace Xopc.ServiceDefaults;

/// <summary>What every process of Xopc shares: logging, telemetry, redaction, health, service discovery, the clock.</summary>
public static class ServiceDefaultsExtensions
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Registers the defaults. Settings: <c>XOPC_LOG_LEVEL</c>, <c>XOPC_LOG_DIR</c>, <c>XOPC_LOG_CONSOLE</c>, <c>XOPC_LOG_FILE</c>, <c>XOPC_LOG_RETENTION_DAYS</c>,
    /// <c>XOPC_LOG_REDACTION</c>, <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> and the other <c>OTEL_*</c> names.
    /// </summary>
    /// <param name="serviceName"><c>xopc</c> for all in one process, else <c>xopc-agents</c>, <c>xopc-gateway</c>, ….</param>
    /// <param name="logsDirectory"><c>StatePaths.LogsDirectory</c>; null writes no files unless <c>XOPC_LOG_DIR</c> names a directory.</param>
    /// <param name="secrets">Secrets that are known before the host is built; by default an empty registry. It is in the container either way.</param>
    /// <exception cref="InvalidOperationException">A setting cannot be understood.</exception>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, string serviceName, string? logsDirectory = null, SecretRegistry? secrets = null)
        where TBuilder : IHostApplicationBuilder
    {
        var settings = LogSettings.Read(builder.Configuration, logsDirectory);
        secrets ??= new SecretRegistry();
        var redactor = new Redactor(secrets, settings.Redaction);
        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(secrets);
        services.AddSingleton(redactor);
        builder.AddXopcLogging(serviceName, redactor, settings);
        builder.AddXopcTelemetry(serviceName, redactor);
        services.TryAddSingleton<HealthChanges>();
        services.TryAddSingleton<OpenApiPart>();
        services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [HealthEndpoints.LiveTag]);
        services.AddSingleton<IStartupFilter, ClosingConnections>();
        services.AddServiceDiscovery(); // clients opt in, see ClientExtensions
        services.AddSystemd(); // does nothing where systemd did not start the process
        services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        services.Configure<KestrelServerOptions>(options =>
        {
            options.AddServerHeader = false;
            // A byte is a character, as at the edge: what it forwards is never unreadable here.
            options.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
        });
        return builder;
    }

    /// <summary><c>/health</c> (all checks), <c>/alive</c> (tag <c>live</c>) and this service's part of the API document on the internal listener of a service process, in every environment.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        HealthEndpoints.Map(app);
        OpenApiExtensions.MapPart(app);
        return app;
    }
}
