using Xopc.Agents.Runs;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Agents.Events;

/// <summary><c>GET /api/events</c>: everything that happens, as SSE, in one order, replayable by <c>Last-Event-ID</c>.</summary>
internal static class EventsEndpoints
{
    // A plain handler of a singleton: a client that waits for days holds no service scope and no bound parameters.
    public static void MapEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/events", routes.ServiceProvider.GetRequiredService<EventStreams>().ServeAsync).RequireScope(OperatorScope.Read).Streams().WithSummary("Everything that happens, as it happens")
            .Query("lastEventId", "As Last-Event-ID, for clients without headers").Query("sessionId", "A name for this subscriber").Header("Last-Event-ID", "Replays what came after it")
            .Header("X-Session-Id", "A name for this subscriber").CredentialInQuery().AnswersEvents(RunEvents.OfEverything).Fails(ErrorCode.TooManyConnections);
}
