using Xopc.Configuration;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Edge;

/// <summary>What configuration and credential file say that callers present.</summary>
internal sealed record CredentialSource(GatewayAuthMode Mode, string? Secret, bool Generated)
{
    /// <summary>Makes the credential at start.</summary>
    public static GatewayCredential Create(IServiceProvider services) => Create(
        services.GetRequiredService<ConfigStore>().Current.Gateway.Auth,
        services.GetRequiredService<StatePaths>().CredentialsDirectory,
        services.GetService<SecretRegistry>());

    internal static GatewayCredential Create(AuthConfig auth, string credentialsDirectory, SecretRegistry? secrets)
    {
        var source = Read(auth, credentialsDirectory);
        secrets?.Register(source.Secret);
        return new GatewayCredential(source.Mode, source.Secret, source.Generated) { FollowsConfiguration = true };
    }

    /// <param name="auth">
    /// The effective values: the configuration has laid command line and environment over the file and held them against its rules.
    /// </param>
    public static CredentialSource Read(AuthConfig auth, string credentialsDirectory)
    {
        var mode = Enum.Parse<GatewayAuthMode>(auth.Mode, ignoreCase: true);
        var configured = mode switch
        {
            GatewayAuthMode.Token => auth.Token,
            GatewayAuthMode.Password => auth.Password,
            _ => null,
        };
        var generate = mode is GatewayAuthMode.Token && string.IsNullOrWhiteSpace(configured);
        return new CredentialSource(mode, generate ? GatewayTokenFile.LoadOrCreate(credentialsDirectory) : configured?.Trim(), generate);
    }

    /// <summary>Whether the credential is what this says already.</summary>
    public bool Is(GatewayCredential credential) =>
        credential.Mode == Mode && credential.IsGenerated == Generated && (Mode is GatewayAuthMode.None || credential.Matches(Secret));

    private bool PrintMembers(System.Text.StringBuilder text)
    {
        text.Append("Mode = ").Append(Mode);
        return true;
    }
}
