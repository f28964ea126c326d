using Xopc.Contracts.Messages;

namespace Xopc.Channels.Previews;

/// <summary>A message that shows an unfinished answer.</summary>
/// <param name="Target">Where it was sent.</param>
/// <param name="State">One of <see cref="PreviewStates"/>.</param>
/// <param name="MessageId">The platform's id; null while nobody knows it.</param>
internal sealed record PreviewRow(string TurnId, DeliveryTarget Target, string State, string? MessageId, long CreatedMs, long ChangedMs)
{
    /// <summary>Whether the answer may be written into it: no earlier change can come after it and undo it.</summary>
    public bool TakesAnswer => MessageId is not null && State is PreviewStates.Shown or PreviewStates.Answering;
}
