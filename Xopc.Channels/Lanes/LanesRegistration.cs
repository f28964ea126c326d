namespace Xopc.Channels.Lanes;

/// <summary>Registers what keeps the leases of all lanes.</summary>
internal static class LanesRegistration
{
    public static void AddLanes(this IHostApplicationBuilder builder) => builder.Services.AddHostedService<LeaseKeeper>();
}
