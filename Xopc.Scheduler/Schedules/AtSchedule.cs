using System.Globalization;

namespace Xopc.Scheduler.Schedules;

/// <summary>Due once.</summary>
/// <param name="Instant">A whole second.</param>
internal sealed record AtSchedule(DateTimeOffset Instant) : Schedule
{
    private const int MaxLength = 40;
    private static readonly string[] Local = ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm"];
    private static readonly string[] WithOffset = [.. Local.Select(format => format + "zzz"), .. Local.Select(format => format + "'Z'"), "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    /// <summary>
    /// <c>2026-12-24T18:00:00+01:00</c>, or without an offset a time on the clock of <paramref name="zone"/>: the first of two where the clock goes back over it, the moment
    /// right after the jump where the clock leaves it out.
    /// </summary>
    /// <returns>Null: it is no such text.</returns>
    public static AtSchedule? Parse(string text, TimeZoneInfo zone)
    {
        text = text.Trim();
        if (text.Length > MaxLength)
        {
            return null;
        }

        const DateTimeStyles Universal = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(text, WithOffset, CultureInfo.InvariantCulture, Universal, out var instant))
        {
            return new AtSchedule(WholeSecond(instant));
        }

        // At the ends of the calendar a zone's clock has no room.
        return DateTime.TryParseExact(text, Local, CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) && local.Year is > 1 and < 9999
            ? new AtSchedule(new ZoneClock(zone).FirstAt(local))
            : null;
    }

    public override DateTimeOffset? NextAfter(DateTimeOffset after) => after < Instant ? Instant : null;

    private static DateTimeOffset WholeSecond(DateTimeOffset instant) => new(instant.UtcTicks - (instant.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
}
