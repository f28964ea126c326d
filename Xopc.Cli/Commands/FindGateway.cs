using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Commands;

/// <summary>Where the running gateway of this configuration is, and what it wants to see.</summary>
/// <param name="Tls">The files of its certificate; null without TLS, or where the address was given and nothing is known about it.</param>
internal sealed record FoundGateway(Uri Address, string? Credential, TlsConfig? Tls = null);

/// <summary>
/// Finds them. The address: the flag, else what the holder of the gateway lock announced, else what the configuration says. The credential: the flag,
/// else environment or configuration, else the token that the gateway generated.
/// </summary>
internal static class FindGateway
{
    /// <exception cref="ConfigException">The configuration cannot be read.</exception>
    /// <exception cref="BindException">The configuration names an address that this machine does not have.</exception>
    public static FoundGateway Run(CliContext cli, Uri? url, string? token)
    {
        if (url is not null && (token ?? cli.Environment("XOPC_GATEWAY_TOKEN")) is { } given)
        {
            // Everything is said: a machine that only talks to another one needs no configuration.
            return new FoundGateway(url, given);
        }

        var configured = Configured.Load(cli.Environment, cli.Clock);
        return new FoundGateway(url ?? AddressOf(configured), token ?? GatewaySecret.Find(configured), configured.Config.Gateway.Tls);
    }

    private static Uri AddressOf(Configured configured)
    {
        if (Uri.TryCreate(GatewayLock.FindOwner(configured.Paths)?.Url, UriKind.Absolute, out var announced) && announced.Scheme is "http" or "https")
        {
            return announced;
        }

        var gateway = configured.Config.Gateway;
        return new Uri(BindPlan.Resolve(gateway, BindPlan.OfMachine).Url(gateway.Port));
    }
}
