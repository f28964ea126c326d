using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;
using Xopc.Gateway.Audit;
using Xopc.Gateway.Console;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Health;
using Xopc.Gateway.Proxy;
using Xopc.Gateway.Reference;
using Xopc.Gateway.Tls;
using Xopc.ServiceDefaults.Health;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.OpenApi;
using Xopc.ServiceDefaults.Trust;
using Yarp.ReverseProxy;

namespace Xopc.Gateway;

/// <summary>
/// The edge: who is calling, what they may do, how much they may send. In one process <see cref="UseXopcEdge"/> stands in front of the modules' own
/// endpoints; in a bundle the same pipeline stands in front of YARP (<see cref="EdgeOptions.Proxy"/>).
/// </summary>
public static class GatewayModule
{
    /// <exception cref="ConfigException">The configuration cannot be used.</exception>
    public static TBuilder AddGateway<TBuilder>(this TBuilder builder, Action<EdgeOptions>? configure = null) where TBuilder : IHostApplicationBuilder
    {
        var edge = new EdgeOptions();
        configure?.Invoke(edge);

        builder.AddXopcConfiguration();
        var services = builder.Services;
        services.AddSingleton(edge);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(CredentialSource.Create);
        services.AddSingleton<Callers>();
        services.AddSingleton<StartupAudit>();
        AddTls(builder);
        services.TryAddSingleton<HealthChanges>();
        services.TryAddSingleton<GatewayHealth>();
        services.AddApiShapes(static () => GatewayJson.Default);
        services.AddSingleton<ApiDocument>();
        services.Configure<KestrelServerOptions>(kestrel => RequestLimits.Apply(kestrel, edge));
        services.AddRouting();

        // It logs the target of every request before any of this code has seen it, and an event stream's may hold the token.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning));

        var checks = services.AddHealthChecks();
        if (edge.Proxy)
        {
            builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
            services.AddForwarding(edge);
            services.AddSingleton<ServiceParts>();
            foreach (var service in edge.Destinations.Keys)
            {
                checks.Add(new HealthCheckRegistration(
                    service, provider => new ServiceHealthCheck(service, provider.GetRequiredService<IProxyStateLookup>()), HealthStatus.Unhealthy,
                    tags: null, ServiceHealthCheck.Patience));
            }
        }

        return builder;
    }

    /// <summary>
    /// Puts the edge in front of everything that is mapped. Call it before any other middleware. Fails here, before the listener opens, when the
    /// credential's rules are broken, or when the audit finds what must not start.
    /// </summary>
    public static WebApplication UseXopcEdge(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<GatewayHealth>(); // its creation starts the uptime
        _ = app.Services.GetRequiredService<GatewayCredential>();
        app.Services.GetRequiredService<StartupAudit>().RunAtStart();

        // The order is the architecture's (section 5). Routing only looks up the endpoint, whose annotations the later steps read. The steps that are
        // not there yet come at: forwarded headers before the security headers; origin check and CORS before authentication; the failed-authentication
        // limiter inside it; the request limiter after the scopes.
        app.Use(SecurityHeaders.ApplyAsync);
        app.UseApiErrors();
        app.Use(RequestLimits.CheckHeadAsync);
        app.UseRouting();
        app.Use(RequestLimits.ApplyAsync);
        app.UseMiddleware<Authentication>();
        app.UseScopes();
        return app;
    }

    private static void AddTls(IHostApplicationBuilder builder)
    {
        if (builder.StartupConfiguration().Config.Gateway.Tls is { } tls)
        {
            // Now, so that a certificate that cannot be used is said before anything else is started.
            builder.Services.AddSingleton(new ServerCertificate(tls, builder.StartupPaths().ConfigFile));
            builder.Services.AddHostedService<CertificateWorker>();
        }
    }

    /// <summary>The edge's own endpoints, and in a bundle the routes to the services.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        app.MapHealth();
        app.MapSecurityAudit();
        app.MapLandingPage();
        app.MapReference();
        if (app.Services.GetRequiredService<EdgeOptions>().Proxy)
        {
            app.MapForwarding();
        }

        return app;
    }
}
