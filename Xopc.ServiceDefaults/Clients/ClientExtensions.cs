using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.ServiceDefaults.Clients;

/// <summary>What a named client may opt into. Nothing of it is a default: retries re-send POSTs, and the 30 s limit cuts model calls and long polls.</summary>
public static class ClientExtensions
{
    /// <summary>
    /// Timeouts (10 s an attempt, 30 s in all), a circuit breaker, and retries of the methods that may be repeated (never POST, PATCH, PUT or DELETE).
    /// For short calls between services only.
    /// </summary>
    public static IHttpClientBuilder AddXopcResilience(this IHttpClientBuilder client)
    {
        client.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
        return client;
    }

    /// <summary>
    /// A client of another service of this installation: addresses such as <c>http://xopc-agents</c> are resolved (<c>services:xopc-agents:http:0</c>)
    /// and every request is signed as <paramref name="principal"/>, or as the one the request carries (<see cref="SignedPrincipalHandler.PrincipalKey"/>).
    /// </summary>
    public static IHttpClientBuilder AddXopcServiceClient(this IServiceCollection services, string name, Principal principal) => services
        .AddHttpClient(name)
        .AddHttpMessageHandler(provider => new SignedPrincipalHandler(provider.GetRequiredService<PrincipalSigner>(), principal))
        .AddServiceDiscovery()
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
}
