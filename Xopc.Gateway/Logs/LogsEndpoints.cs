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
        var logs = app.MapGroup("/api/logs").WholeInstallation();
        logs.MapGet("", QueryAsync).RequireScope(OperatorScope.Read);
        logs.MapGet("/stream", LogFollow.ServeAsync).RequireScope(OperatorScope.Read).Streams();
        logs.MapGet("/files", Files).RequireScope(OperatorScope.Read);
        logs.MapGet("/stats", StatsAsync).RequireScope(OperatorScope.Read);
        logs.MapGet("/levels", Levels).RequireScope(OperatorScope.Read);
        logs.MapGet("/modules", ModulesAsync).RequireScope(OperatorScope.Read);
        logs.MapGet("/dir", Dir).RequireScope(OperatorScope.Read);
        logs.MapGet("/health", HealthAsync).RequireScope(OperatorScope.Read);
        logs.MapGet("/level", LogLevelEndpoints.Get).RequireScope(OperatorScope.Read);
        logs.MapPost("/level", LogLevelEndpoints.SetAsync).RequireScope(OperatorScope.Admin);
    }

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
        var text => throw LogFilter.Invalid($"{name} '{text}' is no number from {lowest} to {highest}"),
    };
}
