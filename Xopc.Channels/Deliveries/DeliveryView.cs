using System.Text.Json.Serialization;

namespace Xopc.Channels.Deliveries;

/// <summary>A delivery as the API shows it: the ladder and its times (UTC).</summary>
/// <param name="ChatId">The platform's id of the peer.</param>
/// <param name="State">One of <see cref="DeliveryStates"/>.</param>
/// <param name="Attempt">How often a message of it was handed over.</param>
/// <param name="Labelled">Whether people see a mark that something of it may be there twice.</param>
/// <param name="Reason">Why it waits or why it ended so.</param>
/// <param name="NotAfter">When it is given up unless it was sent.</param>
internal sealed record DeliveryView(
    string Id, string Channel, string AccountId, string ChatId, string PeerKind, string? ThreadId, string? SessionKey, string? TurnId, string State, int Attempt,
    bool Labelled, string? Reason, DateTimeOffset NotAfter, DateTimeOffset CreatedAt, DateTimeOffset? SendingAt, DateTimeOffset? EndedAt)
{
    /// <summary>Only of a single delivery, not in lists.</summary>
    public string? Text { get; init; }

    /// <summary>Its visible messages, from the first that was handed over; only of a single delivery.</summary>
    public IReadOnlyList<PartView>? Parts { get; init; }

    public static DeliveryView Of(Delivery delivery) => new(
        delivery.Id, delivery.Target.Channel, delivery.Target.AccountId, delivery.Target.PeerId, delivery.Target.PeerKind, delivery.Target.ThreadId, delivery.SessionKey,
        delivery.TurnId, delivery.State, delivery.Attempt, delivery.Labelled, delivery.Reason, At(delivery.NotAfterMs), At(delivery.CreatedMs), At(delivery.SendingMs),
        At(delivery.EndedMs));

    public static DeliveryView Of(Delivery delivery, IReadOnlyList<PartRow> parts) => Of(delivery) with
    {
        Text = delivery.Text,
        Parts = [.. parts.Select(part => new PartView(part.No, part.State, part.Attempt, part.MessageId, part.Labelled, part.Note, At(part.SendingMs), At(part.EndedMs)))],
    };

    private static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static DateTimeOffset? At(long? ms) => ms is { } known ? At(known) : null;
}

/// <summary>One visible message.</summary>
/// <param name="State"><c>sending</c> (its outcome is not known) or <c>sent</c>.</param>
/// <param name="MessageId">The platform's id.</param>
/// <param name="Note">What had to be left out.</param>
internal sealed record PartView(
    int No, string State, int Attempt, string? MessageId, bool Labelled, string? Note, DateTimeOffset SendingAt, DateTimeOffset? SentAt);

/// <summary>A page of deliveries, newest first.</summary>
/// <param name="NextCursor">For the page after; null at the end.</param>
internal sealed record DeliveryPage(IReadOnlyList<DeliveryView> Deliveries, string? NextCursor);

/// <summary>What an operator did: <c>{"ok":true,"state":"queued"}</c>.</summary>
internal sealed record DeliveryChanged(bool Ok, string State);

/// <summary>Body of <c>POST /api/message</c>.</summary>
internal sealed record SendMessage
{
    public string? Channel { get; init; }

    /// <summary>The platform's id of the peer.</summary>
    [JsonPropertyName("chat_id")]
    public string? ChatIdSnake { get; init; }

    public string? ChatId { get; init; }

    /// <summary>Markdown.</summary>
    public string? Content { get; init; }

    public string? AccountId { get; init; }

    [JsonPropertyName("thread_id")]
    public string? ThreadIdSnake { get; init; }

    public string? ThreadId { get; init; }

    /// <summary><c>dm</c> or <c>group</c>, for channels whose ids do not tell.</summary>
    public string? PeerKind { get; init; }

    /// <summary>The platform's id of the message it answers.</summary>
    public string? ReplyTo { get; init; }
}

/// <summary><c>{"status":"ok","message_id":"…"}</c></summary>
internal sealed record MessageAccepted(string Status, [property: JsonPropertyName("message_id")] string MessageId);
