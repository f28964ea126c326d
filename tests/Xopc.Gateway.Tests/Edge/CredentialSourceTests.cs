using Xopc.Configuration;
using Xopc.Gateway.Edge;
using Xopc.ServiceDefaults.Redaction;

namespace Xopc.Gateway.Tests.Edge;

public sealed class CredentialSourceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("xopc-credential-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Without_a_token_one_is_generated_and_the_next_start_uses_it_again()
    {
        var first = CredentialSource.Create(new AuthConfig(), _root, null);
        var kept = GatewayTokenFile.Find(_root);

        Assert.True(first.IsGenerated);
        Assert.True(first.Matches(kept));
        Assert.True(CredentialSource.Create(new AuthConfig(), _root, null).Matches(kept));
    }

    [Fact]
    public void A_configured_token_is_used_and_nothing_is_generated()
    {
        var credential = CredentialSource.Create(new AuthConfig { Token = "configured-token-of-length" }, _root, null);

        Assert.False(credential.IsGenerated);
        Assert.True(credential.Matches("configured-token-of-length"));
        Assert.Null(GatewayTokenFile.Find(_root));
    }

    [Fact]
    public void Password_and_none_take_no_token()
    {
        var password = CredentialSource.Create(new AuthConfig { Mode = "password", Password = "a pass word" }, _root, null);
        var none = CredentialSource.Create(new AuthConfig { Mode = "none" }, _root, null);

        Assert.True(password.Matches("a pass word"));
        Assert.Equal(GatewayAuthMode.None, none.Mode);
        Assert.Null(GatewayTokenFile.Find(_root));
        Assert.Throws<ArgumentException>(() => CredentialSource.Create(new AuthConfig { Mode = "password" }, _root, null));
    }

    [Fact]
    public void The_secret_is_made_known_to_the_redaction()
    {
        var secrets = new SecretRegistry();
        CredentialSource.Create(new AuthConfig { Token = "configured-token-of-length" }, _root, secrets);

        Assert.DoesNotContain("configured-token", new Redactor(secrets).Redact("token is configured-token-of-length."), StringComparison.Ordinal);
    }
}
