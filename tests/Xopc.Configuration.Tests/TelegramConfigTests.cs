using System.Text.Json.Nodes;

namespace Xopc.Configuration.Tests;

public sealed class TelegramConfigTests
{
    private const string Token = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

    [Fact]
    public void A_token_at_the_top_is_one_enabled_account_that_has_everything_from_the_top()
    {
        var telegram = Telegram($$"""
            {"botToken":" {{Token}} ","streamMode":"off","debounceMs":0,"allowFrom":[7,"tg:8","telegram:7","*"],"accounts":{},"apiRoot":"http://localhost:8081/","mediaMaxMb":2000,
             "webhook":{"url":"http://me/hooks/one","secret":"0123456789abcdef"},"requireMention":false}
            """);

        var account = Assert.Single(telegram.Accounts).Value;
        Assert.Equal((true, "default", true, Token), (telegram.Enabled, account.AccountId, account.Enabled, account.BotToken));
        Assert.Equal(("off", 0, "http://localhost:8081", 2000, false), (account.StreamMode, account.DebounceMs, account.ApiRoot, account.MediaMaxMb, account.RequireMention));
        Assert.Equal(["7", "8", "*"], account.AllowFrom);
        Assert.Equal(new TelegramWebhookConfig("http://me/hooks/one", "0123456789abcdef"), account.Webhook);
    }

    [Theory]
    [InlineData("https://me.example", "https://me.example/webhooks/telegram/one")]
    [InlineData("https://me.example:8443/", "https://me.example:8443/webhooks/telegram/one")]
    [InlineData("https://me.example/bot/", "https://me.example/bot/")]
    public void A_webhook_s_address_without_a_path_is_the_gateway_s_own_and_its_secret_may_be_left_to_the_gateway(string url, string told)
    {
        var webhook = Telegram($$"""{"accounts":{"One":{"botToken":"1:a","webhook":{"url":"{{url}}" } } } }""").Accounts["one"].Webhook;

        Assert.Equal(new TelegramWebhookConfig(told, null), webhook);
    }

    [Fact]
    public void An_account_changes_for_itself_what_the_top_says_for_all()
    {
        var telegram = Telegram("""
            {"streamMode":"off","allowFrom":[1],"groups":{"-1":{"requireMention":false},"-2":{}},"proxy":"socks5://p:1",
             "accounts":{"One":{"botToken":"1:a","streamMode":"block","allowFrom":[2],"groups":{"-1":{"groupPolicy":"disabled"}}},"two":{"tokenFile":"/t","name":"Two"}}}
            """);

        var (one, two) = (telegram.Accounts["one"], telegram.Accounts["two"]);
        Assert.Equal(("block", "one", true), (one.StreamMode, one.Name, one.Enabled));
        Assert.Equal(("off", "Two", "/t", "socks5://p:1"), (two.StreamMode, two.Name, two.TokenFile, two.Proxy));
        Assert.Equal(["1", "2"], one.AllowFrom);
        Assert.Equal(["1"], two.AllowFrom);
        Assert.Equal((true, "disabled"), (one.Groups["-1"].RequireMention, one.Groups["-1"].GroupPolicy));
        Assert.Equal((false, true), (two.Groups["-1"].RequireMention, two.Groups.ContainsKey("-2")));
    }

    [Fact]
    public void What_a_topic_does_not_say_is_the_group_s_and_what_that_does_not_say_is_the_account_s()
    {
        var group = Telegram("""
            {"botToken":"1:a","requireMention":false,"groupPolicy":"allowlist",
             "groups":{"-100":{"allowFrom":[],"systemPrompt":"be brief","topics":{"5":{"requireMention":true},"6":{"allowFrom":["9"],"enabled":false}}},"-200":{"enabled":false,"topics":{"1":{"enabled":true}}}}}
            """).Accounts["default"].Groups;

        Assert.Equal((false, "allowlist", true, "be brief"), (group["-100"].RequireMention, group["-100"].GroupPolicy, group["-100"].Enabled, group["-100"].SystemPrompt));
        Assert.Equal((true, "allowlist", "be brief"), (group["-100"].Topics["5"].RequireMention, group["-100"].Topics["5"].GroupPolicy, group["-100"].Topics["5"].SystemPrompt));
        Assert.Empty(group["-100"].Topics["5"].AllowFrom!.Value);
        Assert.Equal(["9"], group["-100"].Topics["6"].AllowFrom!.Value);
        Assert.False(group["-100"].Topics["6"].Enabled || group["-200"].Topics["1"].Enabled);
        Assert.Null(group["-200"].AllowFrom);
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"botToken":""}""", false)]
    [InlineData("""{"botToken":"1:a"}""", true)]
    [InlineData("""{"botToken":"1:a","enabled":false}""", false)]
    [InlineData("""{"tokenFile":"/t"}""", true)]
    [InlineData("""{"accounts":{"a":{"botToken":"1:a"}}}""", true)]
    [InlineData("""{"enabled":false,"accounts":{"a":{"botToken":"1:a","enabled":true}}}""", false)]
    [InlineData("""{"accounts":{"a":{"botToken":"1:a","enabled":false}}}""", false)]
    public void A_token_enables_what_nothing_switches_off(string json, bool enabled) => Assert.Equal(enabled, Telegram(json).Accounts.Values.Single().Enabled);

    [Theory]
    [InlineData("""{"enabled":true}""", "botToken")]
    [InlineData("""{"accounts":{"a":{"botToken":"1:a"},"b":{}}}""", "accounts.b.botToken")]
    [InlineData("""{"botToken":"1:a","tokenFile":"/t"}""", "tokenFile")]
    [InlineData("""{"botToken":"1/a"}""", "botToken")]
    [InlineData("""{"botToken":7}""", "botToken")]
    [InlineData("""{"tokenFile":"t"}""", "tokenFile")]
    [InlineData("""{"apiRoot":"ftp://x"}""", "apiRoot")]
    [InlineData("""{"apiRoot":"https://u:p@x"}""", "apiRoot")]
    [InlineData("""{"proxy":"socks4://x:1"}""", "proxy")]
    [InlineData("""{"allowFrom":["@ann"]}""", "allowFrom[0]")]
    [InlineData("""{"allowFrom":7}""", "allowFrom")]
    [InlineData("""{"groups":{"100":{}}}""", "groups.100")]
    [InlineData("""{"groups":{"-100":{"topics":{"x":{}}}}}""", "groups.-100.topics.x")]
    [InlineData("""{"groups":{"-100":{"topics":{"5":{"groupPolicy":"pairing"}}}}}""", "groups.-100.topics.5.groupPolicy")]
    [InlineData("""{"mediaMaxMb":21}""", "mediaMaxMb")]
    [InlineData("""{"mediaMaxMb":21,"apiRoot":"http://me","accounts":{"a":{"apiRoot":"https://API.telegram.org/"}}}""", "mediaMaxMb")]
    [InlineData("""{"accounts":{"a":{"mediaMaxMb":21}}}""", "accounts.a.mediaMaxMb")]
    [InlineData("""{"webhook":{"url":"http://me/x","secret":"0123456789abcdef"}}""", "webhook.url")]
    [InlineData("""{"webhook":{"url":"https://me/x","secret":"short"}}""", "webhook.secret")]
    [InlineData("""{"webhook":{"secret":"0123456789abcdef"}}""", "webhook.url")]
    [InlineData("""{"textChunkLimit":4097}""", "textChunkLimit")]
    [InlineData("""{"accounts":[]}""", "accounts")]
    [InlineData("""{"accounts":{"a b":{}}}""", "accounts.a b")]
    [InlineData("""{"accounts":{"a":{},"A":{}}}""", "accounts.A")]
    [InlineData("""{"accounts":{"a":7}}""", "accounts.a")]
    public void What_cannot_be_is_named_once(string json, string key) =>
        Assert.Equal("channels.telegram." + key, Assert.Single(Read(json).Errors).Path);

    [Fact]
    public void Two_accounts_with_one_token_are_both_named_and_the_token_is_not()
    {
        var read = Home.Read("""{"channels":{"telegram":{"accounts":{"home":{"botToken":"${HOME_BOT}"},"work":{"botToken":"${BOT}"}}}}}""", ("BOT", Token), ("HOME_BOT", Token));

        var error = Assert.Single(read.Errors);
        Assert.Equal("channels.telegram.accounts.work.botToken", error.Path);
        Assert.Contains("home and work", error.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_come_at_once_and_none_shows_a_secret()
    {
        var read = Read("""
            {"botToken":"hunter2 x","proxy":"u:hunter2@host","apiRoot":"https://u:hunter2@host","webhook":{"url":"https://u:hunter2@host","secret":"hunter2"},"dmPolicy":"ask","pollTimeoutSeconds":51}
            """);

        Assert.Equal(
            ["apiRoot", "botToken", "dmPolicy", "pollTimeoutSeconds", "proxy", "webhook.secret", "webhook.url"],
            read.Errors.Select(error => error.Path["channels.telegram.".Length..]).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("hunter2", new ConfigException("xopc.json", read.Errors).Message, StringComparison.Ordinal);
        Assert.Contains("\"ask\"", read.Errors.Single(error => error.Path.EndsWith("dmPolicy", StringComparison.Ordinal)).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_no_effect_is_a_warning()
    {
        var read = Read("""
            {"botToken":"1:a","debug":true,"historyLimit":50,"colour":1,"accounts":{"a":{"botToken":"1:b","accountId":"other","size":1,"dmPolicy":"allowlist"}},"groups":{"-1":{"groupId":-1,"x":1,"topics":{"5":{"topicId":6}}}}}
            """);

        Assert.Empty(read.Errors);
        Assert.Equal(
            ["accounts.a.accountId", "accounts.a.allowFrom", "accounts.a.size", "botToken", "colour", "groups.-1.topics.5.topicId", "groups.-1.x"],
            read.Warnings.Select(warning => warning.Path["channels.telegram.".Length..]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"name":"n"}""")]
    [InlineData("""{"enabled":false}""")]
    [InlineData("""{"botToken":"1:c"}""")]
    [InlineData("""{"apiRoot":"http://me"}""")]
    [InlineData("""{"proxy":"http://p"}""")]
    [InlineData("""{"allowFrom":[3]}""")]
    [InlineData("""{"requireMention":false}""")]
    [InlineData("""{"groups":{"-1":{"topics":{"5":{"allowFrom":[9]}}}}}""")]
    [InlineData("""{"webhook":{"url":"https://me/x","secret":"0123456789abcdef"}}""")]
    [InlineData("""{"deliveryNotAfterMs":60000}""")]
    public void A_change_of_one_account_shows_in_it_and_in_no_other(string change)
    {
        var before = JsonNode.Parse("""{"allowFrom":[1],"accounts":{"a":{"botToken":"1:a","groups":{"-1":{"topics":{"5":{"allowFrom":[8]}}}}},"b":{"botToken":"1:b","allowFrom":[2]}}}""")!;
        var after = before.DeepClone();
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            after["accounts"]!["a"]![name] = value!.DeepClone();
        }

        var (old, again, changed) = (Telegram(before.ToJsonString()), Telegram(before.ToJsonString()), Telegram(after.ToJsonString()));

        Assert.Equal(old.Accounts["a"], again.Accounts["a"]);
        Assert.Equal(old.Accounts["a"].GetHashCode(), again.Accounts["a"].GetHashCode());
        Assert.NotEqual(old.Accounts["a"], changed.Accounts["a"]);
        Assert.Equal(old.Accounts["b"], changed.Accounts["b"]);
    }

    [Fact]
    public void The_text_form_of_an_account_shows_no_secret()
    {
        var account = Telegram($$$"""{"botToken":"{{{Token}}}","proxy":"http://u:hunter2@p","webhook":{"url":"https://me/x","secret":"hunter2-hunter2-x"}}""").Accounts["default"];

        Assert.DoesNotContain(Token, account.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", account.ToString() + account.Webhook, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_channels_stay_as_they_are_written()
    {
        var channels = Home.Valid("""{"channels":{"Telegram":{"botToken":"1:a"},"Feishu":{"appId":"x"}}}""").Channels;

        Assert.Equal("1:a", channels.Telegram!.Accounts["default"].BotToken);
        Assert.Equal("feishu", Assert.Single(channels.Sections).Key);
        Assert.Null(Home.Valid("{}").Channels.Telegram);
    }

    private static ConfigReadResult Read(string telegram) => Home.Read("{\"channels\":{\"telegram\":" + telegram + "}}");

    private static TelegramConfig Telegram(string telegram)
    {
        var read = Read(telegram);
        Assert.Empty(read.Errors);
        return read.Config!.Channels.Telegram!;
    }
}
