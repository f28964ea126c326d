using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Telegram;
using Xopc.Channels.Tests.Telegram.BotApi;
using Xopc.Configuration;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Telegram;

/// <summary>What each end of a send means, over real HTTP.</summary>
public sealed class TelegramAccountTests : IAsyncLifetime
{
    private BotApiFixture _api = null!;
    private TelegramAccount _account = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _api = await BotApiFixture.StartAsync();
        _account = Open(_api.Bot.Token);
    }

    [Fact]
    public async Task What_is_sent_names_its_message()
    {
        var sent = Assert.IsType<SendResult.Sent>(await SendAsync("**hello**"));

        Assert.Equal(Assert.Single(_api.Chat.Messages).MessageId.ToString(System.Globalization.CultureInfo.InvariantCulture), sent.MessageId);
        Assert.Null(sent.Note);
        Assert.Equal("hello", _api.Chat.Messages[0].Text);
    }

    [Fact]
    public async Task A_refused_format_goes_out_without_it_once()
    {
        _api.Bot.When("sendMessage").Times(1).CannotParseEntities();

        Assert.NotNull(Assert.IsType<SendResult.Sent>(await SendAsync("**hello**")).Note);
        Assert.Equal("hello", Assert.Single(_api.Chat.Messages).Text);
    }

    [Fact]
    public async Task A_topic_that_is_gone_is_left_and_the_message_is_there()
    {
        var forum = _api.Server.AddSupergroup("Forum", isForum: true, _api.Bot);
        var topic = forum.AddTopic("Bugs");
        topic.Delete();

        Assert.NotNull(Assert.IsType<SendResult.Sent>(await SendAsync("hello", forum.Id, $"{topic.ThreadId}")).Note);
        Assert.Equal("hello", forum.Messages[^1].Text);
    }

    [Fact]
    public async Task Pauses_bad_tokens_and_refusals_are_told_apart_and_nobody_saw_anything()
    {
        _api.Bot.When("sendMessage").Times(1).TooManyRequests(7);
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<SendResult.Later>(await SendAsync("x")).After);
        _api.Bot.When("sendMessage").Times(1).Refuses(400, "Bad Request: chat not found");
        Assert.True(Assert.IsType<SendResult.Refused>(await SendAsync("x")).OfPeer);
        _api.Anna.Blocks(_api.Bot);
        Assert.True(Assert.IsType<SendResult.Refused>(await SendAsync("x")).OfPeer);
        var group = _api.Server.AddGroup("Family", _api.Bot);
        var supergroup = group.Migrates();
        Assert.Equal(new SendResult.Moved($"{supergroup.Id}"), await SendAsync("x", group.Id));
        await using var stranger = Open("4242:wrong");
        Assert.True(Assert.IsType<SendResult.Later>(await SendAsync("x", account: stranger)).OfAccount);

        Assert.Empty(_api.Chat.Messages);
    }

    [Fact]
    public async Task A_server_that_is_not_there_surely_showed_nothing()
    {
        await using var away = Open(_api.Bot.Token, "http://127.0.0.1:1");

        Assert.IsType<SendResult.Later>(await SendAsync("x", account: away));
    }

    [Fact]
    public async Task Whatever_breaks_after_the_message_left_is_unknown()
    {
        _api.Bot.When("sendMessage").Times(1).ResetsBeforeAccepting();
        Assert.IsType<SendResult.Unknown>(await SendAsync("before"));
        _api.Bot.When("sendMessage").Times(1).ResetsAfterAccepting();
        Assert.IsType<SendResult.Unknown>(await SendAsync("after"));
        _api.Bot.When("sendMessage").Times(1).CutsTheAnswer();
        Assert.IsType<SendResult.Unknown>(await SendAsync("cut"));
        _api.Bot.When("sendMessage").Times(1).TruncatesTheAnswer();
        Assert.IsType<SendResult.Unknown>(await SendAsync("truncated"));
        _api.Bot.When("sendMessage").Times(1).BareStatus(502, "<html>");
        Assert.IsType<SendResult.Unknown>(await SendAsync("proxy"));
        _api.Bot.When("sendMessage").Times(1).BareStatus(504);
        Assert.IsType<SendResult.Unknown>(await SendAsync("gateway"));

        Assert.Equal(["after", "cut", "truncated"], _api.Chat.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task A_mute_server_after_accepting_ends_as_cancelled_never_as_not_sent()
    {
        using var mute = _api.Bot.When("sendMessage").Times(1).MuteAfterAccepting();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = SendAsync("x", cancellation: patience.Token);
        await mute.HappenedAsync(1, Cancelled);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public void What_a_delivery_was_cut_into_comes_back_as_it_was()
    {
        var parts = _account.Render("**bold** and [a link](https://example.org/)\n\n```python\nprint('hello')\n```\n\n" + new string('x', 5_000));

        var again = _account.Restore(_account.Keep(parts));

        Assert.True(parts.Count > 1);
        Assert.Equal(parts.Select(part => part.No), again.Select(part => part.No));
        foreach (var (before, after) in parts.Cast<TelegramPart>().Zip(again.Cast<TelegramPart>()))
        {
            Assert.Equal(before.Content.Text, after.Content.Text);
            Assert.Equal(before.Content.Entities, after.Content.Entities);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _api.DisposeAsync();
    }

    private TelegramAccount Open(string token, string? root = null)
    {
        var config = new TelegramAccountConfig { AccountId = "default", Name = "default", Enabled = true, BotToken = token, ApiRoot = root ?? _api.Server.Address.ToString().TrimEnd('/') };
        return new TelegramAccount(
            new TelegramAccountSettings("default", "telegram:test", config, token), () => throw new InvalidOperationException("Nothing is taken in."), null!, null!, null!, TimeProvider.System,
            NullLogger<TelegramAccount>.Instance);
    }

    private Task<SendResult> SendAsync(string text, long? chat = null, string? thread = null, TelegramAccount? account = null, CancellationToken? cancellation = null)
    {
        var by = account ?? _account;
        var id = chat ?? _api.Chat.Id;
        return by.SendAsync(
            new DeliveryTarget("telegram", "default", id < 0 ? "group" : "dm", $"{id}", thread), Assert.Single(by.Render(text)), new SendOptions(false, null), cancellation ?? Cancelled);
    }
}
