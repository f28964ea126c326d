namespace Xopc.Gateway.Logs;

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
