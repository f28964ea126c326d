using Xopc.Contracts.Messages;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Tests.Occurrences;

public sealed class SweepTests
{
    private const string EveryTenSeconds = """{"id":"j","schedule":{"kind":"every","expression":"10s"},"message":"Any news?" """;

    [Fact]
    public async Task A_due_instant_gets_its_row_and_asks_the_agent_under_its_own_name()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(EveryTenSeconds + ""","model":"a/b"}""");

        await rig.SweepAsync();
        Assert.Empty(await rig.RowsAsync());
        Assert.Equal(rig.Clock.GetUtcNow().AddSeconds(10), rig.One.Clock.Asked);
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal(($"cron:j:{rig.NowMs / 1_000}", OccurrenceStates.Running, 1, "cron:j"), (row.Id, row.State, row.Attempt, row.SessionKey));
        var (id, request) = Assert.Single(await rig.TurnsAsync());
        Assert.Equal(row.Id, id);
        Assert.Equal(new TurnRequested("cron:j", "Any news?", Model: "a/b", OccurrenceId: row.Id), request);
    }

    [Fact]
    public async Task What_was_reported_stands_in_the_row()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(EveryTenSeconds + "}");
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));

        await rig.EndTurnAsync("ran");

        var row = Assert.Single(await rig.RowsAsync());
        Assert.Equal((OccurrenceStates.Ended, "ran", "done", 7L, "fake/model"), (row.State, row.Outcome, row.Summary, row.Tokens, row.Model));
        Assert.NotNull(row.EndedMs);
    }

    [Fact]
    public async Task One_that_is_due_while_the_one_before_is_at_work_is_skipped()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(EveryTenSeconds + "}");
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));

        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));

        Assert.Equal([null, "skipped"], (await rig.RowsAsync()).Select(row => row.Outcome));
        Assert.Single(await rig.TurnsAsync());
    }

    [Fact]
    public async Task With_a_queue_it_waits_for_the_one_before()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(EveryTenSeconds + ""","overlap":"queue"}""");
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));
        Assert.Equal([OccurrenceStates.Running, OccurrenceStates.Waiting], (await rig.RowsAsync()).Select(row => row.State));

        await rig.EndTurnAsync("ran");
        await rig.SweepAsync();

        Assert.Equal([OccurrenceStates.Ended, OccurrenceStates.Running], (await rig.RowsAsync()).Select(row => row.State));
    }

    [Fact]
    public async Task The_one_before_can_be_cancelled_and_its_turn_is_asked_to_end()
    {
        await using var rig = new CronRig();
        await rig.AddAsync(EveryTenSeconds + ""","overlap":"cancel-previous"}""");
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));
        var (first, request) = Assert.Single(await rig.TurnsAsync());

        await rig.SweepAfterAsync(TimeSpan.FromSeconds(10));
        var (_, cancel) = Assert.Single(await rig.TurnsAsync());
        Assert.Equal(new TurnRequested("cron:j", first, Command: TurnRequested.CancelTurn, OccurrenceId: first), cancel);
        await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "cancelled", TurnId: first));
        await rig.SweepAsync();

        Assert.Equal([("cancelled", OccurrenceStates.Ended), (null, OccurrenceStates.Running)], (await rig.RowsAsync()).Select(row => (row.Outcome, row.State)));
    }

    [Theory]
    [InlineData("skip", "missed missed missed")]
    [InlineData("latest", "missed missed run")]
    [InlineData("all", "run run run")]
    public async Task After_three_missed_instants_the_policy_decides_each(string policy, string expected)
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":"*/10 * * * *","message":"m","missed":" """.TrimEnd() + policy + "\"}");

        await rig.RestartAfterAsync(TimeSpan.FromMinutes(37));

        var rows = await rig.RowsAsync();
        Assert.Equal(expected, string.Join(' ', rows.Select(row => row.Outcome ?? "run")));
        Assert.All(rows.Where(row => row.Outcome is not null), row => Assert.NotEmpty(row.Reason!));
    }

    [Fact]
    public async Task Beyond_its_number_and_beyond_its_lateness_nothing_is_made_up_for()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"n","schedule":"*/10 * * * *","message":"m","missed":{"policy":"all","max":2}}""");
        await rig.AddAsync("""{"id":"l","schedule":"0 * * * *","message":"m","missed":{"policy":"latest","maxLatenessSeconds":60}}""");

        await rig.RestartAfterAsync(TimeSpan.FromMinutes(125));

        Assert.Equal(2, (await rig.RowsAsync("n")).Count(row => row.Outcome is null));
        Assert.Equal(12, (await rig.RowsAsync("n")).Count);
        Assert.Equal(["missed", "missed"], (await rig.RowsAsync("l")).Select(row => row.Outcome));
    }

    [Fact]
    public async Task A_long_downtime_writes_a_bounded_number_of_rows_that_say_how_many_they_stand_for()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":"* * * * * *","message":"m"}""");

        await rig.RestartAfterAsync(TimeSpan.FromDays(2));

        var rows = await rig.RowsAsync();
        Assert.Equal(101, rows.Count);
        Assert.Equal(172_800, rows.Sum(row => row.Moments));
        Assert.Equal(rows[1].DueMs - 1_000, rows[0].LastDueMs);
    }

    [Fact]
    public async Task Two_schedulers_on_one_database_give_an_instant_one_row_and_one_turn()
    {
        await using var rig = new CronRig("""{"cron":{"maxConcurrentJobs":100}}""");
        using var two = rig.Start();
        for (var i = 0; i < 50; i++)
        {
            await rig.AddAsync($$"""{"id":"j{{i}}","schedule":"* * * * *","message":"m"}""");
        }

        for (var round = 1; round <= 5; round++)
        {
            rig.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAll(rig.SweepAsync(), two.Worker.SweepAsync(CronRig.Cancelled), rig.SweepAsync());
            var turns = await rig.TurnsAsync();
            Assert.Equal(50, turns.Select(turn => turn.Id).Distinct().Count());
            Assert.Equal(50, turns.Count);
            foreach (var (id, request) in turns)
            {
                await rig.ReportAsync(new OccurrenceReported(request.OccurrenceId!, "ran", TurnId: id));
            }
        }

        Assert.Equal(250, (await rig.RowsAsync()).Count(row => row.Outcome == "ran"));
    }

    [Fact]
    public async Task No_more_are_at_work_at_a_time_than_may_be()
    {
        await using var rig = new CronRig("""{"cron":{"maxConcurrentJobs":3}}""");
        for (var i = 0; i < 10; i++)
        {
            await rig.AddAsync($$"""{"id":"j{{i}}","schedule":"* * * * *","message":"m"}""");
        }

        await rig.SweepAfterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(10, (await rig.RowsAsync()).Count);
        var turns = await rig.TurnsAsync();
        Assert.Equal(3, turns.Count);

        await rig.ReportAsync(new OccurrenceReported(turns[0].Request.OccurrenceId!, "ran", TurnId: turns[0].Id));
        await rig.SweepAsync();

        Assert.Single(await rig.TurnsAsync());
    }

    [Fact]
    public async Task A_run_limit_and_an_end_stop_a_job()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"few","schedule":"* * * * *","payload":{"kind":"systemEvent","text":"t"},"maxRuns":2}""");
        await rig.AddAsync("""{"id":"end","schedule":"* * * * *","payload":{"kind":"systemEvent","text":"t"},"endsAt":"2026-06-01T12:03:00Z"}""");

        for (var i = 0; i < 6; i++)
        {
            await rig.SweepAfterAsync(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, (await rig.RowsAsync("few")).Count);
        Assert.Equal(3, (await rig.RowsAsync("end")).Count);
        Assert.Null((await rig.One.Jobs.FindAsync("few", CronRig.Cancelled))!.NextMs);
    }

    [Fact]
    public async Task A_plan_for_a_job_that_changed_meanwhile_writes_nothing()
    {
        await using var rig = new CronRig();
        var job = await rig.AddAsync(EveryTenSeconds + "}");
        var row = (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!;
        var dueMs = rig.NowMs + 10_000;
        var plan = DuePlanner.Plan(row, job.Schedule.Compile("UTC", out _)!, null, dueMs);
        await rig.One.Jobs.UpdateAsync(job with { Name = "other" }, row.Version, CronRig.Cancelled);

        Assert.False(await rig.Database.WriteAsync(tx => DueAccount.Apply(tx, row, plan, dueMs), CronRig.Cancelled));
        Assert.Empty(await rig.RowsAsync());
    }

    [Fact]
    public async Task What_is_due_when_a_job_changes_is_the_jobs_as_it_was()
    {
        await using var rig = new CronRig();
        var job = await rig.AddAsync(EveryTenSeconds + "}");
        rig.Clock.Advance(TimeSpan.FromSeconds(12));

        Assert.Equal(JobChangeOutcome.Done, (await rig.One.Jobs.SetEnabledAsync("j", false, CronRig.Cancelled)).Outcome);

        Assert.Equal(rig.NowMs - 2_000, Assert.Single(await rig.RowsAsync()).DueMs);
        Assert.Equal(JobChangeOutcome.Conflict, (await rig.One.Jobs.UpdateAsync(job, 1, CronRig.Cancelled)).Outcome);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_fires_nothing_twice()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":"* * * * *","payload":{"kind":"systemEvent","text":"t"}}""");
        await rig.SweepAfterAsync(TimeSpan.FromMinutes(1));

        rig.Clock.AdjustTime(rig.Clock.GetUtcNow().AddHours(-1));
        await rig.SweepAfterAsync(TimeSpan.FromMinutes(30));
        Assert.Single(await rig.RowsAsync());
        await rig.SweepAfterAsync(TimeSpan.FromMinutes(31));

        Assert.Equal(2, (await rig.RowsAsync()).Count);
    }

    [Fact]
    public async Task A_run_that_somebody_asks_for_runs_also_when_the_job_is_off()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":"* * * * *","message":"m","enabled":false}""");

        var result = await rig.One.Ledger.TriggerAsync("j", "key:1", CronRig.Cancelled);
        await rig.SweepAsync();

        Assert.StartsWith("cron:j:manual:", result.Occurrence!.Id, StringComparison.Ordinal);
        Assert.Equal(result.Occurrence.Id, Assert.Single(await rig.TurnsAsync()).Id);
        Assert.Equal(TriggerOutcome.NotFound, (await rig.One.Ledger.TriggerAsync("none", "key:1", CronRig.Cancelled)).Outcome);
    }

    [Fact]
    public async Task While_cron_is_off_nothing_is_due_and_the_policy_decides_when_it_is_on_again()
    {
        await using var rig = new CronRig("""{"cron":{"enabled":false}}""");
        await rig.AddAsync("""{"id":"j","schedule":"* * * * *","payload":{"kind":"systemEvent","text":"t"}}""");
        await rig.SweepAfterAsync(TimeSpan.FromMinutes(3));
        Assert.Empty(await rig.RowsAsync());

        await rig.ReloadAsync("""{"cron":{"enabled":true}}""");
        await rig.SweepAfterAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["missed", "missed", "ran"], (await rig.RowsAsync()).Select(row => row.Outcome));
    }

    [Fact]
    public async Task Another_default_zone_moves_the_jobs_that_name_none()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"j","schedule":"0 18 * * *","message":"m"}""");
        await rig.SweepAsync();

        await rig.ReloadAsync("""{"cron":{"defaultTimezone":"Asia/Tokyo"}}""");
        await rig.SweepAsync();

        Assert.Equal(new DateTimeOffset(2026, 6, 2, 9, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(), (await rig.One.Jobs.FindAsync("j", CronRig.Cancelled))!.NextMs);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_is_seen_everywhere_and_never_passed_over()
    {
        await using var rig = new CronRig();
        await rig.AddAsync("""{"id":"bad","schedule":"* * * * *","message":"m"}""");
        await rig.AddAsync("""{"id":"good","schedule":"* * * * *","message":"m"}""");
        await rig.Database.WriteAsync(tx => { tx.Execute("UPDATE jobs SET body = SUBSTR(body, 2) WHERE id = 'bad'"); }, CronRig.Cancelled);

        await rig.SweepAfterAsync(TimeSpan.FromMinutes(1));

        var jobs = (await rig.One.Jobs.ListAsync(null, 10, CronRig.Cancelled)).Jobs;
        Assert.Equal(["bad", "good"], jobs.Select(job => job.Id));
        Assert.NotNull(jobs[0].Damage);
        Assert.Contains("cannot be read", jobs[0].Blocked!, StringComparison.Ordinal);
        Assert.Equal("good", Assert.Single(await rig.RowsAsync()).JobId);
        Assert.Equal(1, rig.One.State.Current.Damaged);
        Assert.Equal(1, (await rig.One.Jobs.MetricsAsync(CronRig.Cancelled)).Damaged);
        Assert.Equal(JobChangeOutcome.Damaged, (await rig.One.Jobs.SetEnabledAsync("bad", false, CronRig.Cancelled)) is { Outcome: JobChangeOutcome.Done }
            ? (await rig.One.Jobs.SetEnabledAsync("bad", true, CronRig.Cancelled)).Outcome : JobChangeOutcome.Done);
        Assert.Equal(TriggerOutcome.Damaged, (await rig.One.Ledger.TriggerAsync("bad", "operator", CronRig.Cancelled)).Outcome);
    }
}
