namespace Xopc.Scheduler.Tests.Schedules;

/// <summary>
/// What a schedule means, said without any cleverness: every second of a stretch of time is looked at, on the clock of the zone. Knows nothing of the library that the product uses.
/// </summary>
internal static class Oracle
{
    /// <summary>The due instants in (after, until]. The expression has six fields, each <c>*</c>, a number, <c>a-b</c>, <c>*/n</c> or a list of numbers.</summary>
    public static List<DateTimeOffset> Cron(string expression, TimeZoneInfo zone, DateTimeOffset after, DateTimeOffset until)
    {
        var fields = expression.Split(' ').Select(Field).ToArray();
        var isRhythm = expression.Split(' ')[..3].Any(field => field.Contains('*') || field.Contains('-') || field.Contains('/'));
        var due = new List<DateTimeOffset>();
        var (minute, offset) = (long.MinValue, TimeSpan.Zero);
        DateTime Clock(DateTimeOffset instant)
        {
            // A clock jumps at a whole minute.
            if (instant.UtcTicks / TimeSpan.TicksPerMinute is var current && current != minute)
            {
                (minute, offset) = (current, zone.GetUtcOffset(instant));
            }

            return new DateTime(instant.UtcTicks + offset.Ticks);
        }

        var shown = Clock(after);
        for (var second = after.AddSeconds(1); second <= until; second = second.AddSeconds(1))
        {
            var now = Clock(second);
            if (isRhythm)
            {
                if (Fits(fields, now))
                {
                    due.Add(second);
                }
            }
            else if (now > shown)
            {
                // A fixed time is due when the clock first reaches it or leaps over it; several in one leap are due once.
                var leaps = now - shown > TimeSpan.FromSeconds(1);
                if (leaps ? Leapt(fields, shown, now) : Fits(fields, now))
                {
                    due.Add(second);
                }

                shown = now;
            }
        }

        return due;
    }

    /// <summary>The first whole minute, looked for one by one, at which the zone's clock shows the time or a later one.</summary>
    public static DateTimeOffset FirstAt(DateTime local, TimeZoneInfo zone, DateTimeOffset from)
    {
        while (new DateTime(from.UtcTicks + zone.GetUtcOffset(from).Ticks) < local)
        {
            from = from.AddMinutes(1);
        }

        return from;
    }

    private static bool Leapt(Func<int, bool>[] fields, DateTime from, DateTime to)
    {
        for (var time = from.AddSeconds(1); time <= to; time = time.AddSeconds(1))
        {
            if (Fits(fields, time))
            {
                return true;
            }
        }

        return false;
    }


    private static bool Fits(Func<int, bool>[] fields, DateTime time) =>
        fields[0](time.Second) && fields[1](time.Minute) && fields[2](time.Hour) && fields[3](time.Day) && fields[4](time.Month) && fields[5]((int)time.DayOfWeek);

    private static Func<int, bool> Field(string text)
    {
        if (text == "*")
        {
            return _ => true;
        }

        if (text.StartsWith("*/", StringComparison.Ordinal))
        {
            var step = int.Parse(text[2..]);
            return value => value % step == 0;
        }

        if (text.Split('-') is [var low, var high])
        {
            var (from, to) = (int.Parse(low), int.Parse(high));
            return value => value >= from && value <= to;
        }

        var all = text.Split(',').Select(int.Parse).ToHashSet();
        return all.Contains;
    }
}
