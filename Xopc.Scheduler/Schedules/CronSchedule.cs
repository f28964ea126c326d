using Cronos;

namespace Xopc.Scheduler.Schedules;

/// <summary>
/// A cron expression of five fields, or six with seconds first, on the clock of a time zone. Where the zone's clock jumps forward, a fixed time that it leaves out is due
/// right after the jump; where it goes back, a fixed time is due once, the first time it comes. Fields with <c>*</c>, a range or a step mean a rhythm instead: it
/// follows what the clock really shows, so what is left out is left out and what comes twice is due twice.
/// </summary>
internal sealed record CronSchedule : Schedule
{
    private const int MaxLength = 200;

    private readonly CronExpression _expression;
    private readonly ZoneClock _clock;
    private readonly bool _isRhythm;

    private CronSchedule(string text, CronExpression expression, TimeZoneInfo zone)
    {
        (Text, _expression, Zone, _clock) = (text, expression, zone, new ZoneClock(zone));
        _isRhythm = IsRhythm(text);
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    public TimeZoneInfo Zone { get; }

    /// <param name="fault">What is wrong with it, for people; null when it is a schedule.</param>
    public static CronSchedule? Parse(string text, TimeZoneInfo zone, out string? fault)
    {
        text = text.Trim();
        fault = null;
        if (text.Length is 0 or > MaxLength)
        {
            fault = text.Length == 0 ? "is empty" : $"is longer than {MaxLength} characters";
            return null;
        }

        var fields = Fields(text).Length;
        if (text[0] != '@' && fields is not (5 or 6))
        {
            fault = $"has {fields} fields; a cron expression has 5 (minute hour day month weekday), or 6 with the second before them";
            return null;
        }

        try
        {
            var schedule = new CronSchedule(text, CronExpression.Parse(text, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard), zone);
            fault = schedule.NextAfter(DateTimeOffset.UnixEpoch) is null ? "is never due: there is no such day" : null;
            return fault is null ? schedule : null;
        }
        catch (CronFormatException e)
        {
            fault = e.Message;
            return null;
        }
        catch (MissingSeedException)
        {
            fault = "has an H, a time of nobody's choice; write the number";
            return null;
        }
    }

    public override DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        after = new DateTimeOffset(after.UtcTicks - (after.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        var from = after.AddSeconds(1);
        while (true)
        {
            // From here to the next jump the clock runs evenly, and an expression is only arithmetic.
            var offset = _clock.OffsetAt(from);
            var shown = _isRhythm ? _clock.Shows(from) : _clock.ReachedBefore(from);
            if (_expression.GetNextOccurrence(DateTime.SpecifyKind(shown, DateTimeKind.Utc), inclusive: true) is not { } local)
            {
                return null;
            }

            var due = new DateTimeOffset(local.Ticks - offset.Ticks, TimeSpan.Zero);
            if (_clock.NextJump(from, due) is not { } jump)
            {
                return due;
            }

            if (!_isRhythm && local <= _clock.Shows(jump))
            {
                return jump; // left out by the jump, or the first thing after it
            }

            from = jump;
        }
    }

    // Of @-words only those for a day and more name a time; of fields the ones before the day count.
    private static bool IsRhythm(string text)
    {
        if (text[0] == '@')
        {
            return text.StartsWith("@every", StringComparison.OrdinalIgnoreCase) || text.Equals("@hourly", StringComparison.OrdinalIgnoreCase);
        }

        var fields = Fields(text);
        return fields.Take(fields.Length - 3).Any(static field => field.AsSpan().ContainsAny("*?-/"));
    }

    private static string[] Fields(string text) => text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    public bool Equals(CronSchedule? other) => other is not null && other.Text == Text && other.Zone.Id == Zone.Id;

    public override int GetHashCode() => HashCode.Combine(Text, Zone.Id);
}
