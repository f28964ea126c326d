using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Xopc.Configuration;

/// <summary>
/// Reloads when the file changes. The directory is watched, because editors replace files; a slow look at the file's stamp covers what watching
/// misses (targets of links, network file systems, no watches left).
/// </summary>
internal sealed partial class ConfigWatcher(ConfigStore store, TimeProvider clock, ILogger<ConfigWatcher> logger) : BackgroundService
{
    // Two writes of one save, or truncate-then-write, are one change.
    internal static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(300);
    internal static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly string _fileName = Path.GetFileName(store.File.Path);

    // Nothing seen: the first look compares what the file holds now with what was loaded at start.
    private FileStamp _seen;

    /// <summary>Looks at the stamp once and reloads when it is another. Null: nothing changed.</summary>
    internal async Task<ConfigReloadResult?> CheckOnceAsync(CancellationToken cancellationToken)
    {
        var stamp = FileStamp.Of(store.File.Path);
        if (stamp == _seen)
        {
            return null;
        }

        // Taken before the read: a write that falls between the two is seen by the next look.
        _seen = stamp;
        return await store.ReloadAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var warning in store.Snapshot.Warnings)
        {
            store.LogWarning(warning);
        }

        using var watcher = Watch();
        await using var poll = clock.CreateTimer(_ => _signals.Writer.TryWrite(false), null, PollEvery, PollEvery);
        // What changed between the load and now.
        _signals.Writer.TryWrite(false);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await _signals.Reader.ReadAsync(stoppingToken))
                {
                    await Task.Delay(Debounce, clock, stoppingToken);
                    // An event says more than a stamp: two writes within the clock's grain have one stamp.
                    _seen = default;
                }

                await CheckOnceAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                LogCheckFailed(ex);
            }
        }
    }

    private FileSystemWatcher? Watch()
    {
        var directory = Path.GetDirectoryName(store.File.Path)!;
        try
        {
            var watcher = new FileSystemWatcher(directory) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
            watcher.Changed += Signal;
            watcher.Created += Signal;
            watcher.Deleted += Signal;
            watcher.Renamed += (_, e) => SignalIfOurs(e.Name, e.OldName);
            watcher.Error += (_, _) => _signals.Writer.TryWrite(true);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception ex) when (ex is IOException or ArgumentException or UnauthorizedAccessException)
        {
            LogNotWatched(ex.Message, PollEvery.TotalSeconds);
            return null;
        }
    }

    private void Signal(object sender, FileSystemEventArgs e) => SignalIfOurs(e.Name, null);

    private void SignalIfOurs(string? name, string? oldName)
    {
        if (name == _fileName || oldName == _fileName)
        {
            _signals.Writer.TryWrite(true);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of the configuration are not announced by the system ({Reason}); the file is looked at every {Seconds} s")]
    private partial void LogNotWatched(string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for a changed configuration failed")]
    private partial void LogCheckFailed(Exception exception);
}
