using System.Text.Json.Nodes;

namespace Xopc.Configuration.Tests;

public sealed class SecretsTests
{
    private const string Secret = "s3cr3t-v4lue-that-nobody-may-see";

    [Theory]
    [InlineData("""{"gateway":{"auth":"SECRET"}}""")]
    [InlineData("""{"gateway":{"auth":{"token":["SECRET"]}}}""")]
    [InlineData("""{"gateway":{"auth":{"token":"SECRET","password":"SECRET"}}}""")]
    [InlineData("""{"gateway":{"auth":{"mode":"${NAME}"}}}""")]
    [InlineData("""{"gateway":{"port":"${NAME}"}}""")]
    [InlineData("""{"gateway":{"auth":{"mode":"password","password":"SECRET\u0001"}}}""")]
    [InlineData("""{"gateway":"SECRET"}""")]
    [InlineData("""{"gateway":{"auth":{"mode":"SECRET"}}}""")]
    [InlineData("""{"gateway":{"bind":"SECRET"}}""")]
    [InlineData("""{"gateway":{"host":"SECRET"}}""")]
    [InlineData("""{"gateway":{"corsOrigins":["SECRET"]}}""")]
    [InlineData("""{"agents":{"defaults":{"model":"SECRET"}}}""")]
    [InlineData("""{"gateway":{"corsOrigins":["${NAME}"]}}""")]
    [InlineData("""{"channels":{"telegram":"SECRET"}}""")]
    [InlineData("""{"gateway":{"auth":{"token":"SECRET SECRET"}}}""")]
    public void A_message_never_holds_a_secret_or_what_a_variable_holds(string json)
    {
        var read = Home.Read(json.Replace("SECRET", Secret, StringComparison.Ordinal), ("NAME", Secret));

        Assert.NotEmpty(read.Errors);
        Assert.DoesNotContain(Secret, new ConfigException("xopc.json", read.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_text_form_of_a_configuration_shows_no_credentials()
    {
        var config = Home.Valid($$"""{"gateway":{"auth":{"token":"{{Secret}}"} },"channels":{"telegram":{"botToken":"{{Secret}}"} } }""");

        Assert.Equal(Secret, config.Gateway.Auth.Token);
        Assert.DoesNotContain(Secret, config.ToString(), StringComparison.Ordinal);
        Assert.Contains("Token = ***", config.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"gateway":{"host":"${NAME}"}}""")]
    [InlineData("""{"gateway":{"bind":"custom","customBindHost":"${NAME}"}}""")]
    [InlineData("""{"gateway":{"heartbeat":{"activeHours":{"start":"${NAME}","end":"08:00"}}}}""")]
    [InlineData("""{"cron":{"defaultTimezone":"${NAME}"}}""")]
    [InlineData("""{"agents":{"default":"${NAME}","list":[{"id":"a"}]}}""")]
    [InlineData("""{"agents":{"list":[{"id":"${NAME}"},{"id":"${NAME}"}]}}""")]
    [InlineData("""{"agents":{"defaults":{"model":"${NAME}"}}}""")]
    [InlineData("""{"bindings":[{"agentId":"${NAME}","match":{"channel":"${NAME}!"}}],"agents":{"list":[{"id":"a"}]}}""")]
    [InlineData("""{"session":{"identityLinks":{"a":["x"],"b":["x","${NAME}"],"c":["${NAME}"]}}}""")]
    public void A_message_shows_the_reference_and_not_what_it_stands_for(string json)
    {
        var read = Home.Read(json, ("NAME", "hunter2"));

        Assert.NotEmpty(read.Errors);
        Assert.DoesNotContain("hunter2", new ConfigException("xopc.json", read.Errors).Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("gateway.auth.token", true)]
    [InlineData("gateway.auth.password", true)]
    [InlineData("channels.telegram.accounts.a.botToken", true)]
    [InlineData("tools.web.search.providers[0].apiKey", true)]
    [InlineData("channels.feishu.appSecret", true)]
    [InlineData("providers.openai", true)]
    [InlineData("x.credentials.name", true)]
    [InlineData("x.tokens[0]", false)]
    [InlineData("agents.defaults.maxTokens", false)]
    [InlineData("gateway.port", false)]
    public void Secrets_are_known_by_their_names(string path, bool secret) => Assert.Equal(secret, ConfigSecrets.IsSecret(path));

    [Fact]
    public void Redaction_masks_secrets_at_any_depth_and_leaves_references_and_the_original()
    {
        var document = JsonNode.Parse("""
            {"gateway":{"auth":{"token":"abc","password":"","port":1}},"providers":{"openai":"k"},"a":[{"apiKey":["x",1]}],"b":{"botToken":"${BOT}"}}
            """)!.AsObject();

        var redacted = ConfigSecrets.Redact(document).ToJsonString();

        Assert.Equal("""{"gateway":{"auth":{"token":"***","password":"","port":1}},"providers":{"openai":"***"},"a":[{"apiKey":["***","***"]}],"b":{"botToken":"${BOT}"}}""", redacted);
        Assert.Equal("abc", (string?)document["gateway"]!["auth"]!["token"]);
    }
}
