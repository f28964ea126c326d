using Xopc.Configuration;

namespace Xopc.Gateway.Edge;

/// <summary>Makes the credential at start: command line, else environment, else file, else the kept generated token.</summary>
internal static class CredentialSource
{
    public static GatewayCredential Create(IServiceProvider services)
    {
        var auth = services.GetRequiredService<ConfigStore>().Current.Gateway.Auth;
        var edge = services.GetRequiredService<EdgeOptions>();
        return Resolve(auth, edge.TokenOverride, services.GetRequiredService<StatePaths>());
    }

    internal static GatewayCredential Resolve(AuthConfig auth, string? tokenOverride, StatePaths paths) => auth.Mode switch
    {
        "none" => new GatewayCredential(GatewayAuthMode.None, null),
        "password" => new GatewayCredential(GatewayAuthMode.Password, auth.Password),
        _ when (tokenOverride ?? auth.Token) is { Length: > 0 } token => new GatewayCredential(GatewayAuthMode.Token, token),
        _ => new GatewayCredential(GatewayAuthMode.Token, GatewayTokenFile.LoadOrCreate(paths.CredentialsDirectory), generated: true),
    };
}
