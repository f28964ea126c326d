namespace Xopc.Contracts.Messages;

/// <summary>Asks agents for a turn of a session. Travels on <see cref="WorkStreams.Turns"/>; the message id is the turn id.</summary>
/// <param name="SessionKey">Canonical session key.</param>
/// <param name="Text">What the person or the job says, at most 1 MiB of UTF-8.</param>
/// <param name="ReplyTo">Where the answer goes when it is not only kept in the session; null for none.</param>
/// <param name="Model">Model reference that beats the session's and the agent's, or null.</param>
/// <param name="Thinking">Thinking level for this turn, or null.</param>
/// <param name="BlobIds">SHA-256 names of attachments in the blob store.</param>
public sealed record TurnRequested(
    string SessionKey, string Text, DeliveryTarget? ReplyTo = null, string? Model = null, string? Thinking = null, IReadOnlyList<string>? BlobIds = null);

/// <summary>A place on a channel that can receive a delivery.</summary>
public sealed record DeliveryTarget(string Channel, string AccountId, string PeerKind, string PeerId, string? ThreadId = null);

/// <summary>Hands channels something for a peer. Travels on <see cref="WorkStreams.Deliveries"/>; the message id is the delivery id.</summary>
/// <param name="NotAfter">After this instant the delivery expires unsent.</param>
public sealed record DeliveryRequested(DeliveryTarget Target, string Text, DateTimeOffset? NotAfter = null, string? SessionKey = null, string? TurnId = null);

/// <summary>Tells the scheduler how an occurrence went. Travels on <see cref="WorkStreams.Occurrences"/>.</summary>
/// <param name="Outcome">One of <c>ran, failed, skipped, missed, cancelled, timed-out, unknown</c>.</param>
public sealed record OccurrenceReported(string OccurrenceId, string Outcome, string? Reason = null, string? Summary = null);
