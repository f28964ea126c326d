using System.Text.Json;
using Xopc.Contracts.Messages;
using Xopc.Messaging;

namespace Xopc.Channels.Deliveries;

/// <summary>Tells everybody who listens how a delivery is doing: the event <c>delivery.updated</c>, after the commit, and one count per outcome.</summary>
internal sealed class DeliveryNews(IEventLog events)
{
    public void Tell(Delivery delivery, string state, string? reason)
    {
        var target = delivery.Target;
        var data = new DeliveryUpdated(delivery.Id, target.Channel, target.AccountId, target.PeerId, state, delivery.TurnId, reason);
        events.Publish(new EventMessage("delivery.updated", delivery.SessionKey, JsonSerializer.SerializeToUtf8Bytes(data, ChannelsJson.Default.DeliveryUpdated)));
    }

    public void Ended(Delivery delivery, string state, string? reason)
    {
        ChannelsTelemetry.DeliveryEnded(delivery.Target.Channel, state);
        Tell(delivery, state, reason);
    }
}
