namespace Xopc.Channels.Pairing;

/// <summary>Registers pairing: strangers ask, the operator decides.</summary>
internal static class PairingRegistration
{
    public static void AddPairing(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<PairingRequests>();

    public static void MapPairing(this IEndpointRouteBuilder routes) => routes.MapPairingEndpoints();
}
