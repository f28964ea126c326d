using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Xopc.ServiceDefaults;

/// <summary>What every process of Xopc shares: logging, telemetry, health, service discovery, trust.</summary>
public static class ServiceDefaultsExtensions
{
    /// <param name="serviceName"><c>xopc</c> for all in one process, else <c>xopc-agents</c>, <c>xopc-gateway</c>, ….</param>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, string serviceName) where TBuilder : IHostApplicationBuilder => throw new NotImplementedException();

    /// <summary><c>/health</c> (all checks) and <c>/alive</c> (tag <c>live</c>) on the internal listener of a service process.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app) => throw new NotImplementedException();
}
