using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Events;

/// <summary><c>GET /api/events</c>: everything that happens, as SSE, in one order, replayable by <c>Last-Event-ID</c>.</summary>
internal static class EventsEndpoints
{
    // A plain handler of a singleton: a client that waits for days holds no service scope and no bound parameters.
    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/events", routes.ServiceProvider.GetRequiredService<EventStreams>().ServeAsync).RequireScope(OperatorScope.Read).Streams();
}
