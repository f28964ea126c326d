using Xopc.Configuration;
using Xopc.Gateway;
using Xopc.ServiceDefaults;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Redis;
using Xopc.ServiceDefaults.Trust;
using Yarp.ReverseProxy.Configuration;

namespace Xopc.EdgeLoad.Hosts;

/// <summary>The programs that are compared; each runs as a process of its own.</summary>
internal static class MeasuredHosts
{
    /// <summary>Kestrel, routing and the endpoint.</summary>
    public static Task BareAsync(int port, string socket)
    {
        var app = Trivial.CreateBuilder(port, socket).Build();
        app.MapProbe();
        app.MapNothing();
        app.MapAllocated();
        return app.RunAsync();
    }

    /// <summary>The endpoint behind the edge in one process.</summary>
    public static Task EdgeAsync(int port)
    {
        var builder = Trivial.CreateBuilder(port);
        builder.AddXopcConfiguration();
        builder.AddServiceDefaults("xopc", builder.StartupPaths().LogsDirectory);
        builder.AddGateway();
        var app = builder.Build();
        app.UseXopcEdge();
        app.MapNothing().RequireScope(Contracts.OperatorScope.Read);
        app.MapAllocated().Public("a figure of the benchmark");
        app.MapGateway();
        return app.RunAsync();
    }

    /// <summary>YARP as it comes, with nothing of ours before or behind it.</summary>
    public static Task PlainProxyAsync(int port, string socket)
    {
        var builder = Trivial.CreateBuilder(port);
        builder.Services.AddReverseProxy()
            .LoadFromMemory(
                [new RouteConfig { RouteId = "all", ClusterId = "service", Match = new RouteMatch { Path = "/api/{**rest}" } }],
                [
                    new ClusterConfig
                    {
                        ClusterId = "service",
                        Destinations = new Dictionary<string, DestinationConfig> { ["only"] = new() { Address = "http://service/" } },
                    },
                ])
            .ConfigureHttpClient((_, handler) => handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new System.Net.Sockets.Socket(
                    System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
                await connection.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(socket), cancellationToken);
                return new System.Net.Sockets.NetworkStream(connection, ownsSocket: true);
            });
        var app = builder.Build();
        app.MapProbe();
        app.MapAllocated();
        app.MapReverseProxy();
        return app.RunAsync();
    }

    /// <summary>The edge in front of YARP, as in a bundle.</summary>
    public static Task ProxyingEdgeAsync(int port, string socket)
    {
        var builder = Trivial.CreateBuilder(port);
        builder.AddXopcConfiguration();
        builder.AddServiceDefaults("xopc-gateway", builder.StartupPaths().LogsDirectory);
        if (!string.IsNullOrWhiteSpace(builder.Configuration.GetConnectionString("redis")))
        {
            builder.AddXopcRedis("redis");
        }

        builder.AddGateway(edge =>
        {
            edge.Proxy = true;
            foreach (var service in XopcServices.All)
            {
                edge.Destinations[service] = ["unix:" + socket];
            }
        });
        var app = builder.Build();
        app.UseXopcEdge();
        app.MapAllocated().Public("a figure of the benchmark");
        app.MapGateway();
        return app.RunAsync();
    }

    /// <summary>The endpoint in a service of the bundle: it answers nobody but the edge.</summary>
    public static Task SignedServiceAsync(int port, string socket)
    {
        var builder = Trivial.CreateBuilder(port, socket);
        builder.AddXopcConfiguration();
        builder.AddServiceDefaults("xopc-agents", builder.StartupPaths().LogsDirectory);
        builder.AddInstallationTrust(builder.StartupPaths().CredentialsDirectory);
        var app = builder.Build();
        app.UseApiErrors().UseRouting().UseSignedPrincipal().UseScopes();
        app.MapDefaultEndpoints();
        app.MapNothing().RequireScope(Contracts.OperatorScope.Read);
        return app.RunAsync();
    }
}
