using Xopc.Configuration;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Edge;

/// <summary>Makes the credential at start.</summary>
internal static class CredentialSource
{
    public static GatewayCredential Create(IServiceProvider services) => Create(
        services.GetRequiredService<ConfigStore>().Current.Gateway.Auth,
        services.GetRequiredService<StatePaths>().CredentialsDirectory,
        services.GetService<SecretRegistry>());

    /// <param name="auth">
    /// The effective values: the configuration has laid command line and environment over the file and held them against its rules.
    /// </param>
    internal static GatewayCredential Create(AuthConfig auth, string credentialsDirectory, SecretRegistry? secrets)
    {
        var mode = Enum.Parse<GatewayAuthMode>(auth.Mode, ignoreCase: true);
        var configured = mode switch
        {
            GatewayAuthMode.Token => auth.Token,
            GatewayAuthMode.Password => auth.Password,
            _ => null,
        };
        var generate = mode is GatewayAuthMode.Token && string.IsNullOrWhiteSpace(configured);
        var secret = generate ? GatewayTokenFile.LoadOrCreate(credentialsDirectory) : configured;
        secrets?.Register(secret);
        return new GatewayCredential(mode, secret, generate);
    }
}
