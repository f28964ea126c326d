using System.Text.Json;
using System.Text.Json.Serialization;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Logs;

/// <summary><c>GET /api/logs</c>; <see cref="LogQueries"/> writes the bytes.</summary>
/// <param name="NextCursor">Of the next page; null when nothing is left.</param>
internal sealed record LogPage(IReadOnlyList<LogEntry> Logs, int Count, bool HasMore, string? NextCursor);

/// <summary>One line; <see cref="LogRecord"/> writes the bytes.</summary>
/// <param name="Service">The process that wrote it.</param>
internal sealed record LogEntry(DateTimeOffset Timestamp, string Level, string Message, string? Module, string? Service)
{
    /// <summary>Everything else that the line says.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Fields { get; set; } // init would make it a parameter of the generated constructor, which extension data cannot be
}

/// <summary>The events of <c>GET /api/logs/stream</c>.</summary>
internal static class LogEvents
{
    public static readonly IReadOnlyDictionary<string, Type> OfFollow = new Dictionary<string, Type>(StringComparer.Ordinal)
    {
        ["connected"] = typeof(LogConnected), ["log"] = typeof(LogEntry), [Farewell.Event] = typeof(FarewellData),
    };
}

/// <summary>Nothing yet: its id is the place from which on lines come.</summary>
internal sealed record LogConnected;

/// <summary><c>GET /api/logs/stats</c>.</summary>
/// <param name="ByLevel">Lines of the last 24 hours by level.</param>
/// <param name="ErrorsLast24h">Of them, <c>error</c> and <c>fatal</c>.</param>
/// <param name="ModulesTracked">Modules that wrote any.</param>
/// <param name="Complete">False when there were more than one request reads; the newest were counted.</param>
internal sealed record LogStats(IReadOnlyDictionary<string, long> ByLevel, long ErrorsLast24h, int ModulesTracked, bool Complete);

/// <param name="Type">Always <c>app</c>: one kind of log holds everything.</param>
internal sealed record LogFileAnswer(string Name, string Path, long Size, DateTimeOffset Created, DateTimeOffset Modified, string Type);

internal sealed record LogFilesAnswer(IReadOnlyList<LogFileAnswer> Files);

internal sealed record LogLevelsAnswer(IReadOnlyList<string> Levels);

internal sealed record LogModulesAnswer(IReadOnlyList<string> Modules);

internal sealed record LogDirAnswer(string Dir);

/// <param name="Status"><c>healthy</c>, or <c>off</c> where nothing is written to files.</param>
internal sealed record LogHealthAnswer(string Status, LogHealthConfig Config, LogStats Stats, IReadOnlyList<LogFileAnswer> Files);

internal sealed record LogHealthConfig(string Dir, long UptimeMs);

/// <summary>Body of <c>POST /api/logs/level</c>.</summary>
/// <param name="Level">One of the six, or <c>default</c> to go back to what is configured.</param>
/// <param name="Duration">Minutes until it goes back by itself; null: until the process ends.</param>
internal sealed record SetLogLevel(string? Level, double? Duration);

internal sealed record LogLevelAnswer(string Level, DateTimeOffset? AutoRevertAt);

internal sealed record LogLevelChanged(string Previous, string Current, DateTimeOffset? AutoRevertAt, string Message);
