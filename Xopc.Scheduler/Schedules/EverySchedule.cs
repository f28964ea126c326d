namespace Xopc.Scheduler.Schedules;

/// <summary>
/// Due each time a span of real time has gone by, counted from <paramref name="Anchor"/>, which itself is not due. Clocks that jump do not matter to it: a day is 24 hours.
/// </summary>
/// <param name="Span">Whole seconds.</param>
/// <param name="Anchor">A whole second; the moment from which it was asked for.</param>
internal sealed record EverySchedule(TimeSpan Span, DateTimeOffset Anchor) : Schedule
{
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public override DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        var gone = after < Anchor ? 0 : ((after - Anchor).Ticks / Span.Ticks) + 1;
        return Anchor + (Span * Math.Max(1, gone));
    }
}
