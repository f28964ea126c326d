namespace Xopc.Channels.Pairing;

/// <summary>Registers pairing.</summary>
internal static class PairingRegistration
{
    public static void AddPairing(this IHostApplicationBuilder builder)
    {
    }

    public static void MapPairing(this IEndpointRouteBuilder routes)
    {
    }
}
