using Xopc.Channels.Deliveries;

namespace Xopc.Channels.Webchat;

/// <summary>A whole delivery: a session has no limit that words would have to be cut for.</summary>
internal sealed record WebchatPart(string Text) : DeliveryPart(1);
