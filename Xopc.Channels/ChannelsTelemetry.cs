using System.Diagnostics;
using System.Diagnostics.Metrics;
using Xopc.Channels.Deliveries;

namespace Xopc.Channels;

/// <summary>Spans and measures of this service. One count per outcome of a delivery; tags name the channel, never the person.</summary>
internal static class ChannelsTelemetry
{
    public static readonly ActivitySource Source = new("Xopc.Channels");
    private static readonly Meter Meter = new("Xopc.Channels");
    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>("xopc.delivery.ended", description: "Deliveries that ended, by channel and outcome");
    private static readonly Counter<long> Sends = Meter.CreateCounter<long>("xopc.delivery.sends", description: "Messages handed to a platform, by channel and outcome");

    private static readonly Counter<long> Previews = Meter.CreateCounter<long>("xopc.preview.changes", description: "Unfinished answers handed to a platform, by channel and outcome");

    /// <summary>The span of one look at a delivery, below the span of what caused it.</summary>
    public static Activity? Deliver(Delivery delivery)
    {
        var activity = Source.HasListeners() ? Source.StartActivity("delivery", ActivityKind.Consumer, delivery.TraceParent) : null;
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("xopc.channel", delivery.Target.Channel);
            activity.SetTag("xopc.delivery.id", delivery.Id);
            activity.SetTag("xopc.delivery.attempt", delivery.Attempt);
        }

        return activity;
    }

    public static void DeliveryEnded(string channel, string state) => Deliveries.Add(1, new("channel", channel), new("outcome", state));

    public static void Handed(string channel, SendResult result) => Sends.Add(1, new("channel", channel), new("outcome", Name(result)));

    public static void PreviewHanded(string channel, SendResult result) => Previews.Add(1, new("channel", channel), new("outcome", Name(result)));

    private static string Name(SendResult result) => result.GetType().Name.ToLowerInvariant();
}
