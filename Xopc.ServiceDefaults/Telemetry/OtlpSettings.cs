using System.Net.Http.Headers;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;

namespace Xopc.ServiceDefaults.Telemetry;

/// <summary>What every exporter of this process shares.</summary>
internal static class OtlpSettings
{
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Without an endpoint nothing of OpenTelemetry is registered.</summary>
    public static bool IsConfigured(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration[Endpoint]);

    /// <summary>
    /// Exporters bring their own client. From the factory they would inherit whatever handlers an application sets for all clients, and a retry
    /// handler that logs each export is exported again, forever.
    /// </summary>
    public static void Configure(OtlpExporterOptions options) => options.HttpClientFactory = () => new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
        DefaultRequestHeaders = { UserAgent = { new ProductInfoHeaderValue("Xopc", Version) } },
    };

    public static void Describe(ResourceBuilder resource, string serviceName) =>
        resource.AddService(serviceName, "Xopc", Version, autoGenerateServiceInstanceId: false, serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}");

    private static string Version { get; } = typeof(OtlpSettings).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
