using System.Text.Json;
using Xopc.Channels.Deliveries;
using Xopc.Channels.Tests.Fakes;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Tests.Deliveries;

public sealed class DeliverySendingTests : IAsyncDisposable
{
    private readonly LedgerRig _rig = new();

    [Fact]
    public async Task A_delivery_is_shown_once_and_the_ledger_says_so()
    {
        var id = await _rig.AddAsync("7", "one|two");

        await _rig.RunAsync();
        await _rig.RunAfterAsync(TimeSpan.FromHours(1));

        Assert.Equal(["one", "two"], _rig.Account.At("7"));
        var delivery = await _rig.FindAsync(id);
        Assert.Equal((DeliveryStates.Sent, false, null), (delivery.State, delivery.Labelled, delivery.Reason));
        var parts = await _rig.Database.ReadAsync(reader => DeliveryLedger.Parts(reader, id), LedgerRig.Cancelled);
        Assert.Equal([(1, "m1"), (2, "m2")], parts.Select(part => (part.No, part.MessageId!)));
    }

    [Fact]
    public async Task The_end_of_what_an_occurrence_caused_is_reported_with_it_and_of_nothing_else()
    {
        await _rig.AddAsync("7", "by the way");
        await _rig.AddAsync("8", "said", occurrence: "cron:j:1");
        await _rig.AddAsync("9", "too late", TimeSpan.FromSeconds(-1), occurrence: "cron:j:2");

        await _rig.RunAsync();

        var reports = (await _rig.Database.ReadAsync(reader => Outbox.Unpublished(reader, WorkStreams.Occurrences, 10), LedgerRig.Cancelled))
            .ConvertAll(row => (row.Message.Key, Report: JsonSerializer.Deserialize(row.Message.Body.Span, ContractsJson.Default.OccurrenceReported)!));
        Assert.Equal(
            [("job:j", "cron:j:1", null, "8:said", "sent"), ("job:j", "cron:j:2", null, "9:too late", "expired")],
            reports.Select(sent => (sent.Key, sent.Report.OccurrenceId, sent.Report.Outcome, sent.Report.DeliveryId!, sent.Report.DeliveryState!)).Order());
    }

    [Fact]
    public async Task The_deliveries_of_a_peer_keep_their_order_and_an_id_counts_once()
    {
        foreach (var text in (string[])["a", "b", "c"])
        {
            await _rig.AddAsync("7", text);
            await _rig.AddAsync("7", text);
        }

        await _rig.RunAsync();

        Assert.Equal(["a", "b", "c"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_holds_up_no_other()
    {
        var stuck = new TaskCompletionSource<SendResult?>();
        _rig.Account.Script = seen => seen.PeerId == "7" ? stuck.Task : Task.FromResult<SendResult?>(null);
        await _rig.AddAsync("7", "waits");
        await _rig.AddAsync("8", "goes");

        await _rig.Worker.Host.DrainOnceAsync(LedgerRig.Cancelled);

        Assert.Equal(["goes"], _rig.Account.At("8"));
        stuck.SetResult(null);
        await _rig.RunAsync();
        Assert.Equal(["waits"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task An_account_whose_platform_does_not_answer_leaves_lanes_to_the_others()
    {
        var stuck = new TaskCompletionSource<SendResult?>();
        _rig.Account.Script = _ => stuck.Task;
        for (var i = 0; i < 2 * DeliveryLanes.MaxLanes; i++)
        {
            await _rig.AddAsync($"{i + 1}", "stuck");
        }

        var taken = -1;
        while (taken != _rig.Worker.Lanes.Begun)
        {
            taken = _rig.Worker.Lanes.Begun;
            await _rig.Worker.Host.DrainOnceAsync(LedgerRig.Cancelled);
        }

        await _rig.AddAsync("7", "hello", id: "hello", account: "other");
        await _rig.Worker.Host.DrainOnceAsync(LedgerRig.Cancelled);
        Assert.Equal(DeliveryLanes.MaxOfAccount + 1, _rig.Worker.Lanes.Begun);

        stuck.SetResult(null);
        await _rig.Worker.Lanes.WhenIdleAsync();
        await _rig.RunAsync();
        Assert.Equal(["hello"], _rig.Other.At("7"));
        Assert.Equal(2 * DeliveryLanes.MaxLanes, _rig.Account.Book.Count);
    }

    [Fact]
    public async Task What_surely_did_not_arrive_is_tried_again_after_a_pause_and_holds_its_peers_next()
    {
        var refusals = 2;
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(refusals-- > 0 ? new SendResult.Later("The platform is away.") : null);
        var id = await _rig.AddAsync("7", "first");
        await _rig.AddAsync("7", "second");

        await _rig.RunAsync();
        var waiting = await _rig.FindAsync(id);
        Assert.Equal((DeliveryStates.Queued, "The platform is away."), (waiting.State, waiting.Reason));
        Assert.Equal(1, _rig.Account.Sends);

        await _rig.RunAfterAsync(TimeSpan.FromSeconds(2));
        await _rig.RunAfterAsync(TimeSpan.FromSeconds(4));

        Assert.Equal(["first", "second"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task The_platforms_own_pause_is_kept()
    {
        var told = false;
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(told ? null : new SendResult.Later("Too many requests.", TimeSpan.FromSeconds(30)));
        await _rig.AddAsync("7", "text");
        await _rig.RunAsync();
        told = true;

        await _rig.RunAfterAsync(TimeSpan.FromSeconds(29));
        Assert.Empty(_rig.Account.Book);

        await _rig.RunAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(["text"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task A_pause_of_the_whole_account_is_kept_for_every_peer()
    {
        var told = false;
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(told ? null : new SendResult.Later("Too many requests.", TimeSpan.FromSeconds(30), OfAccount: true));
        _rig.Accounts.Rates = ChannelRates.Unlimited with { Account = new Rate(TimeSpan.FromMilliseconds(1), 100) };
        await _rig.AddAsync("7", "text");
        await _rig.RunAsync();
        told = true;
        await _rig.AddAsync("8", "other");

        await _rig.RunAfterAsync(TimeSpan.FromSeconds(29));
        Assert.Equal(1, _rig.Account.Sends);

        await _rig.RunAfterAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(2, _rig.Account.Book.Count);
    }

    [Fact]
    public async Task A_good_token_ends_the_pause_that_a_refused_one_brought_for_what_was_refused_and_what_waits_behind_it()
    {
        var good = false;
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(good ? null : new SendResult.Later("The token is refused.", TimeSpan.FromMinutes(5), OfAccount: true));
        await _rig.AddAsync("7", "refused");
        await _rig.RunAsync();
        await _rig.AddAsync("8", "behind it");
        await _rig.RunAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _rig.Account.Sends);

        good = true;
        _rig.Account.Settings = _rig.Account.Settings with { OwnershipKey = "fake:renewed" };
        await _rig.RunAsync();

        Assert.Equal(["refused"], _rig.Account.At("7"));
        Assert.Equal(["behind it"], _rig.Account.At("8"));
    }

    [Fact]
    public async Task Whoever_comes_after_a_death_in_the_middle_of_a_send_marks_what_may_be_there_twice()
    {
        var id = await DieInTheMiddleAsync("one|two|three", dieAt: "two");

        Assert.Equal(["one", "two", "(again?) two", "three"], _rig.Account.At("7"));
        var delivery = await _rig.FindAsync(id);
        Assert.Equal((DeliveryStates.Sent, true), (delivery.State, delivery.Labelled));
    }

    [Fact]
    public async Task Under_the_policy_to_hold_it_waits_for_the_operator_and_the_peers_next_goes_out()
    {
        _rig.Account.Settings = _rig.Account.Settings with { Unknown = UnknownPolicy.Hold };
        await _rig.AddAsync("7", "before");
        var id = await DieInTheMiddleAsync("one|two", dieAt: "one");
        await _rig.AddAsync("7", "after");
        await _rig.RunAsync();

        Assert.Equal(["before", "one", "after"], _rig.Account.At("7"));
        Assert.Equal(DeliveryStates.Unknown, await _rig.StateAsync(id));

        Assert.True(await _rig.Database.WriteAsync(tx => DeliveryLedger.Retry(tx, id, _rig.NowMs + 60_000, _rig.NowMs), LedgerRig.Cancelled));
        await _rig.RunAsync();
        Assert.Equal(["before", "one", "after", "(again?) one", "two"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task A_send_whose_answer_never_comes_is_repeated_with_its_mark_and_not_for_ever()
    {
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(new SendResult.Unknown("The connection was cut."));
        var id = await _rig.AddAsync("7", "text");
        var next = await _rig.AddAsync("7", "next");
        for (var i = 0; i < 10; i++)
        {
            await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        }

        var delivery = await _rig.FindAsync(id);
        Assert.Equal((DeliveryStates.Unknown, "The connection was cut.", true), (delivery.State, delivery.Reason, delivery.Labelled));
        Assert.Equal(2 * DeliverySending.MaxUnknown, _rig.Account.Sends);
        Assert.Equal(DeliveryStates.Unknown, await _rig.StateAsync(next));
    }

    [Fact]
    public async Task What_may_be_there_keeps_its_mark_when_the_platform_refuses_it_in_between()
    {
        Queue<SendResult> answers = new([new SendResult.Unknown("The connection was cut."), new SendResult.Later("Too many requests."), new SendResult.Later("No connection.")]);
        _rig.Account.Script = seen =>
        {
            var answer = answers.TryDequeue(out var next) ? next : null;
            if (answer is SendResult.Unknown)
            {
                _rig.Account.Show(seen);
            }

            return Task.FromResult(answer);
        };
        await _rig.AddAsync("7", "text");
        for (var i = 0; i < 4; i++)
        {
            await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(["text", "(again?) text"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task What_may_be_there_is_retried_with_its_mark_after_a_refusal()
    {
        Queue<SendResult> answers = new([new SendResult.Unknown("The connection was cut."), new SendResult.Refused("No.", OfPeer: false)]);
        _rig.Account.Script = _ => Task.FromResult(answers.TryDequeue(out var next) ? next : null);
        var id = await _rig.AddAsync("7", "text");
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(DeliveryStates.Failed, await _rig.StateAsync(id));

        Assert.True(await _rig.Database.WriteAsync(tx => DeliveryLedger.Retry(tx, id, _rig.NowMs + 60_000, _rig.NowMs), LedgerRig.Cancelled));
        await _rig.RunAsync();
        Assert.Equal(["(again?) text"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task What_may_be_there_and_became_too_old_is_unknown_and_nobody_is_told_it_was_not_sent()
    {
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(new SendResult.Unknown("The connection was cut."));
        var id = await _rig.AddAsync("7", "text", TimeSpan.FromHours(1));
        await _rig.RunAsync();
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(null);
        await _rig.RunAfterAsync(TimeSpan.FromHours(2));

        Assert.Equal(DeliveryStates.Unknown, await _rig.StateAsync(id));
        Assert.Empty(_rig.Account.Book);
    }

    [Fact]
    public async Task A_text_that_cannot_be_rendered_fails_and_holds_nobody_up()
    {
        var id = await _rig.AddAsync("7", FakeAccount.Unrenderable);
        var next = await _rig.AddAsync("7", "next");
        await _rig.RunAsync();

        Assert.Equal((DeliveryStates.Failed, DeliveryStates.Sent), (await _rig.StateAsync(id), await _rig.StateAsync(next)));
    }

    [Fact]
    public async Task A_paused_owner_that_wakes_after_a_takeover_writes_nothing()
    {
        var waking = new TaskCompletionSource<SendResult?>();
        _rig.Account.Script = seen => seen.Labelled ? Task.FromResult<SendResult?>(null) : waking.Task;
        var id = await _rig.AddAsync("7", "text");
        await _rig.Worker.Host.DrainOnceAsync(LedgerRig.Cancelled);

        _rig.Clock.Advance(LeaseOwner.Duration + TimeSpan.FromSeconds(1));
        await _rig.Add().RunAsync();
        var taken = await _rig.FindAsync(id);
        waking.SetResult(new SendResult.Refused("From the sleeper.", OfPeer: true));
        await _rig.Worker.Lanes.WhenIdleAsync();

        Assert.Equal(taken, await _rig.FindAsync(id));
        Assert.Null(await _rig.Database.ReadAsync(reader => DeliveryLedger.Mark(reader, "fake:default:7"), LedgerRig.Cancelled));
    }

    [Fact]
    public async Task Whoever_blocked_us_is_not_tried_again_until_he_writes()
    {
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(new SendResult.Refused("The person blocked the bot.", OfPeer: true));
        var first = await _rig.AddAsync("7", "first");
        var second = await _rig.AddAsync("7", "second");
        await _rig.RunAsync();

        Assert.Equal(1, _rig.Account.Sends);
        Assert.Equal((DeliveryStates.Failed, DeliveryStates.Failed), (await _rig.StateAsync(first), await _rig.StateAsync(second)));
        Assert.Equal("The person blocked the bot.", (await _rig.FindAsync(second)).Reason);

        _rig.Account.Script = _ => Task.FromResult<SendResult?>(null);
        await _rig.Database.WriteAsync(tx => DeliveryLedger.ClearMark(tx, "fake:default:7"), LedgerRig.Cancelled);
        await _rig.AddAsync("7", "third");
        await _rig.RunAsync();
        Assert.Equal(["third"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task A_peer_that_moved_gets_everything_at_its_new_id_in_the_old_order()
    {
        _rig.Account.Script = seen => Task.FromResult<SendResult?>(seen.PeerId == "-7" ? new SendResult.Moved("-100") : null);
        var first = await _rig.AddAsync("-7", "one|two");
        await _rig.AddAsync("-7", "three");

        await _rig.RunAsync();

        Assert.Equal(["one", "two", "three"], _rig.Account.At("-100"));
        Assert.Equal(DeliveryStates.Sent, await _rig.StateAsync(first));
        Assert.Equal(4, _rig.Account.Sends);
    }

    [Fact]
    public async Task After_an_outage_of_a_day_nothing_stale_goes_out_but_one_word_about_it()
    {
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(new SendResult.Later("The platform is away."));
        var stale = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            stale.Add(await _rig.AddAsync("7", $"old {i}"));
        }

        await _rig.RunAsync();
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(null);
        await _rig.RunAfterAsync(TimeSpan.FromHours(24));
        await _rig.AddAsync("7", "new");
        await _rig.RunAsync();

        var seen = _rig.Account.At("7").ToList();
        Assert.Equal(2, seen.Count);
        Assert.StartsWith("5 messages could not be delivered in time", seen[0], StringComparison.Ordinal);
        Assert.Equal("new", seen[1]);
        foreach (var id in stale)
        {
            Assert.Equal(DeliveryStates.Expired, await _rig.StateAsync(id));
        }
    }

    [Fact]
    public async Task A_switched_off_account_keeps_its_deliveries_until_it_is_back()
    {
        _rig.Accounts.SwitchedOff = "The account is switched off.";
        var id = await _rig.AddAsync("7", "text");
        await _rig.RunAsync();
        var waiting = await _rig.FindAsync(id);
        Assert.Equal((DeliveryStates.Queued, "The account is switched off."), (waiting.State, waiting.Reason));

        _rig.Accounts.SwitchedOff = null;
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["text"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task Discarded_is_what_an_operator_ended_and_only_dead_ones_can_be()
    {
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(new SendResult.Refused("No.", OfPeer: false));
        var dead = await _rig.AddAsync("7", "dead");
        await _rig.RunAsync();
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(null);
        var sent = await _rig.AddAsync("7", "sent");
        await _rig.RunAsync();

        Assert.True(await _rig.Database.WriteAsync(tx => DeliveryLedger.Discard(tx, dead), LedgerRig.Cancelled));
        Assert.False(await _rig.Database.WriteAsync(tx => DeliveryLedger.Discard(tx, sent), LedgerRig.Cancelled));
        Assert.False(await _rig.Database.WriteAsync(tx => DeliveryLedger.Retry(tx, sent, long.MaxValue, 0), LedgerRig.Cancelled));
        Assert.False(await _rig.Database.WriteAsync(tx => DeliveryLedger.Retry(tx, dead, long.MaxValue, 0), LedgerRig.Cancelled));
    }

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    // The message is shown and the process dies before it can write that down: its lease ends, another worker comes.
    private async Task<string> DieInTheMiddleAsync(string text, string dieAt)
    {
        var never = new TaskCompletionSource<SendResult?>();
        _rig.Account.Script = seen =>
        {
            if (seen.Text != dieAt || seen.Labelled)
            {
                return Task.FromResult<SendResult?>(null);
            }

            _rig.Account.Show(seen);
            return never.Task;
        };
        var id = await _rig.AddAsync("7", text);
        await _rig.Worker.Host.DrainOnceAsync(LedgerRig.Cancelled);
        await _rig.Database.WriteAsync(tx => { KeyLeases.RenewAll(tx, _rig.Worker.Owner.Name, 0); }, LedgerRig.Cancelled);
        _rig.Worker = _rig.Add();
        await _rig.RunAsync();
        return id;
    }

    [Fact]
    public async Task The_number_of_a_part_names_the_same_words_also_when_texts_are_cut_otherwise_meanwhile()
    {
        _rig.Account.Script = seen => Task.FromResult<SendResult?>(seen.Text == "two" && _rig.Account.Sends == 2 ? new SendResult.Later("Not now.") : null);
        var id = await _rig.AddAsync("7", "one|two|three/four");
        await _rig.RunAsync();
        Assert.Equal(["one"], _rig.Account.At("7"));

        _rig.Account.Bar = '/';
        await _rig.RunAfterAsync(TimeSpan.FromSeconds(2));

        Assert.Equal(["one", "two", "three/four"], _rig.Account.At("7"));
        Assert.Equal((DeliveryStates.Sent, null), ((await _rig.FindAsync(id)).State, (await _rig.FindAsync(id)).Cut));
    }

    [Fact]
    public async Task What_counts_once_is_handed_over_until_it_is_known_to_be_there_and_bears_no_mark()
    {
        _rig.Account.ShowsRepetitions = false;
        _rig.Account.Settings = _rig.Account.Settings with { Unknown = UnknownPolicy.Hold };
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(_rig.Account.Sends <= DeliverySending.MaxUnknown + 2 ? new SendResult.Unknown("No answer.") : null);
        var id = await _rig.AddAsync("7", "hello");

        for (var i = 0; i < DeliverySending.MaxUnknown + 3; i++)
        {
            await _rig.RunAfterAsync(TimeSpan.FromSeconds(5));
        }

        Assert.Equal(["hello"], _rig.Account.At("7"));
        Assert.Equal((DeliveryStates.Sent, false), ((await _rig.FindAsync(id)).State, (await _rig.FindAsync(id)).Labelled));
    }

    [Fact]
    public async Task More_peers_whose_work_fails_again_and_again_than_there_are_lanes_starve_no_other()
    {
        for (var i = 0; i < 3 * DeliveryLanes.MaxOfAccount; i++)
        {
            await _rig.AddAsync($"{100 + i}", "fails");
        }

        await _rig.Database.WriteAsync(tx => tx.Execute("UPDATE deliveries SET account_id = @broken", ("broken", FakeAccounts.Broken)), LedgerRig.Cancelled);
        _rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await _rig.AddAsync("7", "hello");

        for (var pass = 0; pass < 6; pass++)
        {
            await _rig.Worker.Host.DrainOnceAsync(LedgerRig.Cancelled);
            await _rig.Worker.Lanes.WhenIdleAsync();
            await _rig.Worker.Lanes.ReleaseAbandonedAsync(LedgerRig.Cancelled);
        }

        Assert.Equal(["hello"], _rig.Account.At("7"));
    }

    [Fact]
    public async Task What_is_said_to_a_group_before_and_after_its_new_id_is_known_keeps_its_order()
    {
        _rig.Account.Script = seen => Task.FromResult<SendResult?>(seen.PeerId == "-7" ? new SendResult.Moved("-100") : null);
        await _rig.AddAsync("-7", "one");
        await _rig.RunAsync();
        var refused = false;
        _rig.Account.Script = seen => Task.FromResult<SendResult?>(seen.Text == "two" && !refused && (refused = true) ? new SendResult.Later("Not now.") : null);
        await _rig.AddAsync("-7", "two"); // an answer to what was asked before the move
        await _rig.AddAsync("-100", "three");

        await _rig.RunAsync();
        await _rig.RunAfterAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(["one", "two", "three"], _rig.Account.At("-100"));
        Assert.Equal("fake:default:-7", await _rig.Database.ReadAsync(reader => DeliveryLedger.KeyOf(reader, new("fake", "default", "group", "-100")), LedgerRig.Cancelled));
        Assert.Equal("fake:other:-100", await _rig.Database.ReadAsync(reader => DeliveryLedger.KeyOf(reader, new("fake", "other", "group", "-100")), LedgerRig.Cancelled));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_keeps_nobody_waiting_for_the_time_it_was()
    {
        _rig.Account.Script = _ => Task.FromResult<SendResult?>(new SendResult.Later("Not now."));
        await _rig.AddAsync("7", "text");
        await _rig.RunAsync();

        Assert.Empty(await DueAsync(_rig.NowMs));
        Assert.Empty(await DueAsync(_rig.NowMs - 500)); // corrections of every day
        Assert.Equal(["fake:default:7"], await DueAsync(_rig.NowMs - (long)TimeSpan.FromHours(2).TotalMilliseconds));
    }

    [Fact]
    public async Task Under_the_policy_to_hold_an_operators_word_is_for_the_part_it_was_said_of()
    {
        _rig.Account.Settings = _rig.Account.Settings with { Unknown = UnknownPolicy.Hold };
        _rig.Account.Script = seen => Task.FromResult<SendResult?>(seen.Labelled ? null : new SendResult.Unknown("The connection was cut."));
        var id = await _rig.AddAsync("7", "one|two");
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(DeliveryStates.Unknown, await _rig.StateAsync(id));

        await _rig.Database.WriteAsync(tx => DeliveryLedger.Retry(tx, id, _rig.NowMs + 600_000, _rig.NowMs), LedgerRig.Cancelled);
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));
        await _rig.RunAfterAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(["(again?) one"], _rig.Account.At("7"));
        Assert.Equal(DeliveryStates.Unknown, await _rig.StateAsync(id)); // the second part waits for a word of its own
    }

    private async Task<List<string>> DueAsync(long nowMs)
    {
        await _rig.Database.WriteAsync(tx => { DeliveryLedger.ForgetAhead(tx, nowMs); }, LedgerRig.Cancelled);
        return await _rig.Database.ReadAsync(
            reader => DeliveryLedger.DueAccounts(reader).Exists(account => account.DueMs <= nowMs) ? DeliveryLedger.DueKeys(reader, "fake:default", nowMs, 10) : [], LedgerRig.Cancelled);
    }
}
