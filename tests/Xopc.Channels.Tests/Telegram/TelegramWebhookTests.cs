using Xopc.Channels.Accounts;
using Xopc.Channels.Telegram.Webhooks;
using Xopc.Configuration;

namespace Xopc.Channels.Tests.Telegram;

/// <summary>A bot whose updates Telegram brings: how its state is known, and whose secret counts; in virtual time.</summary>
public sealed class TelegramWebhookTests : IAsyncLifetime
{
    private const string Secret = "configured-secret-0123";
    private static readonly TimeSpan Probe = TimeSpan.FromSeconds(20);

    private PollRig _rig = null!;
    private WebhookReceiver _receiver = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (_rig, _receiver) = (await PollRig.StartAsync(), await WebhookReceiver.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_webhook_that_nobody_uses_is_connected_by_what_telegram_says_of_it_and_never_begins_anew()
    {
        var actor = await StartAsync();
        for (var time = TimeSpan.Zero; time < TimeSpan.FromHours(1); time += Probe)
        {
            var before = _rig.Bot.CallCount("getWebhookInfo");
            await _rig.PassUntilAsync(() => _rig.Bot.CallCount("getWebhookInfo") > before, "a look", TimeSpan.FromSeconds(1));
            await _rig.PassUntilAsync(() => actor.State.Evidence >= _rig.CallsOf("getWebhookInfo")[^1], "its answer", TimeSpan.Zero);
            Assert.Equal(AccountStates.Connected, actor.State.State);
        }

        Assert.Equal((0, 1, 0), (actor.State.Restarts, _rig.Bot.CallCount("setWebhook"), _rig.Bot.CallCount("getUpdates")));
        Assert.InRange(_rig.Clock.GetUtcNow() - actor.State.Evidence!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(55));
    }

    [Fact]
    public async Task What_telegram_cannot_deliver_shows_in_the_state_until_nothing_waits_any_more()
    {
        var actor = await StartAsync();
        _receiver.Status = 503;
        _rig.Api.Anna.Writes(_rig.Bot, "hello?");
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the state that says so");
        Assert.Contains("503", actor.State.Reason, StringComparison.Ordinal);
        Assert.Contains("1 wait", actor.State.Reason, StringComparison.Ordinal);

        _receiver.Status = 200;
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Connected, "the way back");
        Assert.Equal((0, 0), (actor.State.Restarts, _rig.Bot.PendingUpdates));
    }

    [Fact]
    public async Task Whoever_deletes_the_webhook_is_named_and_it_is_set_again()
    {
        var actor = await StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var set = _rig.Bot.CallCount("setWebhook");
            await _rig.Api.CallAsync("deleteWebhook", new { });
            await _rig.PassUntilAsync(() => _rig.Bot.CallCount("setWebhook") > set, "the webhook");
            Assert.NotEqual(AccountStates.Connected, actor.State.State);
            Assert.Contains("Somebody else has deleted", actor.State.Reason, StringComparison.Ordinal);
        }

        Assert.Equal((AccountStates.Conflict, 0), (actor.State.State, actor.State.Restarts));
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Connected, "the way back");
    }

    [Fact]
    public async Task A_mute_server_shows_in_the_state_within_a_minute()
    {
        var actor = await StartAsync();
        using var mute = _rig.Bot.When("getWebhookInfo").Mute();
        var at = actor.State.Evidence!.Value;
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the state that says so");
        Assert.InRange(_rig.Clock.GetUtcNow() - at, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        mute.Lift();
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Connected, "the way back");
    }

    [Fact]
    public async Task Whoever_polls_again_deletes_the_webhook_first_and_begins_with_what_waits()
    {
        var actor = await StartAsync();
        _receiver.Status = 503;
        _rig.Api.Anna.Writes(_rig.Bot, "not taken yet");
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the state that says so");
        await actor.StopAsync();

        _rig.Start();
        await _rig.PassUntilAsync(() => _rig.Bot.PendingUpdates == 0, "the confirmation");
        Assert.Equal(["not taken yet"], await _rig.TakenAsync());
        Assert.Equal(0, _rig.Bot.AnswerCount(409));
    }

    [Fact]
    public async Task The_secret_is_one_that_nobody_was_told_but_telegram_and_every_start_makes_another()
    {
        await (await StartAsync(secret: null)).StopAsync();
        _rig.Api.Anna.Writes(_rig.Bot, "one");
        await _rig.Api.Server.WaitForAsync(() => !_receiver.Shown.IsEmpty, "a push", Cancelled);
        var first = Assert.Single(_receiver.Shown)!;
        Assert.Matches("^[A-Za-z0-9_-]{43}$", first);
        Assert.Equal(_rig.Bot.Id, (await FindAsync(first))!.Id);
        Assert.Null(await FindAsync(first[1..]));
        Assert.Null(await FindAsync(null));
        Assert.Null(await FindAsync(new string('a', 300)));

        // While Telegram is being told the next one, and until it knows it, both count.
        using (var refusal = _rig.Bot.When("setWebhook").TooManyRequests(3))
        {
            _rig.Start(webhook: new TelegramWebhookConfig(_receiver.Url, "0123456789abcdef"));
            await refusal.HappenedAsync(1, Cancelled);
            Assert.NotNull(await FindAsync(first));
            Assert.NotNull(await FindAsync("0123456789abcdef"));
        }

        await _rig.PassUntilAsync(() => _rig.Bot.CallCount("getWebhookInfo") > 0, "a look", TimeSpan.FromSeconds(1));
        Assert.Null(await FindAsync(first));
        Assert.NotNull(await FindAsync("0123456789abcdef"));
    }

    [Fact]
    public async Task A_wrong_secret_asks_the_database_once_a_second_at_most()
    {
        await StartAsync();
        var notes = new WebhookNotes(new AccountNotes(_rig.Database, _rig.Clock), _rig.Clock);
        Assert.Null(await notes.FindAsync(_rig.Settings, "wrong", Cancelled));
        await _rig.Database.WriteAsync(tx => { tx.Execute("UPDATE account_notes SET value = 'damaged' WHERE name = 'webhook'"); }, Cancelled);

        // What it knew a moment ago still counts, because nobody looked; a second later it is not there.
        Assert.Null(await notes.FindAsync(_rig.Settings, "wrong", Cancelled));
        Assert.NotNull(await notes.FindAsync(_rig.Settings, Secret, Cancelled));
        _rig.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await notes.FindAsync(_rig.Settings, "wrong", Cancelled));
        Assert.Null(await notes.FindAsync(_rig.Settings, Secret, Cancelled));
    }

    private async Task<AccountActor> StartAsync(string? secret = Secret)
    {
        var actor = _rig.Start(webhook: new TelegramWebhookConfig(_receiver.Url, secret));
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Connected, "the connection", TimeSpan.FromMilliseconds(10));
        return actor;
    }

    private Task<WebhookNote?> FindAsync(string? secret) => new WebhookNotes(new AccountNotes(_rig.Database, _rig.Clock), _rig.Clock).FindAsync(_rig.Settings, secret, Cancelled);
}
