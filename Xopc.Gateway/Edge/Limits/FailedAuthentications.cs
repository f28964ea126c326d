using System.Net;
using Xopc.Configuration;
using Xopc.Gateway.Edge.Clients;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>
/// The limiter of failed authentications. The table of this process decides first, so that a blocked caller costs one look; what it does not refuse is
/// counted in Redis too, where there is one, and the block that stands there is kept here.
/// </summary>
internal sealed partial class FailedAuthentications
{
    private readonly EdgeSettings _settings;
    private readonly AttemptTable _table;
    private readonly SharedAttempts _shared;
    private readonly ILogger _log;
    private AuthRateLimitConfig _limit;

    public FailedAuthentications(EdgeSettings settings, AttemptTable table, SharedAttempts shared, ILogger<FailedAuthentications> log)
    {
        (_settings, _table, _shared, _log, _limit) = (settings, table, shared, log, settings.Current.FailedAuth);
        settings.Changed += OnChanged;
    }

    /// <summary>Null: not blocked.</summary>
    public TimeSpan? BlockedFor(HttpContext context) => _table.Count > 0 && KeyOf(context) is { } key ? _table.BlockedFor(key) : null;

    /// <summary>A valid credential ends the count and the block of its caller. It asks Redis for nothing; where this edge knows of failures, it tells it.</summary>
    public void Succeeded(HttpContext context)
    {
        if (_table.Count > 0 && KeyOf(context) is { } key && _table.Forget(key) && _shared.IsConfigured)
        {
            _shared.Forget(key);
        }
    }

    /// <summary>Counts a wrong credential. Not null: it was not even judged, the caller is blocked for so long.</summary>
    public async ValueTask<TimeSpan?> FailedAsync(HttpContext context)
    {
        if (KeyOf(context) is not { } key)
        {
            return null;
        }

        var limit = _settings.Current.FailedAuth;
        var here = _table.Fail(key, limit);
        if (here.Blocked is not null)
        {
            return here.Blocked;
        }

        if (_shared.IsConfigured && await _shared.FailAsync(key, limit) is { } everywhere)
        {
            if (everywhere.Left > TimeSpan.Zero)
            {
                _table.Block(key, everywhere.Left);
            }

            if (everywhere.Count.Blocked is { } blocked)
            {
                return blocked;
            }

            here = here with { BlocksNow = here.BlocksNow || everywhere.Count.BlocksNow };
        }

        if (here.BlocksNow)
        {
            var client = EdgeClient.Of(context).Address;
            LogBlocked(client, limit.MaxAttempts, limit.BlockDurationMs / 1000);
        }

        return null;
    }

    private AttemptKey? KeyOf(HttpContext context)
    {
        var limit = _settings.Current.FailedAuth;
        var client = EdgeClient.Of(context);
        var exempt = !limit.Enabled || (limit.ExemptLoopback && client.IsLocal && context.Request.Headers.Origin.Count == 0);
        return exempt ? null : AttemptKey.Of(context, client);
    }

    /// <summary>Counts of another limit mean nothing under the new one.</summary>
    private void OnChanged()
    {
        if (_settings.Current.FailedAuth is var limit && limit != _limit)
        {
            _limit = limit;
            _table.Clear();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Client} presented {Attempts} wrong credentials and is blocked for {Seconds} s")]
    private partial void LogBlocked(IPAddress client, int attempts, int seconds);
}
