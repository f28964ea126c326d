namespace Xopc.Channels.Deliveries;

/// <summary>What a list of deliveries asks for; every value already checked.</summary>
/// <param name="Before">Sequence number of the last one of the page before.</param>
internal sealed record DeliveryQuery(string? State, string? Channel, string? AccountId, string? PeerId, int Limit, long? Before);
