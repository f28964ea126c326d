using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Xopc.Load.Baseline;

/// <summary>
/// The least that ASP.NET needs for the event scenario: clients of <c>/api/events</c> that wait, and a rename that sends one frame to each of them. No
/// credentials, no database, no replay.
/// </summary>
internal static class EmptyEndpoint
{
    private static readonly ConcurrentDictionary<Channel<byte[]>, bool> Clients = new();

    public static async Task RunAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        var app = builder.Build();
        app.MapGet("/health", static () => TypedResults.Ok());
        app.MapGet("/api/events", StreamAsync);
        app.MapPost("/api/sessions", static () => TypedResults.Text("""{"session":{"key":"k"}}""", "application/json"));
        app.MapPost("/api/sessions/{key}/rename", RenameAsync);
        await app.RunAsync();
    }

    private static async Task StreamAsync(HttpContext context)
    {
        var queue = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        context.Response.ContentType = "text/event-stream";
        await context.Response.Body.WriteAsync("event: connected\ndata: {}\n\n"u8.ToArray(), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        Clients[queue] = true;
        try
        {
            await foreach (var frame in queue.Reader.ReadAllAsync(context.RequestAborted))
            {
                await context.Response.Body.WriteAsync(frame, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            Clients.TryRemove(queue, out _);
        }
    }

    private static async Task RenameAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var frame = Encoding.UTF8.GetBytes($"event: session.updated\ndata: {await reader.ReadToEndAsync(context.RequestAborted)}\n\n");
        foreach (var queue in Clients.Keys)
        {
            await queue.Writer.WriteAsync(frame, context.RequestAborted);
        }
    }
}
