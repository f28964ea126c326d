using System.Text.Json.Serialization;

namespace Xopc.Contracts.Messages;

/// <summary>Asks agents for a turn of a session. Travels on <see cref="WorkStreams.Turns"/>; the message id is the turn id.</summary>
/// <param name="SessionKey">Canonical session key.</param>
/// <param name="Text">What the person or the job says, at most 1 MiB of UTF-8.</param>
/// <param name="ReplyTo">Where the answer goes when it is not only kept in the session; null for none.</param>
/// <param name="Model">Model reference that beats the session's and the agent's, or null.</param>
/// <param name="Thinking">Thinking level for this turn, or null.</param>
/// <param name="BlobIds">SHA-256 names of attachments in the blob store.</param>
/// <param name="Attachments">What is known of the attachments, in the order of <paramref name="BlobIds"/>.</param>
/// <param name="Command">Name of a chat command without its slash (<c>stop</c>, <c>new</c>, …); null for words to the agent. <paramref name="Text"/> holds its arguments. A command is carried out when it is accepted, past everything that waits; its message's key is <see cref="CommandKey"/>.</param>
/// <param name="Busy">What to do while the session's turn runs: <c>queue</c> (also null), <c>steer</c>, <c>interrupt</c>.</param>
/// <param name="ReplyToMessageId">The platform's id of the message that asks, for an answer that refers to it.</param>
/// <param name="OccurrenceId">The occurrence of a job that asks: its end is reported on <see cref="WorkStreams.Occurrences"/>, only a whole answer is delivered, and one that says nothing is not.</param>
public sealed record TurnRequested(
    string SessionKey, string Text, DeliveryTarget? ReplyTo = null, string? Model = null, string? Thinking = null, IReadOnlyList<string>? BlobIds = null,
    IReadOnlyList<TurnAttachment>? Attachments = null, string? Command = null, string? Busy = null, string? ReplyToMessageId = null, string? OccurrenceId = null)
{
    /// <summary>
    /// A command of the scheduler, which nobody can type: the turn whose id is the text is to end, wherever it is. One that has not arrived yet never begins.
    /// </summary>
    public const string CancelTurn = "turn.cancel";

    /// <summary>The unit of order of a session's commands: they wait for each other and for no turn.</summary>
    public static string CommandKey(string sessionKey) => $"command:{sessionKey}";
}

/// <summary>What a person sees of a file.</summary>
/// <param name="Name">File name, made harmless by whoever received it.</param>
/// <param name="Bytes">Its size.</param>
public sealed record TurnAttachment(string Name, string MimeType, long Bytes);

/// <summary>A place on a channel that can receive a delivery.</summary>
/// <param name="PeerKind"><c>dm</c> or <c>group</c>.</param>
/// <param name="PeerId">The platform's own id, as it is: not a segment of a session key.</param>
public sealed record DeliveryTarget(string Channel, string AccountId, string PeerKind, string PeerId, string? ThreadId = null)
{
    /// <summary>The unit of order of deliveries: <c>{channel}:{account}:{peer}</c>.</summary>
    [JsonIgnore]
    public string Key => $"{Channel}:{AccountId}:{PeerId}";
}

/// <summary>Hands channels something for a peer. Travels on <see cref="WorkStreams.Deliveries"/>; the message id is the delivery id.</summary>
/// <param name="Text">Markdown.</param>
/// <param name="NotAfter">After this instant the delivery expires unsent; null: what the account says.</param>
/// <param name="ReplyToMessageId">The platform's id of the message it answers, or null.</param>
/// <param name="InSession">Whether the session that is its target holds the text already: then it is told, and not said there again.</param>
/// <param name="OccurrenceId">The occurrence of a job that caused it: its end is reported on <see cref="WorkStreams.Occurrences"/>.</param>
public sealed record DeliveryRequested(
    DeliveryTarget Target, string Text, DateTimeOffset? NotAfter = null, string? SessionKey = null, string? TurnId = null, string? ReplyToMessageId = null,
    bool InSession = false, string? OccurrenceId = null)
{
    /// <summary>The place of a conversation of the API and the console.</summary>
    public static DeliveryTarget Webchat(string sessionKey) => new("webchat", "default", "dm", sessionKey);
}

/// <summary>Asks agents to say something in a session that no turn of it wrote. Travels on <see cref="WorkStreams.Posts"/>.</summary>
/// <param name="SessionKey">Canonical session key; the session is made when there is none.</param>
/// <param name="Text">Markdown.</param>
/// <param name="DeliveryId">The delivery it is; stands with the message.</param>
public sealed record PostRequested(string SessionKey, string Text, string DeliveryId)
{
    /// <summary>The unit of order of a session's posts: they wait for each other and for no turn.</summary>
    public static string KeyOf(string sessionKey) => $"post:{sessionKey}";
}

/// <summary>Tells the scheduler how an occurrence went. Travels on <see cref="WorkStreams.Occurrences"/>.</summary>
/// <param name="Outcome">One of <c>ran, failed, cancelled, unknown</c>; null: news of its delivery only.</param>
/// <param name="Summary">At most <see cref="SummaryLength"/> characters of what came out.</param>
/// <param name="TurnId">The attempt that ended.</param>
/// <param name="StartedMs">When it began to be worked on, Unix milliseconds.</param>
/// <param name="Blocks">It will fail in the same way until somebody changes the configuration; no model was asked.</param>
/// <param name="DeliveryId">The delivery that it caused.</param>
/// <param name="DeliveryState"><c>queued</c>, <c>suppressed</c>, <c>sent</c>, <c>unknown</c>, <c>failed</c>, <c>expired</c>; null: nothing is delivered.</param>
public sealed record OccurrenceReported(
    string OccurrenceId, string? Outcome, string? Reason = null, string? Summary = null, string? TurnId = null, long? StartedMs = null, string? Model = null, long? Tokens = null,
    double? Cost = null, bool Blocks = false, string? DeliveryId = null, string? DeliveryState = null, string? DeliveryReason = null)
{
    public const int SummaryLength = 200;

    /// <summary>The unit of order of reports: the job, which is the second part of its occurrences' ids.</summary>
    public static string KeyOf(string occurrenceId) => occurrenceId.Split(':') is [_, var job, ..] ? $"job:{job}" : $"job:{occurrenceId}";
}
