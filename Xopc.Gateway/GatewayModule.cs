using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xopc.Configuration;
using Xopc.Gateway.Audit;
using Xopc.Gateway.Console;
using Xopc.Gateway.Edge;
using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Limits;
using Xopc.Gateway.Edge.Origins;
using Xopc.Gateway.Health;
using Xopc.Gateway.Logs;
using Xopc.Gateway.Keys;
using Xopc.Gateway.Proxy;
using Xopc.Gateway.Reference;
using Xopc.Gateway.Tls;
using Xopc.Messaging;
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
        EdgeDeployment.Apply(edge, builder.Configuration);

        builder.AddXopcConfiguration();
        var services = builder.Services;
        services.AddSingleton(edge);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(CredentialSource.Create);
        services.AddSingleton<Callers>();
        services.AddSingleton<StartupAudit>();
        builder.AddXopcMessaging();
        AddLogs(services);
        AddTls(builder);
        services.AddEdgeLimits(builder.Configuration);
        builder.AddKeys();
        services.TryAddSingleton<HealthChanges>();
        services.TryAddSingleton<GatewayHealth>();
        services.AddApiShapes(static () => GatewayJson.Default);
        services.AddSingleton<ApiDocument>();
        services.Configure<KestrelServerOptions>(kestrel => RequestLimits.Apply(kestrel, edge));
        services.Configure<SocketTransportOptions>(RequestLimits.Apply);
        services.AddRouting();

        // It logs the target of every request before any of this code has seen it, and an event stream's may hold the token.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None));

        // Whatever it says above debug is what a client did, said once per frame as critical: a flood of resets would be a flood of alarms. The listener's
        // metrics count the connections it ended, with the reason.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.Http2", LogLevel.None));

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

        // The order is the architecture's (section 5), in both shapes. Routing only looks up the endpoint, whose annotations the later steps read.
        app.UseMiddleware<ForwardedHeaders>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseApiErrors();
        app.Use(Framing.CheckAsync);
        app.Use(RequestLimits.CheckHeadAsync);
        app.UseRouting();
        app.Use(RequestLimits.ApplyAsync);
        app.UseMiddleware<OriginCheck>();
        app.UseMiddleware<Authentication>();
        app.UseScopes();
        app.UseMiddleware<RequestRates>();
        app.UseMiddleware<StreamCaps>();
        return app;
    }

    private static void AddLogs(IServiceCollection services)
    {
        services.AddSingleton<LogDirectory>();
        services.AddSingleton<LogSearch>();
        services.AddSingleton<LogQueries>();
        services.AddSingleton<LogFollow>();
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
        app.MapLogs();
        app.MapLandingPage();
        app.MapAuth();
        app.MapKeys();
        app.MapReference();
        if (app.Services.GetRequiredService<EdgeOptions>().Proxy)
        {
            app.MapForwarding();
        }

        return app;
    }
}
