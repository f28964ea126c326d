namespace Xopc.Configuration.Tests;

public sealed class EnvironmentTests
{
    private const string Strong = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("${A}", "1")]
    [InlineData("x${A}y${B_2}z", "x1y2z")]
    [InlineData("$${A}", "${A}")]
    [InlineData("$$${A}", "$${A}")]
    [InlineData("${a}", "${a}")]
    [InlineData("${A", "${A")]
    [InlineData("${}", "${}")]
    [InlineData("${1A}", "${1A}")]
    [InlineData("$A", "$A")]
    [InlineData("${${A}}", "${1}")]
    [InlineData("", "")]
    public void References_are_filled_in(string text, string expected)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["A"] = "1", ["B_2"] = "2" };

        Assert.True(EnvironmentReferences.TryExpand(text, environment.GetValueOrDefault, out var expanded, out _));
        Assert.Equal(expected, expanded);
    }

    [Fact]
    public void What_a_variable_holds_is_not_expanded_again()
    {
        Assert.True(EnvironmentReferences.TryExpand("${A}", name => name == "A" ? "${B}" : "no", out var expanded, out _));
        Assert.Equal("${B}", expanded);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void An_unset_or_empty_variable_is_an_error_that_names_path_and_variable(string? value)
    {
        var read = Home.Read("""{"channels":{"telegram":{"accounts":{"a":{"botToken":"${BOT}"}}}}}""", value is null ? [] : [("BOT", value)]);

        var error = Assert.Single(read.Errors);
        Assert.Equal("channels.telegram.accounts.a.botToken", error.Path);
        Assert.Contains("BOT", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void References_work_in_any_section_and_for_numbers_and_flags()
    {
        var config = Home.Valid(
            """{"gateway":{"port":"${PORT}","security":{"strict":"${STRICT}"},"corsOrigins":["http://${HOST}:1"]},"channels":{"t":{"botToken":"x${BOT}"}}}""",
            ("PORT", "8080"), ("STRICT", "true"), ("HOST", "me"), ("BOT", "y"));

        Assert.Equal((8080, true, "http://me:1"), (config.Gateway.Port, config.Gateway.Security.Strict, config.Gateway.CorsOrigins[0]));
        Assert.Equal("xy", config.Channels.Sections["t"].GetProperty("botToken").GetString());
    }

    [Fact]
    public void An_unset_token_is_reported_once()
    {
        Assert.Equal("gateway.auth.token", Assert.Single(Home.Read("""{"gateway":{"auth":{"token":"${NOPE}"}}}""").Errors).Path);
    }

    [Fact]
    public void References_that_add_up_to_too_much_are_refused()
    {
        var many = string.Concat(Enumerable.Repeat("${A}", 200));
        var rows = string.Join(',', Enumerable.Repeat("\"" + string.Concat(Enumerable.Repeat("${A}", 60)) + "\"", 200));

        Assert.NotEmpty(Home.Read($$"""{"x":"{{many}}"}""", ("A", new string('a', 1000))).Errors);
        Assert.NotEmpty(Home.Read($$"""{"x":[{{rows}}]}""", ("A", new string('a', 1000))).Errors);
    }

    [Fact]
    public void The_environment_beats_the_file()
    {
        var config = Home.Valid(
            $$"""{"gateway":{"port":1,"bind":"lan","auth":{"mode":"none","token":"{{Strong}}"} } }""",
            ("XOPC_GATEWAY_AUTH_MODE", "Token"), ("XOPC_GATEWAY_TOKEN", Strong + "2"), ("XOPC_GATEWAY_PORT", "0"), ("XOPC_GATEWAY_BIND", "loopback"),
            ("XOPC_GATEWAY_STRICT_SECURITY", "1"), ("XOPC_AUTH_RATE_LIMIT", "false"));

        Assert.Equal(("token", Strong + "2", 0, "loopback", true, false), (
            config.Gateway.Auth.Mode, config.Gateway.Auth.Token, config.Gateway.Port, config.Gateway.Bind, config.Gateway.Security.Strict, config.Gateway.Auth.RateLimit.Enabled));
    }

    [Fact]
    public void A_reference_that_the_environment_overrides_need_not_be_set()
    {
        Assert.Equal(Strong, Home.Valid("""{"gateway":{"auth":{"token":"${UNSET}"}}}""", ("XOPC_GATEWAY_TOKEN", Strong)).Gateway.Auth.Token);
    }

    [Fact]
    public void A_mode_that_is_none_is_ignored_with_a_warning_and_a_bad_port_is_an_error()
    {
        var read = Home.Read("{}", ("XOPC_GATEWAY_AUTH_MODE", "magic"));

        Assert.Equal(("token", "XOPC_GATEWAY_AUTH_MODE"), (read.Config!.Gateway.Auth.Mode, Assert.Single(read.Warnings).Path));
        Assert.Equal("XOPC_GATEWAY_PORT", Assert.Single(Home.Read("{}", ("XOPC_GATEWAY_PORT", "http")).Errors).Path);
        Assert.Equal("XOPC_GATEWAY_BIND", Assert.Single(Home.Read("{}", ("XOPC_GATEWAY_BIND", "moon")).Errors).Path);
    }

    [Fact]
    public void A_weak_token_from_the_environment_is_reported_there()
    {
        Assert.Equal("XOPC_GATEWAY_TOKEN", Assert.Single(Home.Read("{}", ("XOPC_GATEWAY_TOKEN", "abc123")).Errors).Path);
    }

    [Fact]
    public void A_token_in_the_file_and_a_password_in_the_environment_are_one_too_many()
    {
        Assert.Equal("gateway.auth", Assert.Single(Home.Read($$"""{"gateway":{"auth":{"token":"{{Strong}}"} } }""", ("XOPC_GATEWAY_PASSWORD", "pass")).Errors).Path);
    }
}
