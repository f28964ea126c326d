using System.Runtime.InteropServices;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>How many streams one principal may have open at this edge, so that one key cannot take the connections of all.</summary>
internal sealed class StreamCaps(RequestDelegate next, EdgeSettings settings, EdgeMetrics metrics)
{
    private const string EventStream = "text/event-stream";
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    // Holds only principals with an open stream.
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public Task InvokeAsync(HttpContext context)
    {
        if (context.FindPrincipal() is not { } principal)
        {
            return next(context);
        }

        var isKey = RequestRates.IsKey(principal);
        return IsStream(context, isKey) ? StreamAsync(context, principal, isKey) : next(context);
    }

    // The answer to a turn is a stream with an end. Keys have those counted too, so that many slow models do not add up to all connections.
    private static bool IsStream(HttpContext context, bool isKey) =>
        context.GetEndpoint()?.Metadata.GetMetadata<EndpointLoad>() is { Streams: true }
        || (isKey && context.Request.Headers.Accept.ToString().Contains(EventStream, StringComparison.OrdinalIgnoreCase));

    private async Task StreamAsync(HttpContext context, Principal principal, bool isKey)
    {
        var edge = settings.Current;
        var (limit, name) = isKey ? (edge.KeyStreams, "gateway.maxStreamsPerKey") : (edge.OperatorStreams, "gateway.maxSseConnections");
        if (!TryOpen(principal.Id, limit))
        {
            metrics.Refused("streams");
            await ApiError.WriteAsync(context, ErrorCode.TooManyConnections, $"{limit} event streams are open already ({name}).", RetryAfter);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            Close(principal.Id);
        }
    }

    private bool TryOpen(string id, int limit)
    {
        lock (_gate)
        {
            ref var open = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, id, out _);
            if (open >= limit)
            {
                return false;
            }

            open++;
            return true;
        }
    }

    private void Close(string id)
    {
        lock (_gate)
        {
            ref var open = ref CollectionsMarshal.GetValueRefOrNullRef(_open, id);
            if (--open == 0)
            {
                _open.Remove(id);
            }
        }
    }
}
