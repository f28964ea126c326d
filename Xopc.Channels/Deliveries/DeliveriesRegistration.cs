namespace Xopc.Channels.Deliveries;

/// <summary>Registers the delivery ledger.</summary>
internal static class DeliveriesRegistration
{
    public static void AddDeliveries(this IHostApplicationBuilder builder)
    {
    }

    public static void MapDeliveries(this IEndpointRouteBuilder routes)
    {
    }
}
