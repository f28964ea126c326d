using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>What the <c>XOPC_LOG_*</c> settings say.</summary>
/// <param name="Directory">Null: no files.</param>
internal sealed record LogSettings(LogLevel Level, bool ToConsole, string? Directory, LogLimits Limits, bool Redaction)
{
    private const int LongestRetention = 3650;

    /// <exception cref="InvalidOperationException">A setting cannot be understood; the message names it and what it accepts.</exception>
    public static LogSettings Read(IConfiguration configuration, string? directory)
    {
        var limits = new LogLimits();
        if (configuration["XOPC_LOG_RETENTION_DAYS"] is { Length: > 0 } days)
        {
            limits = int.TryParse(days, out var count) && count is >= 1 and <= LongestRetention
                ? limits with { RetentionDays = count }
                : throw new InvalidOperationException($"XOPC_LOG_RETENTION_DAYS is '{days}'; it takes a number of days from 1 to {LongestRetention}.");
        }

        var chosen = configuration["XOPC_LOG_DIR"] is { Length: > 0 } named ? ReadDirectory(named) : directory;
        return new LogSettings(
            ReadLevel(configuration),
            ReadSwitch(configuration, "XOPC_LOG_CONSOLE"),
            ReadSwitch(configuration, "XOPC_LOG_FILE") ? chosen : null,
            limits,
            ReadSwitch(configuration, "XOPC_LOG_REDACTION"));
    }

    private static LogLevel ReadLevel(IConfiguration configuration)
    {
        foreach (var name in (ReadOnlySpan<string>)["XOPC_LOG_LEVEL", "LOG_LEVEL"])
        {
            if (configuration[name] is { Length: > 0 } text)
            {
                return LogLevels.TryParse(text, out var level)
                    ? level
                    : throw new InvalidOperationException($"{name} is '{text}'; it takes trace, debug, info, warn, error or fatal.");
            }
        }

        return configuration["DEBUG"] is { Length: > 0 } and not ("0" or "false") ? LogLevel.Debug : LogLevel.Information;
    }

    private static bool ReadSwitch(IConfiguration configuration, string name) => configuration[name]?.Trim().ToLowerInvariant() switch
    {
        null or "" or "true" or "1" or "on" or "yes" => true,
        "false" or "0" or "off" or "no" => false,
        var other => throw new InvalidOperationException($"{name} is '{other}'; it takes true or false."),
    };

    private static string ReadDirectory(string named) =>
        named.Contains('\0', StringComparison.Ordinal) ? throw new InvalidOperationException("XOPC_LOG_DIR holds a character that no path has.") : Path.GetFullPath(named);
}
