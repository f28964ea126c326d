using System.Globalization;
using Xopc.Scheduler.Jobs;

namespace Xopc.Scheduler.Api;

/// <summary>A schedule in words: the common forms as people say them, the others field by field.</summary>
internal static class ScheduleWords
{
    private static readonly string[] Names = ["second", "minute", "hour", "day of the month", "month", "weekday"];

    public static string Of(JobSchedule schedule) => schedule.Kind switch
    {
        ScheduleKind.Every => "every " + schedule.Expression,
        ScheduleKind.At => "once, at " + schedule.Expression,
        _ => OfCron(schedule.Expression),
    };

    private static string OfCron(string expression)
    {
        var fields = expression.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            return expression; // @daily says it itself
        }

        var all = fields.Length == 6 ? fields : ["0", .. fields];
        return Common(all) ?? Listed(all, fields.Length == 6 ? 0 : 1);
    }

    private static string? Common(string[] f) => f switch
    {
        ["*", "*", "*", "*", "*", "*"] => "every second",
        [var step, "*", "*", "*", "*", "*"] when StepOf(step) is { } n => $"every {n} seconds",
        ["0", "*", "*", "*", "*", "*"] => "every minute",
        ["0", var step, "*", "*", "*", "*"] when StepOf(step) is { } n => $"every {n} minutes",
        ["0", var minute, "*", "*", "*", "*"] when NumberOf(minute) is { } m => $"every hour, {m} minutes past",
        ["0", var minute, var hour, "*", "*", "*"] when Time(hour, minute) is { } time => $"every day at {time}",
        ["0", var minute, var hour, "*", "*", var day] when Time(hour, minute) is { } time && NumberOf(day) is { } d and <= 7 =>
            $"every {CultureInfo.InvariantCulture.DateTimeFormat.DayNames[d % 7]} at {time}",
        ["0", var minute, var hour, "*", "*", "1-5"] when Time(hour, minute) is { } time => $"Monday to Friday at {time}",
        ["0", var minute, var hour, var day, "*", "*"] when Time(hour, minute) is { } time && NumberOf(day) is { } d => $"on day {d} of every month at {time}",
        _ => null,
    };

    private static string Listed(string[] fields, int from)
    {
        var said = fields.Select((field, i) => (Field: field, Name: Names[i])).Skip(from).Where(static one => one.Field is not ("*" or "?")).Select(static one => $"{one.Name} {one.Field}").ToList();
        return said.Count == 0 ? "every minute" : "when these hold: " + string.Join(", ", said);
    }

    private static string? Time(string hour, string minute) =>
        NumberOf(hour) is { } h and <= 23 && NumberOf(minute) is { } m and <= 59 ? $"{h:00}:{m:00}" : null;

    private static int? StepOf(string field) => field.StartsWith("*/", StringComparison.Ordinal) && NumberOf(field[2..]) is { } n and > 1 ? n : null;

    private static int? NumberOf(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
