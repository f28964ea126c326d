using Xopc.Contracts.Messages;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Tests.Occurrences;

public sealed class ResultTests
{
    private const string Turn = """{"id":"j","schedule":"* * * * *","message":"m" """;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("agentTurn", "isolated", "cron:j")]
    [InlineData("agentTurn", "main", "main:telegram:two:dm:main")]
    public async Task An_agents_turn_runs_in_its_session_and_its_answer_goes_to_its_account(string kind, string target, string session)
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync($$$"""
            {"id":"j","schedule":"* * * * *","payload":{"kind":"{{{kind}}}","message":"m"},"sessionTarget":"{{{target}}}","delivery":{"mode":"direct","channel":"telegram","to":"-7","accountId":"two"}}
            """);

        await rig.SweepAfterAsync(Minute);

        var (_, request) = Assert.Single(await rig.TurnsAsync());
        Assert.Equal((session, new DeliveryTarget("telegram", "two", "group", "-7")), (request.SessionKey, request.ReplyTo));
        Assert.Empty(await rig.DeliveriesAsync());
    }

    [Theory]
    [InlineData("main", true)]
    [InlineData("isolated", false)]
    public async Task A_system_event_is_delivered_as_it_is_and_noted_where_its_target_is_the_main_session(string target, bool noted)
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync($$$"""
            {"id":"j","schedule":"* * * * *","payload":{"kind":"systemEvent","text":"Drink *water*."},"sessionTarget":"{{{target}}}","delivery":{"mode":"none","channel":"telegram","to":"7"}}
            """);

        await rig.SweepAfterAsync(Minute);

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(("ran", "Drink *water*.", "queued"), (row.Outcome, row.Summary, row.DeliveryState));
        var (id, delivery) = Assert.Single(await rig.DeliveriesAsync());
        Assert.Equal((row.Id, "Drink *water*.", row.Id), (id, delivery.Text, delivery.OccurrenceId));
        Assert.Equal(noted ? 1 : 0, (await rig.TakeAsync(WorkStreams.Posts)).Count);

        await rig.ReportAsync(new OccurrenceReported(row.Id, null, DeliveryId: row.Id, DeliveryState: "sent"));
        Assert.Equal("sent", (await rig.RowsAsync())[0].DeliveryState);
    }

    [Fact]
    public async Task A_text_may_name_its_place_itself()
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync("""{"id":"j","schedule":"* * * * *","payload":{"kind":"systemEvent","text":"telegram:42:Good morning: up!"},"sessionTarget":"isolated"}""");

        await rig.SweepAfterAsync(Minute);

        var (_, delivery) = Assert.Single(await rig.DeliveriesAsync());
        Assert.Equal((new DeliveryTarget("telegram", "default", "dm", "42"), "Good morning: up!"), (delivery.Target, delivery.Text));
    }

    [Fact]
    public async Task A_failure_is_tried_again_by_the_table_as_the_same_occurrence()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":{"kind":"at","expression":"2026-06-01T12:01:00Z"},"message":"m","maxRetries":2}""");
        await rig.SweepAfterAsync(Minute);

        var first = await rig.EndTurnAsync("failed", "the model could not be reached.");
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(29));
        Assert.Empty(await rig.TurnsAsync());
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal($"{first}:2", await rig.EndTurnAsync("failed", "again"));
        await rig.SweepAfterAsync(Minute);
        Assert.Equal($"{first}:3", await rig.EndTurnAsync("failed", "and again"));

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(("failed", "and again", 3, 21L), (row.Outcome, row.Reason, row.Attempt, row.Tokens));
    }

    [Fact]
    public async Task What_takes_too_long_is_cancelled_and_timed_out()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(Turn + ""","timeout":5000,"overlap":"queue"}""");
        await rig.SweepAfterAsync(Minute);
        var (id, request) = Assert.Single(await rig.TurnsAsync());

        await rig.SweepAfterAsync(TimeSpan.FromSeconds(5));
        var (_, cancel) = Assert.Single(await rig.TurnsAsync());
        Assert.Equal((TurnRequested.CancelTurn, id), (cancel.Command, cancel.Text));
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(5));
        Assert.Empty(await rig.TurnsAsync());
        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "cancelled", TurnId: id));

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(("timed-out", "took longer than 5 s"), (row.Outcome, row.Reason));
    }

    [Fact]
    public async Task An_end_that_nobody_confirms_is_waited_for_so_long_and_no_longer()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":{"kind":"at","expression":"2026-06-01T12:01:00Z"},"message":"m","timeout":5000}""");
        await rig.SweepAfterAsync(Minute);
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(5));
        Assert.Null(Assert.Single(await rig.RowsAsync()).Outcome);

        await rig.SweepAfterAsync(OccurrenceDeadlines.ConfirmWithin);

        Assert.Equal("timed-out", Assert.Single(await rig.RowsAsync()).Outcome);
    }

    [Fact]
    public async Task An_answer_that_came_before_its_cancelling_counts()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(Turn + ""","timeout":5000}""");
        await rig.SweepAfterAsync(Minute);
        var (id, request) = Assert.Single(await rig.TurnsAsync());
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(5));

        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "ran", TurnId: id));
        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "cancelled", TurnId: id));

        Assert.Equal("ran", Assert.Single(await rig.RowsAsync()).Outcome);
    }

    [Fact]
    public async Task After_three_failures_in_a_row_people_are_told_once_until_somebody_has_seen_it()
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync("""
            {"id":"j","name":"News","schedule":"* * * * *","message":"m","maxRetries":0,"delivery":{"mode":"direct","channel":"telegram","to":"7","accountId":"two"}}
            """);

        for (var i = 1; i <= 5; i++)
        {
            await rig.SweepAfterAsync(Minute);
            await rig.EndTurnAsync("failed", "the model could not be reached.");
            Assert.Equal(i, (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!.Failures);
            Assert.Equal(i >= 3, (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!.MarkedMs is not null);
        }

        var (_, notice) = Assert.Single(await rig.DeliveriesAsync());
        Assert.Equal((new DeliveryTarget("telegram", "two", "dm", "7"), null), (notice.Target, notice.OccurrenceId));
        Assert.Contains("News", notice.Text, StringComparison.Ordinal);
        Assert.Contains("the model could not be reached.", notice.Text, StringComparison.Ordinal);

        Assert.True(await rig.One.Ledger.AcknowledgeAsync("j", CronRig.Cancelled));
        var job = (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!;
        Assert.Equal((0, null), (job.Failures, job.MarkedMs));
    }

    [Fact]
    public async Task A_run_that_works_ends_the_row_of_failures()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(Turn + ""","maxRetries":0}""");
        foreach (var (outcome, failures) in new[] { ("failed", 1), ("unknown", 2), ("ran", 0), ("failed", 1), ("cancelled", 1) })
        {
            await rig.SweepAfterAsync(Minute);
            await rig.EndTurnAsync(outcome);
            Assert.Equal(failures, (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!.Failures);
        }
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task A_delivery_that_does_not_arrive_is_a_failure_unless_it_is_best_effort(bool bestEffort, int failures)
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync($$$"""
            {"id":"j","schedule":"* * * * *","message":"m","delivery":{"mode":"direct","channel":"telegram","to":"7","bestEffort":{{{(bestEffort ? "true" : "false")}}}}}
            """);
        await rig.SweepAfterAsync(Minute);
        var id = await rig.EndTurnAsync("ran", delivery: "reply:x");

        for (var twice = 0; twice < 2; twice++)
        {
            await rig.ReportAsync(new OccurrenceReported(id, null, DeliveryId: "reply:x", DeliveryState: "failed", DeliveryReason: "blocked by the person"));
        }

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(("ran", "failed", "blocked by the person"), (row.Outcome, row.DeliveryState, row.DeliveryReason));
        Assert.Equal(failures, (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!.Failures);
    }

    [Fact]
    public async Task The_end_of_a_delivery_may_be_heard_of_before_the_end_of_its_turn()
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync("""{"id":"j","schedule":"* * * * *","message":"m","delivery":{"mode":"direct","channel":"telegram","to":"7"}}""");
        await rig.SweepAfterAsync(Minute);
        var (id, request) = Assert.Single(await rig.TurnsAsync());

        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, null, DeliveryId: "reply:x", DeliveryState: "sent"));
        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "ran", TurnId: id, DeliveryId: "reply:x", DeliveryState: "queued"));

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(("ran", "sent"), (row.Outcome, row.DeliveryState));
    }

    [Theory]
    [InlineData("""{"mode":"direct","channel":"pigeon","to":"7"}""", "there is no channel 'pigeon'")]
    [InlineData("""{"mode":"direct","channel":"telegram","to":"7","accountId":"three"}""", "'telegram' has no account 'three'")]
    public async Task A_job_that_cannot_work_is_skipped_with_the_reason_and_nothing_is_asked(string delivery, string reason)
    {
        await using var rig = new CronRig(CronRig.Telegram);
        await rig.AddAsync($$$"""{"id":"j","schedule":"* * * * *","message":"m","delivery":{{{delivery}}}}""");

        await rig.SweepAfterAsync(Minute);

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(("skipped", $"blocked: {reason}"), (row.Outcome, row.Reason));
        Assert.Empty(await rig.TakeAsync());
    }

    [Fact]
    public async Task A_model_that_agents_do_not_have_blocks_the_job_until_somebody_changes_it()
    {
        await using var rig = new CronRig();
        var job = await rig.AddAsync(Turn + ""","model":"no/model"}""");
        await rig.SweepAfterAsync(Minute);
        var (id, request) = Assert.Single(await rig.TurnsAsync());

        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "failed", "There is no model 'no/model'.", TurnId: id, Blocks: true));
        await rig.SweepAfterAsync(Minute);

        Assert.Equal(["failed", "skipped"], (await rig.RowsAsync()).Select(row => row.Outcome));
        Assert.Empty(await rig.TurnsAsync());
        var stored = (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!;
        Assert.Equal("There is no model 'no/model'.", stored.Blocked);

        await rig.One.Jobs.UpdateAsync(job with { Model = null }, stored.Version, CronRig.Cancelled);
        await rig.SweepAfterAsync(Minute);
        Assert.Single(await rig.TurnsAsync());
    }

    [Fact]
    public async Task A_deleted_job_takes_its_history_along_and_its_turn_is_asked_to_end()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(Turn + "}");
        await rig.SweepAfterAsync(Minute);
        var (id, request) = Assert.Single(await rig.TurnsAsync());

        Assert.True(await rig.One.Jobs.DeleteAsync("j", CronRig.Cancelled));
        Assert.Equal(id, Assert.Single(await rig.TurnsAsync()).Request.Text);
        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "cancelled", TurnId: id));

        Assert.Empty(await rig.RowsAsync());
        Assert.False(await rig.One.Jobs.DeleteAsync("j", CronRig.Cancelled));
    }

    [Fact]
    public async Task Who_listens_hears_of_starts_and_ends_and_the_heartbeat_of_what_ran()
    {
        await using var rig = new CronRig();
        List<string> ran = [];
        rig.One.News.Ran += ran.Add;
        await rig.AddAsync(Turn + "}");
        await rig.SweepAfterAsync(Minute);
        await rig.EndTurnAsync("ran");

        Assert.Equal(["j"], ran);
        Assert.Equal([("cron.started", "cron:j"), ("cron.finished", "cron:j")], rig.One.Events.Published.Select(told => (told.Type, told.SessionKey!)));
    }
}
