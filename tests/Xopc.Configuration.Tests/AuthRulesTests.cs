namespace Xopc.Configuration.Tests;

public sealed class AuthRulesTests
{
    private const string Strong = "0123456789abcdef";

    private static string[] Paths(string mode, string? token, string? password = null) =>
        [.. AuthRules.Check(new AuthConfig { Mode = mode, Token = token, Password = password }).Select(problem => problem.Path)];

    [Theory]
    [InlineData("token", null, null)]
    [InlineData("token", "", null)]
    [InlineData("token", Strong, null)]
    [InlineData("token", "  " + Strong + "  ", null)]
    [InlineData("password", null, "x")]
    [InlineData("none", null, null)]
    [InlineData("none", "short", null)]
    public void Good_credentials_pass(string mode, string? token, string? password) => Assert.Empty(Paths(mode, token, password));

    [Theory]
    [InlineData("abc123")]
    [InlineData("change-me-to-a-long-random-token")]
    [InlineData("CHANGE-ME-TO-A-LONG-RANDOM-TOKEN")]
    [InlineData("your-secret-token-here")]
    [InlineData("0123456789abcde")]
    [InlineData("       0123456789abcde       ")]
    [InlineData("   ")]
    [InlineData("${XOPC_GATEWAY_TOKEN}")]
    [InlineData("0123456789abcdef 0123456789abcdef")]
    [InlineData("0123456789abcdef\n0123456789abcdef")]
    [InlineData("пароль-пароль-пароль")]
    public void A_weak_token_is_refused(string token) => Assert.Equal(["gateway.auth.token"], Paths("token", token));

    [Fact]
    public void Fifteen_characters_are_too_few_and_the_message_says_how_many_and_how()
    {
        var problem = Assert.Single(AuthRules.Check(new AuthConfig { Token = Strong[1..] }));

        Assert.Contains("15", problem.Problem, StringComparison.Ordinal);
        Assert.Contains("16", problem.Problem, StringComparison.Ordinal);
        Assert.Contains("openssl rand -hex 32", problem.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token")]
    [InlineData("password")]
    [InlineData("none")]
    public void Both_secrets_are_refused_in_every_mode(string mode) => Assert.Equal(["gateway.auth"], Paths(mode, Strong, "password"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("${PASSWORD}")]
    public void Password_mode_needs_a_password(string? password) => Assert.Equal(["gateway.auth.password"], Paths("password", null, password));

    [Fact]
    public void All_broken_rules_come_at_once() => Assert.Equal(["gateway.auth", "gateway.auth.token"], Paths("token", "abc", "def"));

    [Fact]
    public void A_mode_nobody_knows_is_refused() => Assert.Equal(["gateway.auth.mode"], Paths("magic", null));
}
