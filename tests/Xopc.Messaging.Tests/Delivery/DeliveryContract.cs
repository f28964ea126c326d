using System.Diagnostics;
using Xopc.Contracts.Messages;
using Xopc.Messaging.Tests.Support;
using Xopc.Storage;

namespace Xopc.Messaging.Tests.Delivery;

/// <summary>From an outbox to an inbox, whatever lies between.</summary>
public abstract class DeliveryContract
{
    private static readonly bool Full = Environment.GetEnvironmentVariable("XOPC_TEST_FULL") == "1";

    private protected abstract Installation NewInstallation();

    [Fact]
    public async Task A_message_is_accepted_once_made_visible_worked_and_confirmed()
    {
        await using var installation = NewInstallation();
        await installation.StartAsync(receivers: 1);

        await installation.SendAsync(Installation.Message("m1", "k1"));

        Assert.Equal(["m1"], await installation.Worked.AtLeastAsync(1, "worked messages"));
        await installation.ConfirmedAsync();
        Assert.Equal(["m1"], await installation.VisibleAsync());
    }

    [Fact]
    public async Task Messages_of_a_key_are_worked_in_the_order_they_were_sent_and_none_is_lost_with_three_consumers()
    {
        var (count, keys) = (Full ? 100_000 : 10_000, Full ? 1_000 : 100);
        await using var installation = NewInstallation();
        installation.KeyCapacity = count;
        await installation.StartAsync(receivers: 3);
        var random = new Random(20_260);
        var sent = Enumerable.Range(0, count).Select(n => Installation.Message($"m{n}", $"k{random.Next(keys)}")).ToList();

        foreach (var batch in sent.Chunk(500))
        {
            await installation.SendAsync(batch);
        }

        await installation.ConfirmedAsync();
        await installation.Worked.AtLeastAsync(count, "worked messages");
        var keyOf = sent.ToDictionary(message => message.Id, message => message.Key);
        AssertOrder(sent, (await installation.VisibleAsync()).ConvertAll(id => (id, keyOf[id])));
        AssertOrder(sent, await installation.WorkedRowsAsync());
    }

    [Fact]
    public async Task A_sweep_that_sends_most_messages_again_turns_none_around()
    {
        await using var installation = NewInstallation();
        installation["SweepAfter"] = "00:00:00.050"; // shorter than most round trips here
        await installation.StartAsync(receivers: 3);
        var sent = Enumerable.Range(0, 2_000).Select(n => Installation.Message($"m{n}", $"k{n % 20}")).ToList();

        await installation.SendAsync(sent);

        await installation.Worked.AtLeastAsync(sent.Count, "worked messages");
        await installation.ConfirmedAsync();
        AssertOrder(sent, await installation.WorkedRowsAsync());
    }

    [Fact]
    public async Task A_receiver_that_comes_later_gets_all_of_it_in_order()
    {
        await using var installation = NewInstallation();
        installation["StreamCapacity"] = "20"; // and the rest waits in the outbox
        var sent = Enumerable.Range(0, 200).Select(n => Installation.Message($"m{n}", $"k{n % 7}")).ToList();
        await installation.StartAsync(receivers: 0);
        await installation.SendAsync(sent);
        await installation.StopAsync();

        await installation.StartAsync(receivers: 3);

        await installation.Worked.AtLeastAsync(200, "worked messages");
        await installation.ConfirmedAsync();
        AssertOrder(sent, await installation.WorkedRowsAsync());
    }

    [Fact]
    public async Task A_message_sent_again_happens_once()
    {
        await using var installation = NewInstallation();
        await installation.StartAsync(receivers: 1);
        await installation.SendAsync(Installation.Message("m1", "k1"), Installation.Message("m1", "k1"));
        await installation.Worked.AtLeastAsync(1, "worked messages");
        await installation.ConfirmedAsync();

        await installation.SendAsync(Installation.Message("m1", "k1"), Installation.Message("m2", "k1"));

        await installation.Worked.AtLeastAsync(2, "worked messages");
        await installation.ConfirmedAsync();
        Assert.Equal(["m1", "m2"], await installation.VisibleAsync());
    }

    [Fact]
    public async Task A_message_whose_acceptance_always_fails_goes_to_the_dead_letters_and_the_stream_moves_on()
    {
        await using var installation = NewInstallation();
        installation["AcceptAttempts"] = "3";
        var attempts = new Collector<string>();
        installation.OnAccept = message =>
        {
            if (message.Id == "poison")
            {
                attempts.Add(message.Id);
                throw new InvalidOperationException("cannot be read");
            }
        };
        await installation.StartAsync(receivers: 1);

        await installation.SendAsync(
            Installation.Message("a1", "a"), Installation.Message("poison", "p"), Installation.Message("p2", "p"), Installation.Message("b1", "b"));

        await installation.Worked.AtLeastAsync(3, "worked messages");
        await installation.ConfirmedAsync();
        Assert.Equal(["a1", "b1", "p2"], (await installation.VisibleAsync()).Order());
        var letters = await installation.ReceiverDatabase.ReadAsync(reader => DeadLetters.List(reader, 0, 10), TestContext.Current.CancellationToken);
        var letter = Assert.Single(letters);
        Assert.Equal(("poison", "p", "operator"), (letter.Id, letter.Key, letter.PrincipalId));
        Assert.Contains("cannot be read", letter.Reason, StringComparison.Ordinal);
        Assert.InRange(attempts.Items.Count, 3, 4); // the first may be tried with its batch, and then by itself
    }

    [Fact]
    public async Task A_message_whose_acceptance_fails_for_a_while_is_accepted_afterwards_in_order()
    {
        await using var installation = NewInstallation();
        var failures = 0;
        installation.OnAccept = message =>
        {
            if (message.Id == "m2" && ++failures < 3)
            {
                throw new InvalidOperationException("not yet");
            }
        };
        await installation.StartAsync(receivers: 1);

        await installation.SendAsync(Installation.Message("m1", "k"), Installation.Message("m2", "k"), Installation.Message("m3", "k"));

        await installation.Worked.AtLeastAsync(3, "worked messages");
        await installation.ConfirmedAsync();
        Assert.Equal(["m1", "m2", "m3"], await installation.VisibleAsync());
    }

    [Fact]
    public async Task A_full_key_waits_with_its_sender_and_others_pass()
    {
        await using var installation = NewInstallation();
        (installation.KeyCapacity, installation.Works) = (2, false); // nobody works: the slowest consumer there is
        await installation.StartAsync(receivers: 1);
        var slow = Enumerable.Range(1, 5).Select(n => Installation.Message($"slow{n}", "slow")).ToList();

        await installation.SendAsync(slow);
        await installation.Accepted.AtLeastAsync(2, "what the slow key holds");
        await installation.SendAsync(Installation.Message("quick1", "quick"), Installation.Message("quick2", "quick"));
        await installation.Accepted.AtLeastAsync(4, "the other key's messages");

        Assert.Equal(["quick1", "quick2", "slow1", "slow2"], (await installation.VisibleAsync()).Order());
        Assert.InRange(await installation.OutboxCountAsync(), 3, 5);

        var database = installation.ReceiverDatabase;
        for (var n = 0; n < 5; n++)
        {
            await installation.Accepted.AtLeastAsync(Math.Min(4 + n, 7), "the next message of the slow key");
            await WorkOneAsync(database, "slow");
        }

        await installation.ConfirmedAsync();
        var worked = (await installation.WorkedRowsAsync()).Select(row => row.Id);
        Assert.Equal(slow.Select(message => message.Id), worked);
    }

    [Fact]
    public async Task A_receiver_that_dies_between_accepting_and_acknowledging_does_nothing_twice()
    {
        await using var installation = NewInstallation();
        (installation["ClaimIdle"], installation["ClaimEvery"]) = ("00:00:00.100", "00:00:00.050");
        installation.OnAccepted = () => throw new InvalidOperationException("dies here: the row is committed, its sender does not know");
        await installation.StartAsync(receivers: 1);
        await installation.SendAsync(Installation.Message("m1", "k"), Installation.Message("m2", "k"));
        await installation.Accepted.AtLeastAsync(1, "the first message was committed");
        await installation.StopAsync();

        installation.OnAccepted = null;
        await installation.StartAsync(receivers: 1);

        await installation.Worked.AtLeastAsync(2, "worked messages");
        await installation.ConfirmedAsync();
        Assert.Equal(["m1", "m2"], await installation.VisibleAsync());
        Assert.Equal(["m1", "m2"], (await installation.WorkedRowsAsync()).Select(row => row.Id));
    }

    [Fact]
    public async Task A_paused_consumer_that_wakes_after_a_takeover_can_write_nothing()
    {
        await using var installation = NewInstallation();
        installation.Works = false;
        await installation.StartAsync(receivers: 1);
        await installation.SendAsync(Installation.Message("m1", "k"), Installation.Message("m2", "k"));
        await installation.Accepted.AtLeastAsync(2, "accepted messages");
        var database = installation.ReceiverDatabase;
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var paused = await database.WriteAsync(tx => KeyLeases.TryTake(tx, "k", "paused", now, TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
        var row = await database.WriteAsync(tx => Inbox.ClaimNext(tx, paused!), TestContext.Current.CancellationToken);
        Assert.Equal(("m1", 1), (row!.Id, row.Attempt));

        // An hour later, for the one who takes over.
        var heir = await database.WriteAsync(
            tx => KeyLeases.TryTake(tx, "k", "heir", now + 3_600_000, TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
        var again = await database.WriteAsync(tx => Inbox.ClaimNext(tx, heir!), TestContext.Current.CancellationToken);
        Assert.Equal(("m1", 2), (again!.Id, again.Attempt));

        await Assert.ThrowsAsync<FencedException>(() => database.WriteAsync(tx => KeyWorker.Work(tx, paused!, row), TestContext.Current.CancellationToken));
        Assert.Empty(await installation.WorkedRowsAsync());
        await database.WriteAsync(tx => KeyWorker.Work(tx, heir!, again), TestContext.Current.CancellationToken);
        Assert.Equal(["m1"], (await installation.WorkedRowsAsync()).Select(worked => worked.Id));
    }

    [Fact]
    public async Task A_stop_in_the_middle_loses_nothing_and_repeats_nothing()
    {
        await using var installation = NewInstallation();
        (installation["ClaimIdle"], installation["ClaimEvery"], installation["SweepAfter"]) = ("00:00:00.500", "00:00:00.100", "00:00:02");
        var sent = Enumerable.Range(0, 1_500).Select(n => Installation.Message($"m{n}", $"k{n % 30}")).ToList();
        await installation.StartAsync(receivers: 2);
        await installation.SendAsync(sent);
        await installation.Accepted.AtLeastAsync(300, "some accepted messages");
        await installation.StopAsync();

        await installation.StartAsync(receivers: 2);

        await installation.ConfirmedAsync();
        AssertOrder(sent, await UntilWorkedAsync(installation, sent.Count));
    }

    [Fact]
    public async Task Two_senders_on_one_database_relay_once_and_one_takes_over_from_the_other()
    {
        await using var installation = NewInstallation();
        installation["RelayLease"] = "00:00:01";
        await installation.StartAsync(receivers: 1);
        var first = installation.Processes[0];
        if (!SendersShareADatabase)
        {
            return;
        }

        var second = await installation.StartSenderAsync();
        await Installation.SendAsync(second, [Installation.Message("m1", "k"), Installation.Message("m2", "k")]);
        await installation.Worked.AtLeastAsync(2, "messages relayed by the first");
        Assert.Equal([true, false], new[] { first, second }.Select(process => process.Worker<OutboxRelay>().HoldsLease));

        await installation.StopAsync(first);
        await Installation.SendAsync(second, [Installation.Message("m3", "k")]);

        Assert.Equal(["m1", "m2", "m3"], await installation.Worked.AtLeastAsync(3, "messages relayed by the second"));
    }

    [Fact]
    public async Task The_trace_of_the_cause_goes_on_in_the_acceptance()
    {
        const string Cause = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Xopc.Messaging",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        await using var installation = NewInstallation();
        var seen = new Collector<(string Id, string? Parent, ActivityKind? Kind)>();
        installation.OnAccept = message => seen.Add((message.Id, Activity.Current?.ParentId, Activity.Current?.Kind));
        await installation.StartAsync(receivers: 1);

        await installation.SendAsync(Installation.Message("m1", "k1", Cause), Installation.Message("m2", "k2", "not a trace"), Installation.Message("m3", "k3"));

        var accepted = (await seen.AtLeastAsync(3, "accepted messages")).OrderBy(one => one.Id).ToList();
        Assert.Equal(("m1", Cause, ActivityKind.Consumer), accepted[0]);
        Assert.DoesNotContain(accepted.Skip(1), one => one.Parent?.Contains("0af7651916cd43dd8448eb211c80319c", StringComparison.Ordinal) == true);
    }

    /// <summary>Only over Redis is a role more than one process.</summary>
    private protected virtual bool SendersShareADatabase => false;

    private protected static async Task<List<(string Id, string Key)>> UntilWorkedAsync(Installation installation, int count)
    {
        // One that was worked just when its process stopped may not have been told to the collector: the table decides.
        while (true)
        {
            var known = installation.Worked.Items.Count;
            var rows = await installation.WorkedRowsAsync();
            if (rows.Count >= count)
            {
                return rows;
            }

            await installation.Worked.AtLeastAsync(known + 1, $"one more worked message, {count - rows.Count} are missing");
        }
    }

    private protected static void AssertOrder(List<StreamMessage> sent, List<(string Id, string Key)> worked)
    {
        Assert.Equal(sent.Count, worked.Count);
        var byKey = worked.ToLookup(row => row.Key, row => row.Id);
        foreach (var key in sent.GroupBy(message => message.Key))
        {
            Assert.Equal(key.Select(message => message.Id), byKey[key.Key]);
        }
    }

    private static async Task WorkOneAsync(Database database, string key)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await database.WriteAsync(
            tx =>
            {
                var lease = KeyLeases.TryTake(tx, key, "test", now, TimeSpan.FromSeconds(30))!;
                KeyWorker.Work(tx, lease, Inbox.ClaimNext(tx, lease)!);
                KeyLeases.Release(tx, lease);
            },
            TestContext.Current.CancellationToken);
    }
}
