using System.Text.Json;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.Scheduler.Schedules;
using Xopc.Testing.Fuzzing;

namespace Xopc.Scheduler.Tests;

/// <summary>Random bytes as schedules.</summary>
public sealed class ParserFuzzTests
{
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Dublin");

    [Fact]
    public void Cron_expressions()
    {
        var read = 0;
        Fuzz.Text(
            text =>
            {
                var schedule = CronSchedule.Parse(text, Zone, out var fault);
                Assert.Equal(schedule is null, fault is not null);
                read += schedule is null ? 0 : 1;
            },
            ["*/5 * * * *", "0 30 2 1-15,L * MON#2", "@daily", "0 0 29 2 ?", "H/5 H(0-3) * * *"]);
        Assert.True(read > 0);
    }

    [Fact]
    public void Moments()
    {
        var read = 0;
        Fuzz.Text(text => read += AtSchedule.Parse(text, Zone) is null ? 0 : 1, ["2026-12-24T18:00:00+01:00", "2026-03-29 01:30", "0001-01-01T00:00Z", "0001-01-01T00:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00"]);
        Assert.True(read > 0);
    }

    [Fact]
    public void Jobs()
    {
        var before = JobReader.ReadNew(Json("""{"schedule":"0 1 * * *","message":"m"}"""), "UTC", Now).Job!;
        var (read, changed) = (0, 0);
        Fuzz.Text(
            text =>
            {
                JsonElement body;
                try
                {
                    body = Json(text);
                }
                catch (JsonException)
                {
                    return;
                }

                var reading = JobReader.ReadNew(body, "Europe/Dublin", Now);
                Assert.Equal(reading.Job is null, reading.Faults.Count > 0);
                if (reading.Job is { } job)
                {
                    read++;
                    Assert.Equal(JobWriter.Write(job), JobWriter.Write(JobReader.ReadStored(JobWriter.Write(job)).Job!));
                }

                changed += JobReader.ReadChange(before, body, "UTC", Now).Job is null ? 0 : 1;
            },
            Samples);
        Assert.True(read > 0 && changed > 0);
    }

    [Fact]
    public void Rows_of_jobs()
    {
        var read = 0;
        Fuzz.Text(
            text =>
            {
                var reading = JobReader.ReadStored(text);
                Assert.Equal(reading.Job is null, reading.Faults.Count > 0);
                read += reading.Job is null ? 0 : 1;
            },
            [.. Samples, .. Samples.Select(static sample => JobReader.ReadNew(Json(sample), "UTC", Now).Job).OfType<Job>().Select(JobWriter.Write)]);
        Assert.True(read > 0);
    }

    [Fact]
    public void Spans()
    {
        var read = 0;
        Fuzz.Text(text => read += EveryText.Parse(text) is null ? 0 : 1, ["10s", "5m", "2h", "1d", "60000"]);
        Assert.True(read > 0);
    }

    [Fact]
    public void Texts_that_name_their_place()
    {
        var found = 0;
        Fuzz.Text(text => found += TextAddress.Split(text).Target is null ? 0 : 1, ["telegram:42:Good morning", "telegram:-1001:a:b", "cli:x:y"]);
        Assert.True(found > 0);
    }

    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Samples =
    [
        """{"id":"a1","schedule":"*/5 * * * *","timezone":"Europe/Berlin","message":"Any news?","missed":"all","tags":["x"]}""",
        """{"id":"b","schedule":{"kind":"every","expression":"10s"},"payload":{"kind":"systemEvent","text":"t"},"delivery":{"mode":"direct","channel":"telegram","to":"42"},"endsAt":"2027-01-01T00:00:00Z"}""",
        """{"id":"c","schedule":{"kind":"at","expression":"2026-12-24T18:00"},"payload":{"kind":"agentTurn","message":"m","timeoutSeconds":30},"missed":{"policy":"latest","max":3,"maxLatenessSeconds":5},"maxRuns":2}""",
        """{"name":"n","maxRetries":1,"timezone":"Asia/Tokyo","overlap":"queue"}""",
    ];

    private static JsonElement Json(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
