using Telegram.Bot.Exceptions;
using Xopc.Channels.Accounts;
using Xopc.Channels.Telegram;
using Xopc.Channels.Tests.Telegram.BotApi;
using Xopc.Configuration;
using Xopc.Testing.Storage;

namespace Xopc.Channels.Tests.Telegram;

public sealed class TelegramMenuTests : IAsyncLifetime
{
    private readonly TestDatabase _database = TestDatabase.Open("channels", null, ChannelsSchema.Series);
    private BotApiFixture _api = null!;

    public async ValueTask InitializeAsync() => _api = await BotApiFixture.StartAsync();

    [Fact]
    public async Task The_menu_is_set_once_and_again_only_for_another_token()
    {
        await ShowAsync();
        await ShowAsync();

        Assert.Equal(1, _api.Bot.CallCount("setMyCommands"));
    }

    [Theory]
    [InlineData(502)]
    [InlineData(429)]
    [InlineData(0)]
    public async Task A_menu_that_cannot_be_set_keeps_nobody_from_talking_and_is_set_at_the_next_start(int status)
    {
        _ = status switch
        {
            0 => _api.Bot.When("setMyCommands").Times(1).ResetsBeforeAccepting(),
            429 => _api.Bot.When("setMyCommands").Times(1).TooManyRequests(3),
            _ => _api.Bot.When("setMyCommands").Times(1).BareStatus(status, "<html>"),
        };

        await ShowAsync();
        await ShowAsync();

        Assert.Equal(2, _api.Bot.CallCount("setMyCommands"));
    }

    [Fact]
    public async Task A_token_that_is_refused_is_told()
    {
        _api.Bot.When("setMyCommands").Refuses(401, "Unauthorized");

        await Assert.ThrowsAsync<ApiRequestException>(ShowAsync);
    }

    public async ValueTask DisposeAsync()
    {
        await _api.DisposeAsync();
        await _database.DisposeAsync();
    }

    private async Task ShowAsync()
    {
        var config = new TelegramAccountConfig { AccountId = "default", Name = "default", Enabled = true, BotToken = _api.Bot.Token, ApiRoot = _api.Server.Address.ToString().TrimEnd('/') };
        var settings = new TelegramAccountSettings("default", "telegram:test", config, _api.Bot.Token);
        using var connection = new TelegramConnection(settings);
        await new TelegramMenu(settings, new AccountNotes(_database.Database, TimeProvider.System)).ShowAsync(connection, TestContext.Current.CancellationToken);
    }
}
