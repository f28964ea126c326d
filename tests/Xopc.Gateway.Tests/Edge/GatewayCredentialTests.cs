using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Tests.Edge;

public sealed class GatewayCredentialTests
{
    [Fact]
    public void Only_the_exact_secret_matches()
    {
        var credential = new GatewayCredential(GatewayAuthMode.Token, "  a-token-of-some-length ");

        Assert.True(credential.Matches("a-token-of-some-length"));
        Assert.False(credential.Matches("A-token-of-some-length"));
        Assert.False(credential.Matches(" a-token-of-some-length"));
        Assert.False(credential.Matches("a-token-of-some-length\0"));
        Assert.False(credential.Matches(""));
        Assert.False(credential.Matches(null));
        Assert.False(credential.Matches(new string('a', 1_000_000)));
        Assert.False(credential.Matches("\ud800"));
    }

    [Fact]
    public void The_longest_secret_of_the_widest_characters_matches()
    {
        var secret = new string('語', GatewayCredential.MaxLength);

        Assert.True(new GatewayCredential(GatewayAuthMode.Password, secret).Matches(secret));
        Assert.Throws<ArgumentException>(() => new GatewayCredential(GatewayAuthMode.Password, secret + "語"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    public void A_mode_that_needs_a_secret_is_not_satisfied_with_nothing(string? secret)
    {
        Assert.Throws<ArgumentException>(() => new GatewayCredential(GatewayAuthMode.Token, secret));
        Assert.Throws<ArgumentException>(() => new GatewayCredential(GatewayAuthMode.Password, secret));
    }

    [Fact]
    public void Mode_none_has_no_secret_that_could_match()
    {
        var credential = new GatewayCredential(GatewayAuthMode.None, "ignored-token-here");

        Assert.False(credential.Matches("ignored-token-here"));
        Assert.Null(credential.Masked);
    }

    [Fact]
    public void The_mask_shows_the_ends_of_long_secrets_and_nothing_of_short_ones()
    {
        Assert.Equal("01234567…89abcdef", new GatewayCredential(GatewayAuthMode.Token, EdgeHost.Token).Masked);
        Assert.DoesNotContain("letmein", new GatewayCredential(GatewayAuthMode.Password, "letmein-letmein-letmein").Masked, StringComparison.Ordinal);
        Assert.DoesNotContain(EdgeHost.Token, new GatewayCredential(GatewayAuthMode.Token, EdgeHost.Token).ToString(), StringComparison.Ordinal);
    }
}
