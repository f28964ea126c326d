using Xopc.Channels.Accounts;
using Xopc.Testing.Telegram;

namespace Xopc.Channels.Tests.Telegram;

/// <summary>Receiving by long polls, against a server that misbehaves, in virtual time.</summary>
public sealed class TelegramPollTests : IAsyncLifetime
{
    private static readonly TimeSpan PollTime = TimeSpan.FromSeconds(25);

    private PollRig _rig = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _rig = await PollRig.StartAsync();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task An_idle_but_healthy_day_causes_no_restart()
    {
        var actor = _rig.Start();
        for (var time = TimeSpan.Zero; time < TimeSpan.FromDays(1); time += PollTime)
        {
            await _rig.PollOnceAsync(PollTime);
            Assert.Equal(AccountStates.Connected, actor.State.State);
        }

        Assert.Equal((0, 0), (actor.State.Restarts, _rig.Bot.AnswerCount(409)));
        Assert.Equal(1, _rig.Bot.CallCount("getMe"));
        Assert.InRange(_rig.Bot.CallCount("getUpdates"), 3456, 3460);
    }

    [Fact]
    public async Task A_conflict_closes_the_socket_and_waits_beyond_the_time_of_any_poll_before_it_asks_again()
    {
        using var other = _rig.Bot.When("getUpdates").Times(1).Conflict();
        var actor = _rig.Start();
        await other.HappenedAsync(1, Cancelled);
        await _rig.Bot.WaitForCloseAsync(_rig.Bot.Calls.First(call => call.Method == "getUpdates").Connection, Cancelled); // while time stands still
        await _rig.PassUntilAsync(() => _rig.Bot.CallCount("getUpdates") == 2, "a second poll");

        var polls = _rig.Bot.Calls.Where(call => call.Method == "getUpdates").ToList();
        Assert.InRange(polls[1].At - polls[0].At, TimeSpan.FromSeconds(31), TimeSpan.FromMinutes(2));
        Assert.NotEqual(polls[0].Connection, polls[1].Connection);
        Assert.Equal(0, actor.State.Restarts);
        await _rig.PollOnceAsync(PollTime);
        Assert.Equal(AccountStates.Connected, actor.State.State);
    }

    [Fact]
    public async Task A_conflict_that_lasts_is_named_and_is_over_by_itself_without_a_restart()
    {
        var other = _rig.Bot.When("getUpdates").Conflict();
        var actor = _rig.Start();
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the first sign of a conflict");
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Conflict, "the conflict's name");
        Assert.Equal(3, other.Hits);
        Assert.Contains("Somebody else", actor.State.Reason, StringComparison.Ordinal);

        other.Lift();
        await _rig.PassUntilAsync(() => _rig.Bot.PollState == PollState.Waiting, "a poll that waits");
        await _rig.PollOnceAsync(PollTime);
        Assert.Equal((AccountStates.Connected, 0), (actor.State.State, actor.State.Restarts));
    }

    [Fact]
    public async Task Whoever_takes_over_from_a_dead_process_waits_its_ghost_out_with_one_conflict()
    {
        _rig.Bot.HoldsGhostPolls();
        using var leaving = new CancellationTokenSource();
        using var http = new HttpClient();
        var dead = http.GetAsync(new Uri(_rig.Api.Server.Address, $"/bot{_rig.Bot.Token}/getUpdates?timeout=25"), leaving.Token);
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dead);
        await _rig.Bot.WaitForPollAsync(PollState.Ghost, Cancelled);

        var actor = _rig.Start();
        _rig.Api.Anna.Writes(_rig.Bot, "still there?");
        await _rig.PassUntilAsync(() => _rig.Bot.PendingUpdates == 0, "the update's confirmation");

        Assert.Equal(["still there?"], await _rig.TakenAsync());
        await _rig.Bot.WaitForAnswersAsync("getUpdates", 409, 1, Cancelled);
        Assert.Equal((1, 0), (_rig.Bot.AnswerCount(409), actor.State.Restarts));
    }

    [Fact]
    public async Task Whoever_stops_in_order_leaves_no_ghost_and_the_next_asks_at_once()
    {
        _rig.Bot.HoldsGhostPolls();
        var first = _rig.Start();
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        var second = _rig.Start();
        await _rig.PassUntilAsync(() => second.State.State == AccountStates.Connected, "the owner's state in the other worker");

        await first.StopAsync();
        Assert.Equal(PollState.None, _rig.Bot.PollState);
        var at = _rig.Clock.GetUtcNow();
        await _rig.PassUntilAsync(() => _rig.Bot.PollState == PollState.Waiting, "the second worker's poll");

        Assert.InRange(_rig.CallsOf("getUpdates")[^1] - at, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.InRange(_rig.Bot.AnswerCount(409), 0, 1);
        Assert.Equal(0, second.State.Restarts);
    }

    [Fact]
    public async Task Whoever_does_not_receive_says_what_the_owner_knows_with_the_age_of_its_evidence()
    {
        var owner = _rig.Start();
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        var other = _rig.Start();
        await _rig.PassUntilAsync(() => other.State.State == AccountStates.Connected, "the owner's state in the other worker");
        Assert.Equal(("xopc_bot", owner.State.Evidence), (other.State.Identity?.UserName, other.State.Evidence));

        using var conflict = _rig.Bot.When("getUpdates").Conflict();
        await _rig.PassUntilAsync(() => other.State.State == AccountStates.Conflict, "the owner's conflict in the other worker");
        Assert.Equal((AccountStates.Conflict, 0, 0), (owner.State.State, owner.State.Restarts, other.State.Restarts));

        conflict.Lift();
        await _rig.PassUntilAsync(() => other.State.State == AccountStates.Connected, "the way back");
        var before = other.State.Evidence;
        await _rig.PassUntilAsync(() => other.State.Evidence > before, "newer evidence");
        Assert.InRange(other.State.Evidence!.Value, before!.Value, owner.State.Evidence!.Value);
    }

    [Fact]
    public async Task What_arrives_while_a_worker_stops_is_taken_in_by_the_next()
    {
        var first = _rig.Start();
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        using var held = _rig.Bot.When("getUpdates").Times(1).Takes(TimeSpan.FromSeconds(0.5)); // the farewell
        var stopping = first.StopAsync();
        await held.HappenedAsync(1, Cancelled);
        _rig.Api.Anna.Writes(_rig.Bot, "between");
        await _rig.PassUntilAsync(() => stopping.IsCompleted, "the stop");

        _rig.Start();
        await _rig.PassUntilAsync(() => _rig.Bot.PendingUpdates == 0, "the update's confirmation");
        Assert.Equal(["between"], await _rig.TakenAsync());
    }

    [Theory]
    [InlineData(25)]
    [InlineData(50)]
    public async Task A_mute_server_shows_in_the_state_within_a_minute(int pollTime)
    {
        var actor = _rig.Start(pollTime);
        await _rig.PollOnceAsync(TimeSpan.FromSeconds(pollTime));
        using var mute = _rig.Bot.When("getUpdates").Mute();
        _rig.Api.Anna.Writes(_rig.Bot, "ends the poll that waits");
        await mute.HappenedAsync(1, Cancelled);
        var at = _rig.Clock.GetUtcNow();
        Assert.Equal(AccountStates.Connected, actor.State.State);

        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the state that says so");
        Assert.InRange(_rig.Clock.GetUtcNow() - at, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        Assert.True(actor.State.Evidence <= at);

        mute.Lift();
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Connected, "the way back");
        Assert.Equal(0, actor.State.Restarts);
    }

    [Fact]
    public async Task A_server_that_is_mute_from_the_start_shows_in_the_state_within_a_minute()
    {
        using var mute = _rig.Bot.When("*").Mute();
        var actor = _rig.Start(pollTimeout: 50);
        await mute.HappenedAsync(1, Cancelled);
        var at = _rig.Clock.GetUtcNow();

        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the state that says so");
        Assert.InRange(_rig.Clock.GetUtcNow() - at, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        mute.Lift();
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Connected, "the way back");
    }

    [Fact]
    public async Task What_comes_twice_or_in_another_order_is_taken_in_once()
    {
        _rig.Bot.ReversesBatches = true;
        _rig.Api.Anna.Writes(_rig.Bot, "one");
        _rig.Api.Anna.Writes(_rig.Bot, "two");
        _rig.Start();
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        var ids = _rig.Bot.Updates.Select(update => update.UpdateId).ToList();
        _rig.Bot.RepeatsUpdate(ids[0]);
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        _rig.Bot.RepeatsUpdate(ids[1]);
        _rig.Api.Anna.Writes(_rig.Bot, "three");
        await _rig.PassUntilAsync(() => _rig.Bot.PendingUpdates == 0, "the confirmations");

        Assert.Equal(["one", "three", "two"], (await _rig.TakenAsync()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Another_bot_under_the_same_account_is_not_taken_for_the_first_and_the_first_keeps_its_ids()
    {
        _rig.Api.Anna.Writes(_rig.Bot, "to the first");
        await TakeAsync(_rig.Bot);
        var another = _rig.Api.Server.AddBot("4343:secret", "another_bot");
        _rig.Api.Anna.Writes(another, "to another, under the same number");
        await TakeAsync(another);
        _rig.Api.Anna.Writes(_rig.Bot, "to the first again");
        await TakeAsync(_rig.Bot);

        Assert.Equal(_rig.Bot.Updates[0].UpdateId, another.Updates[0].UpdateId);
        Assert.Equal(["to the first", "to another, under the same number", "to the first again"], await _rig.TakenAsync());
        Assert.Equal(
            [$"telegram:default:{_rig.Bot.Updates[0].UpdateId}", $"telegram:default:4343:{another.Updates[0].UpdateId}", $"telegram:default:{_rig.Bot.Updates[1].UpdateId}"],
            await _rig.Database.ReadAsync(reader => reader.Query("SELECT id FROM intake ORDER BY seq", static row => row.GetString(0)), Cancelled));

        async Task TakeAsync(FakeBot bot)
        {
            var actor = _rig.Start(bot: bot);
            await _rig.PassUntilAsync(() => bot.PendingUpdates == 0, "the confirmation");
            await actor.StopAsync();
        }
    }

    [Fact]
    public async Task Whatever_breaks_a_poll_it_goes_on_by_itself_and_nothing_is_lost()
    {
        var actor = _rig.Start();
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        var said = new List<string>();
        foreach (var order in (Func<FaultOrder, Fault>[])[
            order => order.TooManyRequests(40), order => order.ServerError(), order => order.ServerError(502), order => order.BareStatus(504, "<html>"),
            order => order.ResetsBeforeAccepting(), order => order.ResetsAfterAccepting(), order => order.CutsTheAnswer(), order => order.TruncatesTheAnswer(),
        ])
        {
            using var fault = order(_rig.Bot.When("getUpdates").Times(1));
            said.Add($"{said.Count}a");
            _rig.Api.Anna.Writes(_rig.Bot, said[^1]);
            await fault.HappenedAsync(1, Cancelled);
            said.Add($"{said.Count}b");
            _rig.Api.Anna.Writes(_rig.Bot, said[^1]);
            await _rig.PassUntilAsync(() => _rig.Bot.PendingUpdates == 0, "the confirmations");
        }

        Assert.Equal(said, await _rig.TakenAsync());
        Assert.Equal(0, actor.State.Restarts);
        var polls = _rig.Bot.Calls.Where(call => call.Method == "getUpdates").ToList();
        var throttled = polls.FindIndex(call => call.Status == 429);
        Assert.InRange(polls[throttled + 1].At - polls[throttled].At, TimeSpan.FromSeconds(40), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_pause_without_measure_ends_after_a_day()
    {
        using var flood = _rig.Bot.When("getMe").Times(1).TooManyRequests(int.MaxValue);
        var actor = _rig.Start();
        await _rig.PassUntilAsync(() => actor.State.State == AccountStates.Degraded, "the state that says so");

        await _rig.PassUntilAsync(() => _rig.Bot.PollState == PollState.Waiting, "a poll", TimeSpan.FromMinutes(10));
        Assert.InRange(_rig.CallsOf("getMe")[1] - _rig.CallsOf("getMe")[0], TimeSpan.FromDays(1), TimeSpan.FromDays(3));
    }

    [Fact]
    public async Task An_account_whose_platform_never_answers_is_tried_again_after_longer_and_longer_pauses()
    {
        using var fault = _rig.Bot.When("getMe").Times(8).ServerError();
        var actor = _rig.Start();
        await _rig.PassUntilAsync(() => _rig.Bot.CallCount("getMe") == 9, "nine attempts");

        var calls = _rig.CallsOf("getMe");
        var pauses = calls.Zip(calls.Skip(1), static (one, next) => (next - one).TotalSeconds).ToList();
        Assert.InRange(pauses[0], 1.5, 13);
        Assert.InRange(pauses[3], 14, 50);
        Assert.InRange(pauses[7], 50, 120);
        Assert.Equal(8, actor.State.Restarts);
    }

    [Fact]
    public async Task Whoever_slept_through_a_takeover_does_not_poll_again()
    {
        var slept = _rig.Start();
        await _rig.Bot.WaitForPollAsync(PollState.Waiting, Cancelled);
        await _rig.Database.WriteAsync(tx => { tx.Execute("UPDATE key_leases SET owner = 'another', fence = fence + 1, until_ms = 9999999999999 WHERE owner <> ''"); }, Cancelled);
        await _rig.Api.CallAsync("getUpdates", new { timeout = 0 }); // the new owner, who ends the old one's poll
        await _rig.PassUntilAsync(() => slept.State.Restarts == 1, "the old owner's end");

        Assert.Equal(2, _rig.Bot.CallCount("getUpdates"));
        await _rig.Bot.WaitForAnswersAsync("getUpdates", 409, 1, Cancelled);
        Assert.Equal(1, _rig.Bot.AnswerCount(409));
    }
}
