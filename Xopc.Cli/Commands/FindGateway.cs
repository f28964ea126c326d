using Xopc.Cli.Hosting;

namespace Xopc.Cli.Commands;

/// <summary>Where the running gateway of this configuration is, and what it wants to see.</summary>
internal sealed record FoundGateway(Uri Address, string? Credential);

/// <summary>
/// Finds them. The address: the flag, else what the holder of the gateway lock announced, else what the configuration says. The credential: the flag,
/// else environment or configuration, else the token that the gateway generated.
/// </summary>
internal static class FindGateway
{
    public static FoundGateway Run(Func<string, string?> environment, Uri? url, string? token)
    {
        if (url is not null && (token ?? environment("XOPC_GATEWAY_TOKEN")) is { } given)
        {
            // Everything is said: a machine that only talks to another one needs no configuration.
            return new FoundGateway(url, given);
        }

        var configured = Configured.Load(environment);
        return new FoundGateway(url ?? AddressOf(configured), token ?? GatewaySecret.Find(configured));
    }

    private static Uri AddressOf(Configured configured)
    {
        if (GatewayLock.FindOwner(configured.Paths.LocksDirectory, configured.Paths.ConfigFile)?.Url is { } announced)
        {
            return new Uri(announced);
        }

        var gateway = configured.Config.Gateway;
        return new Uri(BindPlan.Resolve(gateway, BindPlan.OfMachine).Url(gateway.Port));
    }
}
