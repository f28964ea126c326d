using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Xopc.Storage.Sqlite;

/// <summary>The part that notices that the file cannot be written, says so, and finds out when it can again.</summary>
internal sealed partial class SqliteWriter
{
    /// <summary>Several processes may probe one file at once: each writes a row of its own.</summary>
    private readonly long _probeId = Random.Shared.NextInt64();

    /// <summary>
    /// Writes 32 KiB and takes them back, in two commits: the first needs room and a sync, the second leaves the room free in the file, so that what the
    /// probe promises (small writes work) is true.
    /// </summary>
    private void Probe()
    {
        _nextProbe = Environment.TickCount64 + (long)_settings.ProbeInterval.TotalMilliseconds;
        try
        {
            if (_session is null)
            {
                Open();
            }

            var session = _session!;
            _settings.Tamper?.Invoke(session);
            Sync(session, sync: true);
            session.Execute("DELETE FROM storage_probe WHERE id = @id", [("id", _probeId)]);
            session.Execute("INSERT INTO storage_probe (id, pad) VALUES (@id, @pad)", [("id", _probeId), ("pad", new byte[32 * 1024])]);
            session.Execute("DELETE FROM storage_probe WHERE id = @id", [("id", _probeId)]);
            BecomeWritable();
        }
        catch (SqliteException error)
        {
            if (!SqliteFailure.KeepsConnection(error))
            {
                DropSession();
            }

            BecomeUnwritable(error);
        }
        catch (Exception error)
        {
            // Whatever it is, it must not end the thread that everybody waits for.
            DropSession();
            BecomeUnwritable(error.Message, error is DatabaseOpenException ? "open" : "unexpected");
        }
    }

    private void BecomeWritable()
    {
        if (!_health.Writable)
        {
            LogWritable(_settings.Name, _clock.GetUtcNow() - _health.Since);
            SetHealth(new DatabaseHealth(Writable: true, Reason: null, _clock.GetUtcNow()));
        }
    }

    private void BecomeUnwritable(SqliteException error) => BecomeUnwritable(SqliteFailure.Describe(_settings.Path, error), SqliteFailure.Kind(error));

    private void BecomeUnwritable(string reason, string kind)
    {
        _metrics.Failed(_settings.Name, kind);
        if (_health.Writable)
        {
            _nextProbe = Environment.TickCount64 + (long)_settings.ProbeInterval.TotalMilliseconds;
            LogNotWritable(_settings.Name, reason);
            SetHealth(new DatabaseHealth(Writable: false, reason, _clock.GetUtcNow()));
        }
        else if (_health.Reason != reason)
        {
            SetHealth(_health with { Reason = reason });
        }
    }

    private void SetHealth(DatabaseHealth health)
    {
        _health = health;
        HealthChanged?.Invoke(health);
    }

    [LoggerMessage(LogLevel.Error, "Database {Database} cannot be written. {Reason}")]
    private partial void LogNotWritable(string database, string reason);

    [LoggerMessage(LogLevel.Warning, "Database {Database} can be written again, after {Outage}")]
    private partial void LogWritable(string database, TimeSpan outage);
}
