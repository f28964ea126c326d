using System.Globalization;
using Microsoft.Extensions.Primitives;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Logs;

/// <summary>Which lines are asked for. Everything that is set must fit.</summary>
/// <param name="Levels">Null: all.</param>
/// <param name="From">The first instant.</param>
/// <param name="To">The last instant.</param>
/// <param name="Text">Contained in any text of the line, whatever its case.</param>
/// <param name="Module">The module, or what it begins with up to a dot.</param>
/// <param name="Session">A session key.</param>
/// <param name="Trace">A trace id of 32 hex digits.</param>
/// <param name="Run">A run id.</param>
/// <param name="Service">The process that wrote it: <c>xopc</c>, <c>xopc-agents</c>, ….</param>
internal sealed record LogFilter(
    IReadOnlySet<string>? Levels, DateTimeOffset? From, DateTimeOffset? To, string? Text, string? Module, string? Session, string? Trace, string? Run, string? Service)
{
    private const int LongestText = 500;

    public static readonly IReadOnlyList<string> AllLevels = ["trace", "debug", "info", "warn", "error", "fatal"];

    /// <exception cref="ApiException">400 that names the parameter.</exception>
    public static LogFilter Read(IQueryCollection query) => new(
        ReadLevels(Single(query, "level")),
        ReadTime(query, "from"),
        ReadTime(query, "to"),
        Single(query, "q"),
        Single(query, "module"),
        Single(query, "session") ?? Single(query, "sessionId"),
        Single(query, "trace")?.ToLowerInvariant() ?? Single(query, "traceId")?.ToLowerInvariant(),
        Single(query, "run"),
        Single(query, "service"));

    public bool Fits(LogRecord record) =>
        (From is null || record.Time >= From)
        && (To is null || record.Time <= To)
        && (Levels is null || Levels.Contains(record.Level))
        && (Module is null || IsOf(record.Field("module"), Module))
        && (Service is null || record.Field("service") == Service)
        && (Trace is null || record.Field("traceId") == Trace)
        && (Run is null || record.Field("runId") == Run)
        && (Session is null || record.Field("sessionKey") == Session || record.Field("sessionId") == Session || record.Field("session") == Session)
        && (Text is null || record.Mentions(Text));

    internal static string? Single(IQueryCollection query, string name)
    {
        if (!query.TryGetValue(name, out var values) || StringValues.IsNullOrEmpty(values))
        {
            return null;
        }

        return values.Count == 1 && values.ToString() is { Length: <= LongestText } text
            ? text
            : throw Invalid($"{name} is given twice, or is longer than {LongestText} characters");
    }

    internal static ApiException Invalid(string message) => new(ErrorCode.InvalidRequest, message);

    // Xopc.Agents takes Xopc.Agents.Runs.RunHost too.
    private static bool IsOf(string? module, string asked) =>
        module is not null && module.StartsWith(asked, StringComparison.OrdinalIgnoreCase) && (module.Length == asked.Length || module[asked.Length] == '.');

    private static HashSet<string>? ReadLevels(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var levels = text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
        return levels.FirstOrDefault(level => !AllLevels.Contains(level)) is { } unknown
            ? throw Invalid($"level '{unknown}' is none of {string.Join(", ", AllLevels)}")
            : levels.Count == 0 ? null : levels;
    }

    private static DateTimeOffset? ReadTime(IQueryCollection query, string name) => Single(query, name) switch
    {
        null => null,
        var text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) => time,
        _ => throw Invalid($"{name} is no ISO 8601 time, for example 2026-01-31T08:30:00Z"),
    };
}
