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
            ["*/5 * * * *", "0 30 2 1-15,L * MON#2", "@daily", "0 0 29 2 ?"]);
        Assert.True(read > 0);
    }

    [Fact]
    public void Moments()
    {
        var read = 0;
        Fuzz.Text(text => read += AtSchedule.Parse(text, Zone) is null ? 0 : 1, ["2026-12-24T18:00:00+01:00", "2026-03-29 01:30", "0001-01-01T00:00Z", "9999-12-31T23:59:59-14:00"]);
        Assert.True(read > 0);
    }
}
