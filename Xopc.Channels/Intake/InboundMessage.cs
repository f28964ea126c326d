namespace Xopc.Channels.Intake;

/// <summary>A message from a person as every channel hands it in, before access and routing are decided.</summary>
/// <param name="Id">Derived from the platform's event: <c>telegram:{account}:{update id}</c>.</param>
/// <param name="PeerKind"><c>dm</c> or <c>group</c>.</param>
/// <param name="PeerId">The platform's id of the conversation.</param>
/// <param name="SenderId">The platform's id of the person.</param>
/// <param name="MessageId">The platform's id of the message; an answer can refer to it.</param>
/// <param name="Text">What the person wrote, and in words what else the message holds (a place, a contact, what it quotes). Mentions of us are taken out.</param>
internal sealed record InboundMessage(
    string Id, string Channel, string AccountId, string PeerKind, string PeerId, string SenderId, string MessageId, string Text)
{
    public string? ThreadId { get; init; }

    public string? SenderName { get; init; }

    public string? SenderUserName { get; init; }

    /// <summary>Whether it mentions us or answers one of our messages.</summary>
    public bool ForUs { get; init; }

    /// <summary>Whether it changes an earlier message (an edit): a turn of its own that says so in its text.</summary>
    public bool IsEdit { get; init; }

    /// <summary>Joins the messages of an album.</summary>
    public string? MediaGroupId { get; init; }

    public IReadOnlyList<InboundMedia> Media { get; init; } = [];

    /// <summary>When the person sent it.</summary>
    public DateTimeOffset At { get; init; }
}
