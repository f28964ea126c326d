using Microsoft.AspNetCore.Http.HttpResults;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Http;
using Xopc.ServiceDefaults.Logging;

namespace Xopc.Gateway.Logs;

/// <summary>The level of every process of the installation that runs now.</summary>
internal static class LogLevelEndpoints
{
    private const int MaxBody = 4 * 1024;
    private const double LongestMinutes = 24 * 60;

    public static JsonHttpResult<LogLevelAnswer> Get(TimedLogLevel level) =>
        TypedResults.Json(new LogLevelAnswer(level.Current, level.RevertsAt), GatewayJson.Default.LogLevelAnswer);

    public static async Task<IResult> SetAsync(HttpContext context, TimedLogLevel level, IControlBroadcast control, TimeProvider clock)
    {
        var wanted = await ApiJson.ReadAsync(context, GatewayJson.Default.SetLogLevel, MaxBody);
        if (TimedLogLevel.Canonical(wanted.Level) is not { } name)
        {
            return new ApiError(ErrorCode.InvalidRequest, $"level must be one of {string.Join(", ", LogFilter.AllLevels)}, or {TimedLogLevel.Configured}");
        }

        if (wanted.Duration is { } minutes && !(minutes > 0 && minutes <= LongestMinutes))
        {
            return new ApiError(ErrorCode.InvalidRequest, $"duration must be minutes, more than 0 and at most {LongestMinutes}");
        }

        var previous = level.Current;
        DateTimeOffset? until = wanted.Duration is { } length && name != TimedLogLevel.Configured ? clock.GetUtcNow().AddMinutes(length) : null;
        await control.SendAsync(new ControlMessage(ControlKinds.LogLevel, name, until?.ToString("O")), context.RequestAborted);
        return TypedResults.Json(
            new LogLevelChanged(previous, level.Current, until, until is null ? $"The level is {level.Current}." : $"The level is {level.Current} until {until:u}."),
            GatewayJson.Default.LogLevelChanged);
    }
}
