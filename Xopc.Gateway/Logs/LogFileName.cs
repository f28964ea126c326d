using System.Globalization;
using System.Text.RegularExpressions;

namespace Xopc.Gateway.Logs;

/// <summary>
/// A log file's name in parts: <c>app-agents-2-2026-01-01.3.log</c> is part 3 of the first of January of series <c>app-agents-2</c>. A series is what one
/// process after another writes; its files follow each other by day and number.
/// </summary>
internal readonly partial record struct LogFileName(string Series, DateOnly Day, int Number) : IComparable<LogFileName>
{
    private const string DayFormat = "yyyy-MM-dd";

    public static LogFileName? Parse(string name)
    {
        var match = Shape().Match(name);
        return match.Success && DateOnly.TryParseExact(match.Groups["day"].ValueSpan, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            ? new LogFileName(match.Groups["series"].Value, day, match.Groups["number"] is { Success: true } number ? int.Parse(number.ValueSpan, CultureInfo.InvariantCulture) : 0)
            : null;
    }

    /// <summary>Within a series.</summary>
    public int CompareTo(LogFileName other) => Day != other.Day ? Day.CompareTo(other.Day) : Number.CompareTo(other.Number);

    public override string ToString() => Number == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{Series}-{Day:yyyy-MM-dd}.log")
        : string.Create(CultureInfo.InvariantCulture, $"{Series}-{Day:yyyy-MM-dd}.{Number}.log");

    [GeneratedRegex("""^(?<series>app(?:-[a-z0-9-]{1,40}?)?)-(?<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:\.(?<number>[0-9]{1,6}))?\.log$""", RegexOptions.None, 100)]
    private static partial Regex Shape();
}
