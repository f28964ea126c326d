using System.Globalization;
using Xopc.Scheduler.Schedules;

namespace Xopc.Scheduler.Jobs;

/// <summary>A span as people write it: <c>10s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>, or milliseconds.</summary>
internal static class EveryText
{
    private const int MaxLength = 20;

    /// <returns>Whole seconds; null: it is no such span, or too short or too long.</returns>
    public static TimeSpan? Parse(string text)
    {
        text = text.Trim();
        if (text.Length is 0 or > MaxLength)
        {
            return null;
        }

        double? unit = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3_600, 'd' => 86_400, >= '0' and <= '9' => 0.001, _ => null };
        var digits = char.IsAsciiDigit(text[^1]) ? text : text[..^1];
        if (unit is null || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return null;
        }

        var seconds = Math.Floor(count * unit.Value);
        return seconds >= EverySchedule.Shortest.TotalSeconds && seconds <= EverySchedule.Longest.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }
}
