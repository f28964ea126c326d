namespace Xopc.Scheduler.Schedules;

/// <summary>
/// The clock on the wall of a time zone: what it shows at an instant, and when it jumps. Asks the platform for offsets only: what it calls ambiguous or invalid is wrong where
/// summer time is the standard one (Europe/Dublin) or the standard time itself moves.
/// </summary>
internal sealed class ZoneClock(TimeZoneInfo zone)
{
    // The longest way a clock has ever gone back at once is a day, over the date line.
    private static readonly TimeSpan LongestJump = TimeSpan.FromHours(26);

    private readonly bool _jumps = zone.SupportsDaylightSavingTime || zone.GetAdjustmentRules().Length > 0;

    public string Id => zone.Id;

    public TimeSpan OffsetAt(DateTimeOffset instant) => _jumps ? zone.GetUtcOffset(instant) : zone.BaseUtcOffset;

    public DateTime Shows(DateTimeOffset instant) => new(instant.UtcTicks + OffsetAt(instant).Ticks);

    /// <summary>The first jump after <paramref name="after"/>, up to and with <paramref name="until"/>: its first instant on the new offset. No zone jumps twice in a day.</summary>
    public DateTimeOffset? NextJump(DateTimeOffset after, DateTimeOffset until)
    {
        if (!_jumps)
        {
            return null;
        }

        var offset = zone.GetUtcOffset(after);
        for (var from = after; from < until; from += TimeSpan.FromDays(1))
        {
            var to = from + TimeSpan.FromDays(1) < until ? from + TimeSpan.FromDays(1) : until;
            if (zone.GetUtcOffset(to) != offset)
            {
                return Bisect(from, to, offset);
            }
        }

        return null;
    }

    /// <summary>How far the clock has been before <paramref name="instant"/>: everything it showed then is below, even where it went back since.</summary>
    public DateTime ReachedBefore(DateTimeOffset instant)
    {
        var reached = Shows(instant);
        var from = instant - LongestJump;
        while (NextJump(from, instant) is { } jump)
        {
            var end = new DateTime(jump.UtcTicks + OffsetAt(jump.AddSeconds(-1)).Ticks);
            reached = end > reached ? end : reached;
            from = jump;
        }

        return reached;
    }

    /// <summary>The first instant at which the clock shows the time, or has leapt over it.</summary>
    public DateTimeOffset FirstAt(DateTime local)
    {
        var from = new DateTimeOffset(local.Ticks, TimeSpan.Zero) - LongestJump;
        while (true)
        {
            var offset = OffsetAt(from);
            var there = new DateTimeOffset(local.Ticks - offset.Ticks, TimeSpan.Zero);
            if (NextJump(from, there) is not { } jump)
            {
                return there;
            }

            // Reached before the jump, or left out by it.
            if (Shows(jump) > local)
            {
                return there < jump ? there : jump;
            }

            from = jump;
        }
    }

    private DateTimeOffset Bisect(DateTimeOffset before, DateTimeOffset after, TimeSpan offset)
    {
        while (after - before > TimeSpan.FromSeconds(1))
        {
            var middle = new DateTimeOffset(WholeSeconds(before.UtcTicks + ((after - before).Ticks / 2)), TimeSpan.Zero);
            if (middle <= before)
            {
                middle = before.AddSeconds(1);
            }

            (before, after) = zone.GetUtcOffset(middle) == offset ? (middle, after) : (before, middle);
        }

        return new DateTimeOffset(WholeSeconds(after.UtcTicks), TimeSpan.Zero);
    }

    private static long WholeSeconds(long ticks) => ticks - (ticks % TimeSpan.TicksPerSecond);
}
