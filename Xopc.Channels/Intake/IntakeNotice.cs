using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>A word to the person from the intake itself, where no agent is asked.</summary>
internal static class IntakeNotice
{
    private static readonly TimeSpan NotAfter = TimeSpan.FromHours(1);

    /// <summary>A step of the transaction that decides it; once per id.</summary>
    public static void Add(DatabaseTransaction transaction, InboundMessage message, string id, string text, DateTimeOffset now) =>
        DeliveryLedger.Add(
            transaction, new NewDelivery(id, TargetOf(message), text, IntakeTable.PersonOf(message), (now + NotAfter).ToUnixTimeMilliseconds()), now.ToUnixTimeMilliseconds());

    /// <summary>Where an answer to the message goes.</summary>
    public static DeliveryTarget TargetOf(InboundMessage message) => new(message.Channel, message.AccountId, message.PeerKind, message.PeerId, message.ThreadId);
}
