namespace Xopc.Channels.Deliveries;

/// <summary>One visible message of a delivery; each channel has a form of its own below it.</summary>
/// <param name="No">From 1, in the order in which people see them.</param>
internal abstract record DeliveryPart(int No);
