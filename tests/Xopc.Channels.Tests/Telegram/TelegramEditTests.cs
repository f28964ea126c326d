using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Telegram;
using Xopc.Channels.Tests.Telegram.BotApi;
using Xopc.Configuration;
using Xopc.Contracts.Messages;

namespace Xopc.Channels.Tests.Telegram;

/// <summary>Messages that are changed and taken away, over real HTTP.</summary>
public sealed class TelegramEditTests : IAsyncLifetime
{
    private BotApiFixture _api = null!;
    private TelegramAccount _account = null!;
    private string _message = "";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DeliveryTarget Target => new("telegram", "default", "dm", $"{_api.Chat.Id}");

    private string Text => Assert.Single(_api.Chat.Messages).Text;

    public async ValueTask InitializeAsync()
    {
        _api = await BotApiFixture.StartAsync();
        var config = new TelegramAccountConfig { AccountId = "default", Name = "default", Enabled = true, BotToken = _api.Bot.Token, ApiRoot = _api.Server.Address.ToString().TrimEnd('/') };
        _account = new TelegramAccount(
            new TelegramAccountSettings("default", "telegram:test", config, _api.Bot.Token), () => throw new InvalidOperationException("Nothing is taken in."), null!, null!, null!, TimeProvider.System,
            NullLogger<TelegramAccount>.Instance);
        _message = Assert.IsType<SendResult.Sent>(await _account.SendAsync(Target, _account.RenderPreview("The **beginning")!, new SendOptions(), Cancelled)).MessageId;
    }

    [Fact]
    public async Task A_message_reads_as_it_was_changed_and_to_say_the_same_again_is_no_failure()
    {
        Assert.Equal("The beginning …", Text);
        Assert.Equal(new SendResult.Sent(_message), await EditAsync("The **beginning** and the end."));
        Assert.Equal(new SendResult.Sent(_message), await EditAsync("The **beginning** and the end."));

        Assert.Equal("The beginning and the end.", Text);
        Assert.Single(_api.Chat.Messages[0].Edits);
    }

    [Fact]
    public async Task A_refused_format_is_left_out()
    {
        _api.Bot.When("editMessageText").Times(1).CannotParseEntities();

        Assert.NotNull(Assert.IsType<SendResult.Sent>(await EditAsync("The **end**.")).Note);
        Assert.Equal("The end.", Text);
    }

    [Fact]
    public async Task What_cannot_be_changed_pauses_and_broken_connections_are_told_apart()
    {
        _api.Bot.When("editMessageText").Times(1).TooManyRequests(7);
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.IsType<SendResult.Later>(await EditAsync("x")).After);
        _api.Bot.When("editMessageText").Times(1).ResetsAfterAccepting();
        Assert.IsType<SendResult.Unknown>(await EditAsync("it came all the same"));
        Assert.Equal("it came all the same", Text);
        _api.Bot.When("editMessageText").Times(1).Refuses(400, "Bad Request: message can't be edited");
        Assert.False(Assert.IsType<SendResult.Refused>(await EditAsync("y")).OfPeer);
        Assert.True(await DeleteAsync());
        Assert.False(Assert.IsType<SendResult.Refused>(await EditAsync("y")).OfPeer);
        _api.Anna.Blocks(_api.Bot);
        Assert.True(Assert.IsType<SendResult.Refused>(await EditAsync("y")).OfPeer);
    }

    [Fact]
    public async Task A_message_that_is_gone_or_too_old_needs_no_taking_away()
    {
        _api.Bot.When("deleteMessage").Times(1).TooManyRequests(7);
        Assert.False(await DeleteAsync());
        _api.Bot.When("deleteMessage").Times(1).ResetsBeforeAccepting();
        Assert.False(await DeleteAsync());
        Assert.Null(_api.Chat.Messages[0].DeletedAt);

        _api.Clock.Advance(TimeSpan.FromHours(48));
        Assert.True(await DeleteAsync());
        Assert.Null(_api.Chat.Messages[0].DeletedAt);
        Assert.True(await _account.DeleteAsync(Target, "4711", Cancelled));
    }

    [Fact]
    public async Task Of_what_is_longer_than_a_message_its_beginning_is_shown_and_stays()
    {
        var text = string.Concat(Enumerable.Range(0, 800).Select(i => $"Line number {i}.\n"));
        var shown = _account.RenderPreview(text[..8_000])!;

        Assert.IsType<SendResult.Sent>(await _account.EditAsync(Target, _message, shown, Cancelled));
        Assert.InRange(Text.Length, 4_000, 4_096);
        Assert.EndsWith(" …", Text, StringComparison.Ordinal);
        Assert.Equal(shown, _account.RenderPreview(text));
        Assert.Null(_account.RenderPreview(" \n"));
    }

    public async ValueTask DisposeAsync()
    {
        await _account.DisposeAsync();
        await _api.DisposeAsync();
    }

    private Task<SendResult> EditAsync(string text) => _account.EditAsync(Target, _message, Assert.Single(_account.Render(text)), Cancelled);

    private Task<bool> DeleteAsync() => _account.DeleteAsync(Target, _message, Cancelled);
}
