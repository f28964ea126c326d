using System.Text.Json;
using Xopc.Scheduler.Jobs;

namespace Xopc.Scheduler.Tests.Jobs;

public sealed class JobReaderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.Parse("2026-06-01T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void A_bare_message_with_a_cron_expression_is_an_agents_turn_in_a_session_of_its_own()
    {
        var job = Read("""{"schedule":"*/5 * * * *","timezone":"Europe/Berlin","message":"Any news?"}""");

        Assert.Equal(8, job.Id.Length);
        Assert.Equal(PayloadKind.AgentTurn, job.Payload.Kind);
        Assert.Equal(SessionTarget.Isolated, job.SessionTarget);
        Assert.Equal("Europe/Berlin", job.Schedule.TimeZone);
        Assert.Equal((60_000, 3, MissedRuns.Default, OverlapPolicy.Skip, true), (job.TimeoutMs, job.MaxRetries, job.Missed, job.Overlap, job.Enabled));
    }

    [Fact]
    public void What_is_written_reads_as_the_same_job()
    {
        var job = Read(
            """
            {"id":"a_b-1","name":"N","schedule":{"kind":"every","expression":"10s"},"enabled":false,"payload":{"kind":"agentTurn","message":"m","model":"a/b","timeoutSeconds":3600},
             "sessionTarget":"main","agentId":"Work","model":"c/d","delivery":{"mode":"announce","channel":"Telegram","to":"-42","accountId":"two","bestEffort":true},"timeout":1000,
             "maxRetries":0,"missed":{"policy":"all","max":7,"maxLatenessSeconds":60},"overlap":"cancel-previous","endsAt":"2027-01-01T00:00:00+01:00","maxRuns":5,"tags":["x","y"]}
            """);

        var again = JobReader.ReadStored(JobWriter.Write(job)).Job!;

        Assert.Equal(JobWriter.Write(job), JobWriter.Write(again));
        Assert.Equal(Now, again.Schedule.Anchor);
        Assert.Equal("group", again.Delivery.Target!.PeerKind);
        Assert.Equal(TimeSpan.FromHours(1), again.Timeout);
    }

    [Theory]
    [InlineData("""{"message":"m"}""", "schedule")]
    [InlineData("""{"schedule":"* * * * *"}""", "payload")]
    [InlineData("""{"schedule":"","message":"m"}""", "schedule")]
    [InlineData("""{"schedule":"61 * * * *","message":"m"}""", "schedule")]
    [InlineData("""{"schedule":"* * * * *","timezone":"Mars/Olympus","message":"m"}""", "timezone")]
    [InlineData("""{"schedule":{"kind":"at","expression":"2020-01-01T00:00:00Z"},"message":"m"}""", "schedule")]
    [InlineData("""{"schedule":{"kind":"every","expression":"0s"},"message":"m"}""", "schedule")]
    [InlineData("""{"schedule":{"kind":"sometimes","expression":"1s"},"message":"m"}""", "schedule.kind")]
    [InlineData("""{"schedule":{"kind":"cron"},"message":"m"}""", "schedule.expression")]
    [InlineData("""{"schedule":"* * * * *","payload":{"kind":"systemEvent","text":" "}}""", "payload.text")]
    [InlineData("""{"schedule":"* * * * *","payload":{"kind":"systemEvent","message":"m"}}""", "payload.text")]
    [InlineData("""{"schedule":"* * * * *","payload":{"kind":"agentTurn","message":"m","timeoutSeconds":9}}""", "payload.timeoutSeconds")]
    [InlineData("""{"schedule":"* * * * *","message":"m","sessionTarget":"both"}""", "sessionTarget")]
    [InlineData("""{"schedule":"* * * * *","message":"m","delivery":{"mode":"direct","channel":"telegram"}}""", "delivery.to")]
    [InlineData("""{"schedule":"* * * * *","message":"m","timeout":999}""", "timeout")]
    [InlineData("""{"schedule":"* * * * *","message":"m","maxRetries":11}""", "maxRetries")]
    [InlineData("""{"schedule":"* * * * *","message":"m","missed":{"max":101}}""", "missed.max")]
    [InlineData("""{"schedule":"* * * * *","message":"m","missed":"never"}""", "missed")]
    [InlineData("""{"schedule":"* * * * *","message":"m","endsAt":"2020-01-01T00:00:00Z"}""", "endsAt")]
    [InlineData("""{"schedule":"* * * * *","message":"m","tags":[1]}""", "tags")]
    [InlineData("""{"schedule":"* * * * *","message":"m","id":"Upper"}""", "id")]
    [InlineData("""{"schedule":"* * * * *","message":"m","id":"metrics"}""", "id")]
    [InlineData("""{"schedule":"* * * * *","message":"\ud800"}""", "message")]
    [InlineData("""{"schedule":"* * * * *","message":"m","colour":"red"}""", "colour")]
    [InlineData("""{"schedule":"* * * * *","message":"m","payload":{"kind":"agentTurn","message":"m"}}""", "message")]
    [InlineData("[]", "")]
    public void What_is_wrong_is_told_by_the_name_of_its_field(string json, string field)
    {
        var reading = JobReader.ReadNew(Json(json), "UTC", Now);

        Assert.Null(reading.Job);
        Assert.Contains(field, reading.Faults.Select(fault => fault.Field));
    }

    [Fact]
    public void A_text_may_have_50_000_characters_and_not_one_more()
    {
        Assert.NotNull(JobReader.ReadNew(Json($$"""{"schedule":"* * * * *","message":"{{new string('x', 50_000)}}"}"""), "UTC", Now).Job);
        Assert.Equal("message", Assert.Single(JobReader.ReadNew(Json($$"""{"schedule":"* * * * *","message":"{{new string('x', 50_001)}}"}"""), "UTC", Now).Faults, fault => fault.Message.Contains("50000", StringComparison.Ordinal)).Field);
    }

    [Fact]
    public void A_change_leaves_what_it_does_not_name_and_takes_away_what_it_names_as_null()
    {
        var job = Read("""{"name":"N","schedule":{"kind":"every","expression":"1h","timezone":"Europe/Berlin"},"message":"m","model":"a/b","tags":["x"]}""");

        var changed = JobReader.ReadChange(job, Json("""{"name":null,"maxRetries":1}"""), "UTC", Now.AddHours(5)).Job!;

        Assert.Null(changed.Name);
        Assert.Equal(1, changed.MaxRetries);
        Assert.Equal((job.Id, job.Schedule, job.Payload, "a/b"), (changed.Id, changed.Schedule, changed.Payload, changed.Model));
    }

    [Fact]
    public void A_change_of_the_schedule_is_judged_and_begins_its_spans_anew()
    {
        var job = Read("""{"schedule":{"kind":"every","expression":"1h"},"message":"m"}""");

        Assert.Equal(Now.AddHours(5), JobReader.ReadChange(job, Json("""{"schedule":{"kind":"every","expression":"2h"}}"""), "UTC", Now.AddHours(5)).Job!.Schedule.Anchor);
        Assert.Null(JobReader.ReadChange(job, Json("""{"schedule":{"kind":"at","expression":"2026-06-01T13:00:00Z"}}"""), "UTC", Now.AddHours(5)).Job);
    }

    [Fact]
    public void A_moment_that_has_passed_does_not_keep_anybody_from_changing_the_rest()
    {
        var job = Read("""{"schedule":{"kind":"at","expression":"2026-06-01T13:00:00Z"},"message":"m"}""");

        Assert.Equal("late", JobReader.ReadChange(job, Json("""{"name":"late"}"""), "UTC", Now.AddDays(1)).Job!.Name);
    }

    [Theory]
    [InlineData("""{"timezone":"Asia/Tokyo"}""", "Asia/Tokyo")]
    [InlineData("""{"timezone":null}""", null)]
    [InlineData("""{"schedule":"0 1 * * *"}""", "Europe/Berlin")]
    public void The_zone_of_a_schedule_is_changed_beside_it_or_kept(string change, string? zone)
    {
        var job = Read("""{"schedule":"0 0 * * *","timezone":"Europe/Berlin","message":"m"}""");

        Assert.Equal(zone, JobReader.ReadChange(job, Json(change), "UTC", Now).Job!.Schedule.TimeZone);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"id":"other"}""")]
    [InlineData("""{"nonsense":1}""")]
    public void A_change_that_says_nothing_sensible_is_refused(string change) =>
        Assert.Null(JobReader.ReadChange(Read("""{"schedule":"0 0 * * *","message":"m"}"""), Json(change), "UTC", Now).Job);

    private static Job Read(string json)
    {
        var reading = JobReader.ReadNew(Json(json), "UTC", Now);
        Assert.Empty(reading.Faults);
        return reading.Job!;
    }

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
