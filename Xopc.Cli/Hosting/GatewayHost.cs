using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting.Internal;
using Xopc.Agents;
using Xopc.Channels;
using Xopc.Configuration;
using Xopc.Gateway;
using Xopc.Gateway.Tls;
using Xopc.Scheduler;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redis;
using Xopc.ServiceDefaults.Trust;

namespace Xopc.Cli.Hosting;

/// <summary>
/// The modules as one web application: all of them in one process, or one of them as a process of the bundle. This is the one place that knows the
/// difference.
/// </summary>
internal static class GatewayHost
{
    private const string Redis = "redis";

    /// <summary>
    /// A builder with the configuration loaded. It starts from nothing: settings come from the environment and no file beside the program is read, and
    /// what a web application usually brings along (static files, HTTPS, IIS, console logging) costs start time and memory that nobody here uses.
    /// </summary>
    /// <exception cref="ConfigException">The configuration cannot be used.</exception>
    public static WebApplicationBuilder CreateBuilder(Func<string, string?> environment)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "xopc",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = environment("ASPNETCORE_ENVIRONMENT") ?? environment("DOTNET_ENVIRONMENT") ?? Environments.Production,
        });
        builder.Configuration.AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables();
        builder.AddXopcConfiguration(environment);
        return builder;
    }

    /// <summary>Adds the listener and the modules of a role. In start order: a host stops in reverse, so the edge closes first and the last answers still go out.</summary>
    public static void Compose(WebApplicationBuilder builder, ServiceRole role, Listening listening)
    {
        builder.WebHost.UseKestrelCore();
        // A request is worked on where it was read, a pool thread: no second hop per read and per write. Unsafe for handlers that block; ours wait for a disk at most.
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        if (role.FacesTheWorld())
        {
            // Not in front of a service: its edge has nobody else to ask, and is answered until the runs have ended.
            builder.Services.AddSingleton<IConnectionListenerFactory, EarlyUnbinding>();
        }

        builder.Services.Configure<KestrelServerOptions>(kestrel => Listen(kestrel, listening));
        if (listening == Listening.AsHosted && builder.Configuration["urls"]?.Contains("https:", StringComparison.OrdinalIgnoreCase) == true)
        {
            // A service on another machine than its edge: the platform's own settings name its certificate (Kestrel__Certificates__Default__Path, …__KeyPath).
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Configure(builder.Configuration.GetSection("Kestrel")));
        }

        NameInstance(builder, listening);
        builder.Services.AddRouting();
        builder.AddServiceDefaults(role.ServiceName(), builder.StartupPaths().LogsDirectory);
        builder.Services.Replace(ServiceDescriptor.Singleton(Lifetime(builder.Services)));
        if (HasRedis(builder))
        {
            builder.AddXopcRedis(Redis);
        }

        if (role is not ServiceRole.All)
        {
            builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
        }

        if (role is ServiceRole.All or ServiceRole.Agents)
        {
            builder.AddAgents();
        }

        if (role is ServiceRole.All or ServiceRole.Scheduler)
        {
            builder.AddScheduler();
        }

        if (role is ServiceRole.All or ServiceRole.Channels)
        {
            builder.AddChannels();
        }

        if (role.FacesTheWorld())
        {
            builder.AddGateway(edge => Connect(edge, role, builder, listening));
        }
    }

    /// <summary>The pipeline and the endpoints of a role.</summary>
    public static void Map(WebApplication app, ServiceRole role)
    {
        if (role.FacesTheWorld())
        {
            app.UseXopcEdge();
        }
        else
        {
            app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
            app.MapDefaultEndpoints();
        }

        if (role is ServiceRole.All or ServiceRole.Agents)
        {
            app.MapAgents();
        }

        if (role is ServiceRole.All or ServiceRole.Scheduler)
        {
            app.MapScheduler();
        }

        if (role is ServiceRole.All or ServiceRole.Channels)
        {
            app.MapChannels();
        }

        if (role.FacesTheWorld())
        {
            app.MapGateway();
        }
    }

    /// <summary>Whether streams go over Redis. The processes of a bundle have no other way to meet.</summary>
    public static bool HasRedis(IHostApplicationBuilder builder) => !string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString(Redis));

    /// <summary>What is wrong with the connection string, before anything is started with it.</summary>
    public static string? RedisFault(IHostApplicationBuilder builder) =>
        HasRedis(builder) ? RedisExtensions.FindFault(builder.Configuration.GetConnectionString(Redis)!) : null;

    private static void Connect(EdgeOptions edge, ServiceRole role, WebApplicationBuilder builder, Listening listening)
    {
        if (listening.Public is { } plan)
        {
            edge.ListensOn.Add(plan.Address.ToString());
        }

        foreach (var host in listening.Passed?.Hosts ?? [])
        {
            edge.ListensOn.Add(host);
        }

        edge.Proxy = role is ServiceRole.Edge;
        foreach (var service in (ServiceRole[])[ServiceRole.Agents, ServiceRole.Channels, ServiceRole.Scheduler])
        {
            // Across machines, and under Aspire, service discovery knows better than the socket directory of this one.
            if (!builder.Configuration.GetSection("services:" + service.ServiceName()).Exists())
            {
                edge.Destinations[service.ToString().ToLowerInvariant()] = [ServiceAddress.Of(builder.StartupPaths().RunDirectory, service).Destination];
            }
        }
    }

    // One process at a time holds a service's socket, so its name is a name for the process that stays over restarts: what a killed one had read from a
    // stream and not yet accepted, its successor finds at once instead of after the 30 s in which it might still be alive.
    private static void NameInstance(WebApplicationBuilder builder, Listening listening)
    {
        const string Instance = "Messaging:Instance";
        if (listening.Service is { SocketPath: { } path } && string.IsNullOrEmpty(builder.Configuration[Instance]))
        {
            var name = $"{Environment.MachineName}-{Path.GetFileNameWithoutExtension(path)}";
            builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>(Instance, name)]);
        }
    }

    private static void Listen(KestrelServerOptions kestrel, Listening listening)
    {
        // The API is HTTP/1.1; HTTP/2 on a plain port would only be negotiated by prior knowledge, and its tables cost memory per connection.
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        if (listening.Passed is { } passed)
        {
            foreach (var descriptor in passed.Descriptors)
            {
                kestrel.ListenHandle((ulong)descriptor, listen => Secure(listen, passed.Tls));
            }
        }
        else if (listening.Public is { } address)
        {
            kestrel.Listen(address.Address, address.Port, listen => Secure(listen, address.Tls));
        }
        else if (listening.Service is { SocketPath: { } path })
        {
            kestrel.ListenUnixSocket(path);
        }
        else if (listening.Service is { } service)
        {
            kestrel.ListenLocalhost(service.Port);
        }
    }

    private static void Secure(ListenOptions listen, bool tls)
    {
        if (tls)
        {
            listen.UseGatewayTls();
        }
    }

    // systemd's lifetime tells the supervisor when the host is ready and keeps its place; the console's goes.
    private static Func<IServiceProvider, IHostLifetime> Lifetime(IServiceCollection services)
    {
        var chosen = services.Last(service => service.ServiceType == typeof(IHostLifetime));
        return chosen.ImplementationType is { } type && type != typeof(ConsoleLifetime)
            ? provider => (IHostLifetime)ActivatorUtilities.CreateInstance(provider, type)
            : _ => new QuietLifetime();
    }
}
