using Xopc.Contracts.Messages;

namespace Xopc.Channels.Deliveries;

/// <summary>A row of the ledger: something for a peer, and what became of it.</summary>
/// <param name="Id">Derived from the cause: <c>reply:{turn}</c>, <c>api:{principal}:message:{Idempotency-Key}</c>, else a UUIDv7.</param>
/// <param name="Target">Where it goes; the peer's id is the one it has now.</param>
/// <param name="Text">Markdown.</param>
internal sealed record Delivery(long Seq, string Id, DeliveryTarget Target, string Text, string PrincipalId)
{
    /// <summary>The unit of order, fixed at acceptance: it stays when the peer's id changes.</summary>
    public required string Key { get; init; }

    public string? SessionKey { get; init; }

    public string? TurnId { get; init; }

    /// <summary>The platform's id of the message it answers.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>One of <see cref="DeliveryStates"/>.</summary>
    public required string State { get; init; }

    /// <summary>How often a part of it was handed to the platform or tried to be.</summary>
    public int Attempt { get; init; }

    /// <summary>Whether a part was sent with the mark that it may be there twice.</summary>
    public bool Labelled { get; init; }

    /// <summary>Why it waits, or why it ended so.</summary>
    public string? Reason { get; init; }

    public string? TraceParent { get; init; }

    /// <summary>Whether the session that is its target holds the words already.</summary>
    public bool InSession { get; init; }

    /// <summary>What it was cut into, in its channel's form; null until a part is handed over, and where a text is always cut alike.</summary>
    public string? Cut { get; init; }

    /// <summary>The occurrence of a job that caused it.</summary>
    public string? OccurrenceId { get; init; }

    public long NotAfterMs { get; init; }

    public long CreatedMs { get; init; }

    public long? SendingMs { get; init; }

    public long? EndedMs { get; init; }
}

/// <summary>One visible message of a delivery in the ledger; absent until it is first handed over.</summary>
/// <param name="State"><c>sending</c>: handed over or about to be, outcome not recorded; <c>sent</c>.</param>
/// <param name="Attempt">How often it was handed over; again from 0 when an operator wants it sent again.</param>
/// <param name="Labelled">Whether it goes out with the mark: an earlier hand-over may have arrived.</param>
/// <param name="MessageId">The platform's id.</param>
/// <param name="Note">What had to be left out.</param>
internal sealed record PartRow(int No, string State, int Attempt, string? MessageId, string? Note, bool Labelled, long SendingMs, long? EndedMs)
{
    public bool IsSent => State == DeliveryStates.Sent;

    /// <summary>Whether an operator wants it handed over again although it may be there, and that has not happened yet.</summary>
    public bool IsReleased => Attempt == 0;
}
