using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Xopc.Contracts;
using Xopc.Gateway.Health;
using Xopc.ServiceDefaults.Http;

namespace Xopc.Gateway.Logs;

internal static class LogsEndpoints
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;
    private const int MaxOffset = 100_000;
    private const int FilesInHealth = 5;

    public static void MapLogs(this IEndpointRouteBuilder app)
    {
        var logs = app.MapGroup("/api/logs").WholeInstallation().WithTags("Logs");
        logs.MapGet("", QueryAsync).RequireScope(OperatorScope.Read).WithSummary("Lines of the logs of all processes, the newest first").Filtered()
            .Query("cursor", "nextCursor of the page before").Query("offset", "Entries to leave out, for callers without a cursor", 0, MaxOffset)
            .Query("limit", $"{DefaultLimit} when left out", 1, MaxLimit).Answers<LogPage>();
        logs.MapGet("/stream", LogFollow.ServeAsync).RequireScope(OperatorScope.Read).Streams().WithSummary("New lines of the logs, as they are written").Filtered()
            .Query("cursor", "As Last-Event-ID, for clients without headers").Header("Last-Event-ID", "Continues behind this line").AnswersEvents(LogEvents.OfFollow)
            .Fails(ErrorCode.TooManyConnections);
        logs.MapGet("/files", Files).RequireScope(OperatorScope.Read).WithSummary("The log files");
        logs.MapGet("/stats", StatsAsync).RequireScope(OperatorScope.Read).WithSummary("Lines of the last 24 hours by level");
        logs.MapGet("/levels", Levels).RequireScope(OperatorScope.Read).WithSummary("The levels there are");
        logs.MapGet("/modules", ModulesAsync).RequireScope(OperatorScope.Read).WithSummary("The modules that wrote in the last 24 hours");
        logs.MapGet("/dir", Dir).RequireScope(OperatorScope.Read).WithSummary("Where the log files are");
        logs.MapGet("/health", HealthAsync).RequireScope(OperatorScope.Read).WithSummary("Whether logs are written, and how many of what");
        logs.MapGet("/level", LogLevelEndpoints.Get).RequireScope(OperatorScope.Read).WithSummary("The level from which on lines are written");
        logs.MapPost("/level", LogLevelEndpoints.SetAsync).RequireScope(OperatorScope.Admin).WithSummary("Change the level of every process that runs, for a while or until it ends")
            .Takes<SetLogLevel>("level").Answers<LogLevelChanged>();
    }

    private static IEndpointConventionBuilder Filtered(this IEndpointConventionBuilder builder) => builder
        .Query("level", $"Comma list of {string.Join(", ", LogFilter.AllLevels)}").Query("q", "Text anywhere in the line, whatever its case")
        .Query("module", "A module, or what it begins with").Query("from", "The first instant, ISO 8601").Query("to", "The last instant, ISO 8601")
        .Query("session", "A session key").Query("trace", "A trace id").Query("run", "A run id").Query("service", "The process that wrote it");

    private static async Task QueryAsync(HttpContext context, LogQueries queries)
    {
        var query = context.Request.Query;
        var filter = LogFilter.Read(query);
        var limit = Number(query, "limit", DefaultLimit, 1, MaxLimit);
        var skip = Number(query, "offset", 0, 0, MaxOffset);
        IReadOnlyDictionary<string, LogPosition>? cursor = null;
        if (query["cursor"].ToString() is { Length: > 0 } given)
        {
            cursor = LogCursor.Parse(given) ?? throw LogFilter.Invalid("cursor is none that an earlier answer gave as nextCursor");
        }

        var page = await queries.PageAsync(filter, cursor, skip, limit, context.RequestAborted);
        var response = context.Response;
        response.ContentType = ApiJson.ContentType;
        response.Headers.CacheControl = "no-store";
        response.ContentLength = page.Length;
        await response.Body.WriteAsync(page, context.RequestAborted);
    }

    private static JsonHttpResult<LogFilesAnswer> Files(LogDirectory directory) =>
        TypedResults.Json(new LogFilesAnswer(FilesOf(directory, LogDirectory.MaxFiles)), GatewayJson.Default.LogFilesAnswer);

    private static async Task<JsonHttpResult<LogStats>> StatsAsync(LogQueries queries, CancellationToken cancellationToken) =>
        TypedResults.Json(await queries.StatsAsync(cancellationToken), GatewayJson.Default.LogStats);

    private static JsonHttpResult<LogLevelsAnswer> Levels() => TypedResults.Json(new LogLevelsAnswer(LogFilter.AllLevels), GatewayJson.Default.LogLevelsAnswer);

    private static async Task<JsonHttpResult<LogModulesAnswer>> ModulesAsync(LogQueries queries, CancellationToken cancellationToken) =>
        TypedResults.Json(new LogModulesAnswer(await queries.ModulesAsync(cancellationToken)), GatewayJson.Default.LogModulesAnswer);

    private static JsonHttpResult<LogDirAnswer> Dir(LogDirectory directory) => TypedResults.Json(new LogDirAnswer(directory.Path), GatewayJson.Default.LogDirAnswer);

    private static async Task<JsonHttpResult<LogHealthAnswer>> HealthAsync(LogQueries queries, LogDirectory directory, GatewayHealth health, CancellationToken cancellationToken)
    {
        var files = FilesOf(directory, FilesInHealth);
        return TypedResults.Json(
            new LogHealthAnswer(
                files.Count > 0 ? "healthy" : "off", new LogHealthConfig(directory.Path, (long)health.Uptime.TotalMilliseconds),
                await queries.StatsAsync(cancellationToken), files),
            GatewayJson.Default.LogHealthAnswer);
    }

    private static List<LogFileAnswer> FilesOf(LogDirectory directory, int most) => [.. directory.Files()
        .OrderByDescending(file => file.LastWriteTimeUtc)
        .Take(most)
        .Select(file => new LogFileAnswer(file.Name, file.FullName, file.Length, file.CreationTimeUtc, file.LastWriteTimeUtc, "app"))];

    private static int Number(IQueryCollection query, string name, int otherwise, int lowest, int highest) => LogFilter.Single(query, name) switch
    {
        null => otherwise,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest => number,
        _ => throw LogFilter.Invalid($"{name} is no number from {lowest} to {highest}"),
    };
}
