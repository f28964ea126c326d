using Xopc.Scheduler.Schedules;

namespace Xopc.Scheduler.Tests.Schedules;

public sealed class ScheduleTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("* * * *", "has 4 fields")]
    [InlineData("* * * * * * *", "has 7 fields")]
    [InlineData("60 * * * *", "Minutes")]
    [InlineData("0 0 30 2 *", "never due")]
    [InlineData("@often", "")]
    [InlineData("not a cron at all", "")]
    public void What_is_no_cron_expression_is_refused_with_the_reason(string text, string reason)
    {
        Assert.Null(CronSchedule.Parse(text, TimeZoneInfo.Utc, out var fault));
        Assert.Contains(reason, fault!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("*/10 * * * * *", "2026-12-01T00:00:00Z", "2026-12-01T00:00:10Z")]
    [InlineData("0 9 * * 1-5", "2026-12-04T09:00:00Z", "2026-12-07T08:00:00Z")]
    [InlineData("@daily", "2026-12-01T12:00:00Z", "2026-12-01T23:00:00Z")]
    [InlineData("0 8 29 2 *", "2026-12-01T00:00:00Z", "2028-02-29T07:00:00Z")]
    [InlineData("30 2 * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z")] // left out by the jump at 01:00Z
    [InlineData("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")] // shown twice, due the first time
    [InlineData("30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")] // a rhythm, due both times
    public void A_cron_expression_is_due_on_the_clock_of_its_zone(string text, string after, string due) =>
        Assert.Equal(DateTimeOffset.Parse(due), CronSchedule.Parse(text, Berlin, out _)!.NextAfter(DateTimeOffset.Parse(after)));

    [Theory]
    [InlineData("2026-12-24T18:00:00+01:00", "2026-12-24T17:00:00Z")]
    [InlineData("2026-12-24T18:00Z", "2026-12-24T18:00:00Z")]
    [InlineData("2026-12-24T18:00:00.4567Z", "2026-12-24T18:00:00Z")]
    [InlineData("2026-12-24 18:00", "2026-12-24T17:00:00Z")]
    [InlineData("2026-03-29T02:30", "2026-03-29T01:00:00Z")]
    [InlineData("2026-10-25T02:30", "2026-10-25T00:30:00Z")]
    public void A_moment_may_have_an_offset_or_be_on_the_zones_clock(string text, string instant) =>
        Assert.Equal(DateTimeOffset.Parse(instant), AtSchedule.Parse(text, Berlin)!.Instant);

    [Theory]
    [InlineData("")]
    [InlineData("tomorrow")]
    [InlineData("2026-02-30T10:00")]
    [InlineData("2026-12-24T18:00:00+99:00")]
    [InlineData("24.12.2026")]
    public void What_is_no_moment_is_refused(string text) => Assert.Null(AtSchedule.Parse(text, Berlin));

    [Fact]
    public void A_moment_is_due_once()
    {
        var schedule = AtSchedule.Parse("2026-12-24T18:00Z", Berlin)!;

        Assert.Equal([schedule.Instant], schedule.Between(DateTimeOffset.UnixEpoch, schedule.Instant.AddYears(1)));
    }

    [Fact]
    public void The_moment_from_which_a_span_is_counted_is_not_due_itself()
    {
        var anchor = DateTimeOffset.Parse("2026-12-01T00:00:00Z");
        var schedule = new EverySchedule(TimeSpan.FromMinutes(15), anchor);

        Assert.Equal(anchor.AddMinutes(15), schedule.NextAfter(anchor.AddDays(-3)));
        Assert.Equal(anchor.AddMinutes(15), schedule.NextAfter(anchor));
        Assert.Equal(anchor.AddMinutes(30), schedule.NextAfter(anchor.AddMinutes(15)));
        Assert.Equal(anchor.AddMinutes(30), schedule.NextAfter(anchor.AddMinutes(29)));
    }

    [Fact]
    public void Equal_texts_in_one_zone_are_the_same_schedule()
    {
        Assert.Equal(CronSchedule.Parse("0 9 * * *", Berlin, out _), CronSchedule.Parse("0 9 * * *", Berlin, out _));
        Assert.NotEqual(CronSchedule.Parse("0 9 * * *", Berlin, out _), CronSchedule.Parse("0 9 * * *", TimeZoneInfo.Utc, out _));
    }
}
