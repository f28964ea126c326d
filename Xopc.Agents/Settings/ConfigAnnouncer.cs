using System.Text.Json;
using System.Threading.Channels;
using Xopc.Configuration;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Settings;

/// <summary>What <c>config.reload</c> tells: where something changed, never what it is now.</summary>
/// <param name="Section">The one section concerned, or <c>full</c>.</param>
internal sealed record ConfigReloadEvent(string Section, bool RequiresRestart, IReadOnlyList<string> Paths);

/// <summary>
/// Publishes <c>config.reload</c> once per change, whoever made it and however many replicas saw it: every replica that swaps the configuration claims the
/// change in the database they share, and the first tells. A change is known by the file's hash and the time it was written, which are the same for all.
/// </summary>
internal sealed partial class ConfigAnnouncer(
    ConfigStore store, IEventLog events, [FromKeyedServices(AgentsSchema.Database)] Database database, TimeProvider clock, ILogger<ConfigAnnouncer> log) : BackgroundService
{
    private const int MaxPaths = 500;

    private int _considered;

    // More than a person edits while one claim is written; the oldest goes, and the newest tells that things changed.
    private readonly Channel<Claim> _changes = Channel.CreateBounded<Claim>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Changes that this process has claimed or found claimed.</summary>
    internal int Considered => Volatile.Read(ref _considered);

    private sealed record Claim(string Id, string Hash, ConfigReloadEvent Event);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var listening = store.OnChange(Note);
        try
        {
            await foreach (var claim in _changes.Reader.ReadAllAsync(stoppingToken))
            {
                if (await IsFirstAsync(claim, stoppingToken))
                {
                    events.Publish(new EventMessage("config.reload", null, JsonSerializer.SerializeToUtf8Bytes(claim.Event, SettingsJson.Default.ConfigReloadEvent)));
                }

                Interlocked.Increment(ref _considered);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private void Note(ConfigChange change)
    {
        var written = File.GetLastWriteTimeUtc(store.File.Path).Ticks;
        _changes.Writer.TryWrite(new Claim($"config:{change.Hash}:{written}", change.Hash, Tell(change)));
    }

    // The record of a change is kept like that of a request under an idempotency key: for a day.
    private async Task<bool> IsFirstAsync(Claim claim, CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
            return await database.WriteAsync(
                tx => tx.Execute(
                    "INSERT INTO idempotency (id, principal_id, body_hash, result, created_ms) VALUES (@id, '', @hash, '', @now) ON CONFLICT (id) DO NOTHING",
                    ("id", claim.Id), ("hash", claim.Hash), ("now", now)) > 0,
                cancellationToken);
        }
        catch (DatabaseUnavailableException e)
        {
            // Told twice is better than not at all.
            LogNotClaimed(e);
            return true;
        }
    }

    private static ConfigReloadEvent Tell(ConfigChange change)
    {
        var restart = change.RestartPaths.Count > 0;
        var sections = change.Paths.Select(SectionOf).Distinct(StringComparer.Ordinal).Take(2).ToArray();
        return new ConfigReloadEvent(restart || sections.Length != 1 ? "full" : sections[0], restart, [.. change.Paths.Select(Known).Distinct(StringComparer.Ordinal).Take(MaxPaths)]);
    }

    // Everybody who may read events sees this. Where names are free they are people's and accounts', so the path ends before them.
    private static string Known(string path)
    {
        var free = path.StartsWith("session.identityLinks", StringComparison.Ordinal) || SectionOf(path) is "channels" or "tools" or "full" && !path.StartsWith("gateway", StringComparison.Ordinal);
        return free ? string.Join('.', path.Split('.').Take(2)) : path;
    }

    private static string SectionOf(string path) => path.StartsWith("gateway.heartbeat", StringComparison.Ordinal) ? "heartbeat"
        : path.Split('.')[0] is var top and ("models" or "agents" or "channels" or "cron" or "tools" or "session" or "bindings" or "commands") ? top : "full";

    [LoggerMessage(Level = LogLevel.Warning, Message = "A change of the configuration is announced without asking whether another process has done so")]
    private partial void LogNotClaimed(Exception exception);
}
