namespace Xopc.Contracts.Messages;

/// <summary>The work streams between services. A name here is the Redis key (behind the installation's prefix) and the outbox's stream column.</summary>
public static class WorkStreams
{
    /// <summary>Channels and scheduler → agents: <see cref="TurnRequested"/>. Key: the session.</summary>
    public const string Turns = "turns";

    /// <summary>Agents and scheduler → channels: <see cref="DeliveryRequested"/>. Key: channel + account + peer.</summary>
    public const string Deliveries = "deliveries";

    /// <summary>Agents and channels → scheduler: <see cref="OccurrenceReported"/>. Key: the job.</summary>
    public const string Occurrences = "occurrences";

    /// <summary>Channels → agents: <see cref="PostRequested"/>. Key: the session.</summary>
    public const string Posts = "posts";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = [Turns, Deliveries, Occurrences, Posts];
}

/// <summary>A message as it lies in an outbox row, travels on a stream and is accepted into an inbox.</summary>
/// <param name="Id">Derived from the source event (<c>telegram:{account}:{update_id}</c>, <c>cron:{job}:{instant}</c>, …): unique for ever, at most 200 characters.</param>
/// <param name="Stream">One of <see cref="WorkStreams"/>.</param>
/// <param name="Key">The unit of order: messages of one key are worked one at a time, in the order they were written.</param>
/// <param name="Body">UTF-8 JSON of the message record.</param>
/// <param name="Sender">Name of the database whose outbox holds the row (<c>agents</c>, <c>channels</c>, <c>scheduler</c>); the receipt goes there.</param>
/// <param name="PrincipalId">Whom it belongs to.</param>
/// <param name="TraceParent">W3C trace context of the cause, or null.</param>
public sealed record StreamMessage(
    string Id, string Stream, string Key, ReadOnlyMemory<byte> Body, string Sender, string PrincipalId, string? TraceParent = null);
