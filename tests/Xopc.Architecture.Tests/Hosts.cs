using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Xopc.Agents;
using Xopc.Channels;
using Xopc.Configuration;
using Xopc.Gateway;
using Xopc.Scheduler;
using Xopc.ServiceDefaults;

namespace Xopc.Architecture.Tests;

/// <summary>The processes that Xopc can be, built and mapped but never started.</summary>
internal static class Hosts
{
    public static IReadOnlyList<string> All { get; } = ["one process", "edge", "agents", "channels", "scheduler"];

    /// <summary>Every endpoint of a process, as its module maps it.</summary>
    public static IReadOnlyList<RouteEndpoint> EndpointsOf(string host, Action<WebApplication>? map = null)
    {
        var state = Directory.CreateTempSubdirectory("xopc-architecture-");
        try
        {
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
            builder.AddXopcConfiguration(name => name switch
            {
                "XOPC_STATE_DIR" or "HOME" => state.FullName,
                _ => null,
            });
            builder.WebHost.UseKestrelCore();
            builder.AddServiceDefaults("xopc-architecture");
            Add(builder, host);
            using var app = builder.Build();
            Map(app, host);
            map?.Invoke(app);
            return Endpoints(app);
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    private static List<RouteEndpoint> Endpoints(IEndpointRouteBuilder app) => [.. app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()];

    private static void Add(WebApplicationBuilder builder, string host)
    {
        if (host is "one process" or "agents")
        {
            builder.AddAgents();
        }

        if (host is "one process" or "scheduler")
        {
            builder.AddScheduler();
        }

        if (host is "one process" or "channels")
        {
            builder.AddChannels();
        }

        if (host is "one process" or "edge")
        {
            builder.AddGateway(edge => edge.Proxy = host is "edge");
        }
    }

    private static void Map(WebApplication app, string host)
    {
        if (host is "one process" or "agents")
        {
            app.MapAgents();
        }

        if (host is "one process" or "scheduler")
        {
            app.MapScheduler();
        }

        if (host is "one process" or "channels")
        {
            app.MapChannels();
        }

        if (host is "one process" or "edge")
        {
            app.MapGateway();
        }
        else
        {
            app.MapDefaultEndpoints();
        }
    }
}
