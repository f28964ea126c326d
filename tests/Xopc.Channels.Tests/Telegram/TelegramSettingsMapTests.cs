using System.Collections.Immutable;
using Xopc.Channels.Previews;
using Xopc.Channels.Telegram;
using Xopc.Configuration;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Telegram;

public sealed class TelegramSettingsMapTests
{
    private const string Token = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc";

    [Fact]
    public void What_is_configured_the_same_is_equal_and_no_text_of_it_holds_the_token()
    {
        var (one, other) = (Only(Bot("a") with { BotToken = Token }), Only(Bot("a") with { BotToken = Token }));

        Assert.Equal(one, other);
        Assert.NotEqual(one, Only(Bot("a") with { BotToken = Token, AllowFrom = ["1"] }));
        Assert.Matches("^telegram:[0-9a-f]{16}$", one.OwnershipKey);
        Assert.DoesNotContain("AAEhBOweik6ad9r", one.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("partial", PreviewMode.Partial)]
    [InlineData("block", PreviewMode.Block)]
    [InlineData("off", PreviewMode.Off)]
    internal void The_stream_mode_says_what_is_seen_of_an_unfinished_answer(string mode, PreviewMode seen) =>
        Assert.Equal(seen, Only(Bot("a") with { BotToken = Token, StreamMode = mode }).Preview);

    [Fact]
    public void A_token_is_read_from_its_file_and_another_one_is_another_account()
    {
        using var directory = new TempDirectory();
        var path = directory.File("token");
        File.WriteAllText(path, Token + "\n");
        var before = Only(Bot("a") with { TokenFile = path });
        File.WriteAllText(path, Token[..^1] + "d");
        var after = Only(Bot("a") with { TokenFile = path });

        Assert.Null(before.Unusable);
        Assert.Equal(Token, before.Token);
        Assert.NotEqual(before, after);
        Assert.NotEqual(before.OwnershipKey, after.OwnershipKey);
    }

    [Fact]
    public void A_file_that_is_not_there_or_holds_no_token_is_named_with_its_key()
    {
        using var directory = new TempDirectory();
        var missing = Only(Bot("a") with { TokenFile = directory.File("missing") });
        File.WriteAllText(directory.File("long"), new string('1', 5_000));
        var wrong = Only(Bot("a") with { TokenFile = directory.File("long") });

        Assert.Contains("channels.telegram.accounts.a.tokenFile", missing.Unusable, StringComparison.Ordinal);
        Assert.Contains(directory.File("missing"), missing.Unusable, StringComparison.Ordinal);
        Assert.Contains("does not hold", wrong.Unusable, StringComparison.Ordinal);
        Assert.Equal("", wrong.OwnershipKey);
    }

    [Fact]
    public void Of_two_accounts_with_one_token_the_second_cannot_run_and_says_whose_it_is()
    {
        var all = Map(Bot("a") with { BotToken = Token }, Bot("b") with { BotToken = Token });

        Assert.Null(all[0].Unusable);
        Assert.Contains("token of the account 'a'", all[1].Unusable, StringComparison.Ordinal);
    }

    [Fact]
    public void A_webhook_is_another_setting_of_a_usable_account()
    {
        var polled = Only(Bot("a") with { BotToken = Token });
        var settings = Only(Bot("a") with { BotToken = Token, Webhook = new TelegramWebhookConfig("https://example.org/hook", null) });

        Assert.Null(settings.Unusable);
        Assert.NotEqual(polled, settings);
    }

    [Fact]
    public void A_group_for_nobody_is_not_a_group_for_everybody()
    {
        var open = new TelegramGroupConfig();
        var groups = ImmutableSortedDictionary<string, TelegramGroupConfig>.Empty.Add("-1", open).Add("-2", open with { AllowFrom = [] });
        var places = Only(Bot("a") with { BotToken = Token, Groups = groups }).Access.Groups;

        Assert.Null(places["-1"].AllowFrom);
        Assert.Empty(places["-2"].AllowFrom!.Value);
        Assert.NotEqual(places["-1"], places["-2"]);
    }

    private static TelegramAccountConfig Bot(string id) => new() { AccountId = id, Name = id, Enabled = true };

    private static TelegramAccountSettings Only(TelegramAccountConfig account) => Map(account)[0];

    private static IReadOnlyList<TelegramAccountSettings> Map(params TelegramAccountConfig[] accounts) =>
        [.. TelegramSettingsMap.Of(new TelegramConfig { Enabled = true, Accounts = accounts.ToImmutableSortedDictionary(account => account.AccountId, account => account, StringComparer.Ordinal) }).Cast<TelegramAccountSettings>()];
}
