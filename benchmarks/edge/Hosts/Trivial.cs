using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Xopc.EdgeLoad.Hosts;

/// <summary>What every measured host has: the product's listener, one endpoint that does nothing, and a probe that costs none of them more than the others.</summary>
internal static class Trivial
{
    /// <summary>Under a path that the edge forwards to a service.</summary>
    public const string Path = "/api/agents/nothing";

    /// <summary>Bytes allocated by the process since its start, as digits.</summary>
    public const string AllocatedPath = "/bench/allocated";

    private static readonly byte[] Answer = "{\"ok\":true}"u8.ToArray();

    /// <param name="socket">A Unix socket to listen on beside the port; null: none.</param>
    public static WebApplicationBuilder CreateBuilder(int port, string? socket = null)
    {
        // As the product builds its own: nothing from files, Kestrel alone, requests worked on where they were read.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "xopc-edge-load", EnvironmentName = Environments.Production });
        builder.Configuration.AddEnvironmentVariables();
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(static sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.ListenLocalhost(port);
            if (socket is not null)
            {
                kestrel.ListenUnixSocket(socket);
            }
        });
        builder.Services.AddRouting();
        return builder;
    }

    public static IEndpointConventionBuilder MapNothing(this IEndpointRouteBuilder app) => app.MapGet(Path, static context =>
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Answer.Length;
        return context.Response.Body.WriteAsync(Answer, 0, Answer.Length);
    });

    public static IEndpointConventionBuilder MapAllocated(this IEndpointRouteBuilder app) => app.MapGet(AllocatedPath, static context =>
        context.Response.WriteAsync(GC.GetTotalAllocatedBytes(precise: true).ToString(CultureInfo.InvariantCulture)));

    public static void MapProbe(this IEndpointRouteBuilder app) => app.MapGet("/health", static () => TypedResults.Ok());
}
