using Telegram.Bot;
using Telegram.Bot.Exceptions;
using Telegram.Bot.Types.Enums;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram.BotApi;

public sealed class PollingTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_waiting_poll_ends_with_the_update_and_its_time_with_nothing()
    {
        await using var api = await BotApiFixture.StartAsync();
        var first = api.Client.GetUpdates(timeout: 30, cancellationToken: Cancel);
        await api.Bot.WaitForPollAsync(PollState.Waiting, Cancel);
        api.Anna.Writes(api.Bot, "hello");
        var update = Assert.Single(await first);

        var second = api.Client.GetUpdates(update.Id + 1, timeout: 30, cancellationToken: Cancel);
        await api.Bot.WaitForPollAsync(PollState.Waiting, Cancel);
        await api.Bot.WaitForConfirmationAsync(update.Id, Cancel);
        api.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Empty(await second);
    }

    [Fact]
    public async Task Only_an_offset_confirms()
    {
        await using var api = await BotApiFixture.StartAsync();
        foreach (var text in (string[])["1", "2", "3"])
        {
            api.Anna.Writes(api.Bot, text);
        }

        var all = await api.Client.GetUpdates(cancellationToken: Cancel);
        var again = await api.Client.GetUpdates(limit: 2, cancellationToken: Cancel);
        var rest = await api.Client.GetUpdates(all[1].Id + 1, cancellationToken: Cancel);
        api.Anna.Writes(api.Bot, "4");
        var last = await api.Client.GetUpdates(-1, cancellationToken: Cancel);

        Assert.Equal(["1", "2"], again.Select(update => update.Message!.Text!));
        Assert.Equal(["3"], rest.Select(update => update.Message!.Text!));
        Assert.Equal(["4"], last.Select(update => update.Message!.Text!));
        Assert.Equal(1, api.Bot.PendingUpdates);
        Assert.Equal([true, true, true, false], api.Bot.Updates.Select(update => update.ConfirmedAt is not null));
    }

    [Fact]
    public async Task Of_two_polls_the_older_is_told_of_the_conflict()
    {
        await using var api = await BotApiFixture.StartAsync();
        var older = api.Client.GetUpdates(timeout: 30, cancellationToken: Cancel);
        await api.Bot.WaitForPollAsync(PollState.Waiting, Cancel);
        var newer = api.Client.GetUpdates(timeout: 30, cancellationToken: Cancel);

        var conflict = await Assert.ThrowsAsync<ApiRequestException>(() => older);
        api.Anna.Writes(api.Bot, "hello");

        Assert.Equal(409, conflict.ErrorCode);
        Assert.StartsWith("Conflict: terminated by other getUpdates request", conflict.Message, StringComparison.Ordinal);
        Assert.Single(await newer);
    }

    [Fact]
    public async Task A_ghost_owns_the_poll_until_its_time_is_over()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Bot.HoldsGhostPolls();
        using var leaving = new CancellationTokenSource();
        var left = api.Client.GetUpdates(timeout: 30, cancellationToken: leaving.Token);
        await api.Bot.WaitForPollAsync(PollState.Waiting, Cancel);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => left);
        await api.Bot.WaitForPollAsync(PollState.Ghost, Cancel);
        api.Anna.Writes(api.Bot, "still here");

        Assert.Equal(409, (await Assert.ThrowsAsync<ApiRequestException>(() => api.Client.GetUpdates(cancellationToken: Cancel))).ErrorCode);
        api.Clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(409, (await Assert.ThrowsAsync<ApiRequestException>(() => api.Client.GetUpdates(cancellationToken: Cancel))).ErrorCode);
        api.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel));
    }

    [Fact]
    public async Task Without_ghosts_a_client_that_left_leaves_nothing_behind()
    {
        await using var api = await BotApiFixture.StartAsync();
        using var leaving = new CancellationTokenSource();
        var left = api.Client.GetUpdates(timeout: 30, cancellationToken: leaving.Token);
        await api.Bot.WaitForPollAsync(PollState.Waiting, Cancel);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => left);
        await api.Bot.WaitForPollAsync(PollState.None, Cancel);

        Assert.Empty(await api.Client.GetUpdates(cancellationToken: Cancel));
    }

    [Fact]
    public async Task Updates_come_twice_reversed_and_raw_when_they_are_told_to()
    {
        await using var api = await BotApiFixture.StartAsync();
        api.Anna.Writes(api.Bot, "1");
        var first = Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel));
        api.Bot.RepeatsUpdate(first.Id);
        api.Anna.Writes(api.Bot, "2");
        api.Bot.Inject("""{"poll_answer":{"poll_id":"7","option_ids":[0],"option_persistent_ids":[]}}""");
        api.Bot.ReversesBatches = true;

        var ids = (await api.Client.GetUpdates(first.Id + 1, cancellationToken: Cancel)).Select(update => update.Id);

        Assert.Equal([first.Id + 2, first.Id + 1, first.Id], ids);
    }

    [Fact]
    public async Task A_bot_gets_the_kinds_it_asked_for()
    {
        await using var api = await BotApiFixture.StartAsync();
        await api.Client.GetUpdates(allowedUpdates: [UpdateType.EditedMessage], cancellationToken: Cancel);
        var message = api.Anna.Writes(api.Bot, "1");
        api.Anna.In(api.Bot).Edits(message, "2");

        Assert.Equal(UpdateType.EditedMessage, Assert.Single(await api.Client.GetUpdates(cancellationToken: Cancel)).Type);
    }
}
