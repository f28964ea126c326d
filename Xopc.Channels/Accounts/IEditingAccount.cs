using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Accounts;

/// <summary>An account on a platform where a sent message can be changed and taken away: what it writes can be shown while it grows.</summary>
internal interface IEditingAccount : IAccount
{
    /// <summary>
    /// What one message shows of a text that goes on: as much of its beginning as fits, and at its end a sign that it is not all. Null: there is nothing to see.
    /// Parts that look the same are equal.
    /// </summary>
    DeliveryPart? RenderPreview(string text);

    /// <summary>
    /// Puts a part in the place of a message, once. What stands there already is <see cref="SendResult.Sent"/>, so that an unknown outcome may be tried again;
    /// <see cref="SendResult.Refused"/> not of the peer: this message cannot be changed. Never throws for what the platform or the network does.
    /// </summary>
    Task<SendResult> EditAsync(DeliveryTarget target, string messageId, DeliveryPart part, CancellationToken cancellationToken);

    /// <summary>Takes a message away. True: it is gone, or cannot be taken away at all. Never throws for what the platform or the network does.</summary>
    Task<bool> DeleteAsync(DeliveryTarget target, string messageId, CancellationToken cancellationToken);
}
