using System.Buffers;
using System.Text;
using Xopc.Agents.Sessions;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Events;

/// <summary>The event streams of this process. Most of their clients wait most of the time, so a waiting one costs as little as can be.</summary>
internal sealed class EventStreams(EventHub hub, ConfigStore configuration)
{
    private const int BatchLimit = 64;
    private static readonly TimeSpan FullRetry = TimeSpan.FromSeconds(5);
    private int _open;

    /// <summary>Sends events until the client leaves, falls out of the ring or the gateway stops: an event stream has no end of its own.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        try
        {
            var limit = configuration.Current.Gateway.MaxSseConnections;
            if (Interlocked.Increment(ref _open) > limit)
            {
                await new ApiError(ErrorCode.TooManyConnections, $"{limit} event streams are open already (gateway.maxSseConnections).", FullRetry).ExecuteAsync(context);
                return;
            }

            await SseConnection.BeginAsync(context);
            var position = Greet(context);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            for (var wake = HubWake.Event; wake != HubWake.Stopping; wake = await hub.WaitAsync(position, context.RequestAborted))
            {
                if (WriteNew(context, ref position, wake) is not { } wrote)
                {
                    AgentsTelemetry.ClientDropped();
                    context.Abort(); // too slow for the ring; it comes back with its last id and is told to resync
                    return;
                }

                if (wrote)
                {
                    await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                }
            }

            context.Response.BodyWriter.Write(Farewell.Frame());
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    // The place is fixed before anything is sent: what happens from here on is either replayed or live, never between.
    private EventPosition Greet(HttpContext context)
    {
        var (named, asked) = LastEventId(context.Request);
        var now = hub.Now;
        var known = asked is { } last && hub.Knows(last);
        var position = known ? asked!.Value : now;
        var body = context.Response.BodyWriter;
        body.Write(Frame(position, "connected", $$"""{"sessionId":"{{SessionId(context.Request)}}"}"""));
        if (named && !known)
        {
            body.Write(Resync(position));
        }

        return position;
    }

    // Whether anything was written; null when the reader has fallen out of the ring.
    private bool? WriteNew(HttpContext context, ref EventPosition position, HubWake wake)
    {
        var principal = context.GetPrincipal();
        var body = context.Response.BodyWriter;
        var wrote = false;
        for (var i = 0; i < BatchLimit; i++)
        {
            if (!hub.TryRead(ref position, out var next))
            {
                var now = hub.Now;
                if (now.Epoch == position.Epoch)
                {
                    return null;
                }

                // The log began anew (Redis came back without it): the client is not to blame and stays.
                position = now;
                body.Write(Resync(position));
                wrote = true;
                continue;
            }

            if (next is null)
            {
                break;
            }

            // What is of no session is of the whole installation.
            if (!principal.IsRestricted || (next.SessionKey is { } key && SessionStore.MayTouch(principal, key)))
            {
                body.Write(next.Frame);
                wrote = true;
            }
        }

        if (!wrote && wake == HubWake.KeepAlive)
        {
            body.Write(SseConnection.KeepAliveComment);
            wrote = true;
        }

        return wrote;
    }

    private static (bool Named, EventPosition? Position) LastEventId(HttpRequest request)
    {
        var text = request.Headers["Last-Event-ID"].ToString();
        if (text.Length == 0 && request.QueryString.HasValue)
        {
            text = request.Query["lastEventId"].ToString();
        }

        return (text.Length > 0, EventPosition.Parse(text));
    }

    // Names the subscriber for its own logs; anything but plain letters and digits is replaced, since it is echoed.
    private static string SessionId(HttpRequest request)
    {
        var given = request.Headers["X-Session-Id"].ToString();
        if (given.Length == 0 && request.QueryString.HasValue)
        {
            given = request.Query["sessionId"].ToString();
        }

        return given.Length is > 0 and <= 64 && given.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? given : Guid.NewGuid().ToString("N");
    }

    private static byte[] Resync(EventPosition position) =>
        Frame(position, "resync", """{"reason":"The events after this id are no longer known; fetch the state again."}""");

    private static byte[] Frame(EventPosition id, string type, string data) => Encoding.UTF8.GetBytes($"id: {id}\nevent: {type}\ndata: {data}\n\n");
}
