using Xopc.Gateway.Edge;

namespace Xopc.Cli.Hosting;

/// <summary>What a caller has to show to the gateway of a configuration.</summary>
internal static class GatewaySecret
{
    /// <summary>Token or password; null when none is asked for, or none was generated yet because the gateway never ran.</summary>
    /// <exception cref="InvalidDataException">The file of the generated token holds something else.</exception>
    public static string? Find(Configured configured) => configured.Config.Gateway.Auth switch
    {
        { Mode: "none" } => null,
        { Mode: "password" } auth => auth.Password,
        { Token: { Length: > 0 } token } => token,
        _ => GatewayTokenFile.Find(configured.Paths.CredentialsDirectory),
    };
}
