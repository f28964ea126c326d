using System.Text;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Events;

/// <summary><c>GET /api/events</c>: everything that happens, as SSE, in one order, replayable by <c>Last-Event-ID</c>.</summary>
internal static class EventsEndpoints
{
    private const int BatchLimit = 64;

    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/api/events", StreamAsync).RequireScope(OperatorScope.Read);

    private static async Task<IResult> StreamAsync(
        HttpContext context, EventHub hub, EventConnections connections, ConfigStore configuration, IHostApplicationLifetime lifetime, TimeProvider clock)
    {
        if (!connections.TryEnter(configuration.Current.Gateway.MaxSseConnections))
        {
            return new ApiError(
                ErrorCode.TooManyConnections, $"{configuration.Current.Gateway.MaxSseConnections} event streams are open already (gateway.maxSseConnections).",
                TimeSpan.FromSeconds(5));
        }

        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            await RunAsync(context, hub, clock, ending.Token);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The client left, or the gateway stops: an event stream has no end of its own.
        }
        finally
        {
            connections.Leave();
        }

        return Results.Empty;
    }

    private static async Task RunAsync(HttpContext context, EventHub hub, TimeProvider clock, CancellationToken aborted)
    {
        var principal = context.GetPrincipal();
        await using var sse = await SseConnection.OpenAsync(context, clock);

        // The place is fixed before anything is sent: what happens from here on is either replayed or live, never between.
        var asked = LastEventId(context.Request);
        var position = hub.Now;
        List<byte[]>? frames = new(2) { Frame(position, "connected", $$"""{"sessionId":"{{SessionId(context.Request)}}"}""") };
        if (asked is { } last && hub.Knows(last))
        {
            position = last;
            frames[0] = Frame(last, "connected", $$"""{"sessionId":"{{SessionId(context.Request)}}"}""");
        }
        else if (asked is not null || context.Request.Headers.ContainsKey("Last-Event-ID"))
        {
            frames.Add(Frame(position, "resync", """{"reason":"The events after this id are no longer known; fetch the state again."}"""));
        }

        await sse.SendAsync(frames, aborted);
        frames = null; // a thousand idle clients would hold a thousand lists
        while (true)
        {
            if (await SendNewAsync(sse, hub, position, principal, aborted) is not { } next)
            {
                AgentsTelemetry.ClientDropped();
                context.Abort(); // too slow for the ring; it comes back with its last id and is told to resync
                return;
            }

            if (next == position)
            {
                await hub.WaitAsync(position, aborted);
            }

            position = next;
        }
    }

    // The position after what was sent; null when the reader has fallen out of the ring.
    private static async Task<EventPosition?> SendNewAsync(
        SseConnection sse, EventHub hub, EventPosition position, Principal principal, CancellationToken aborted)
    {
        var batch = new List<HubEvent>();
        if (!hub.Read(ref position, batch, BatchLimit))
        {
            return null;
        }

        var frames = new List<byte[]>(batch.Count);
        foreach (var item in batch)
        {
            if (item.SessionKey is not { } key || principal is { Agents: null, Sessions: null } || Sessions.SessionStore.MayTouch(principal, key))
            {
                frames.Add(item.Frame);
            }
        }

        if (frames.Count > 0)
        {
            await sse.SendAsync(frames, aborted);
        }

        return position;
    }

    private static EventPosition? LastEventId(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        return EventPosition.Parse(text.Length > 0 ? text : request.Query["lastEventId"].ToString());
    }

    // Names the subscriber for its own logs; anything but plain letters and digits is replaced, since it is echoed.
    private static string SessionId(HttpRequest request)
    {
        var given = request.Headers["X-Session-Id"].ToString() is { Length: > 0 } header ? header : request.Query["sessionId"].ToString();
        return given.Length is > 0 and <= 64 && given.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? given : Guid.NewGuid().ToString("N");
    }

    private static byte[] Frame(EventPosition id, string type, string data) => Encoding.UTF8.GetBytes($"id: {id}\nevent: {type}\ndata: {data}\n\n");
}
