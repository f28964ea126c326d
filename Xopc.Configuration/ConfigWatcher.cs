using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Contracts.Messages;

namespace Xopc.Configuration;

/// <summary>
/// Reloads when the file changes. The directory is watched, because editors replace files; a slow look at the file's stamp covers what watching
/// misses (targets of links, network file systems, no watches left). Who saved through the API says so besides, and is believed at once.
/// </summary>
internal sealed partial class ConfigWatcher(ConfigStore store, TimeProvider clock, ILogger<ConfigWatcher> logger) : BackgroundService, IControlHandler
{
    private enum Look
    {
        /// <summary>The stamp decides whether there is anything to read.</summary>
        Poll,

        /// <summary>Something happens in the directory and may not be over.</summary>
        Change,

        /// <summary>The file is complete.</summary>
        Now,
    }

    // Two writes of one save, or truncate-then-write, are one change.
    internal static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(300);
    internal static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(5);

    // One of each kind may wait; what is dropped is already asked for.
    private readonly Channel<Look> _signals = Channel.CreateBounded<Look>(new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropWrite });
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

    /// <summary>Somebody has saved: the file is whole, and nobody waits for the file system to tell.</summary>
    public void Hear(ControlMessage message)
    {
        if (message.Kind == ControlKinds.Reload && message.Subject != store.Hash)
        {
            _signals.Writer.TryWrite(Look.Now);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach (var warning in store.Snapshot.Warnings)
        {
            store.LogWarning(warning);
        }

        using var watcher = Watch();
        await using var poll = clock.CreateTimer(_ => _signals.Writer.TryWrite(Look.Poll), null, PollEvery, PollEvery);
        // What changed between the load and now.
        _signals.Writer.TryWrite(Look.Poll);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var look = await _signals.Reader.ReadAsync(stoppingToken);
                if (look == Look.Change)
                {
                    await SettleAsync(stoppingToken);
                }

                if (look != Look.Poll)
                {
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

    // Whoever says that the file is complete ends the waiting; more of the same change does not prolong it.
    private async Task SettleAsync(CancellationToken stoppingToken)
    {
        using var settled = new CancellationTokenSource(Debounce, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(settled.Token, stoppingToken);
        try
        {
            while (await _signals.Reader.ReadAsync(either.Token) != Look.Now)
            {
            }
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Time is up: what belongs to one save has happened.
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
            watcher.Error += (_, _) => _signals.Writer.TryWrite(Look.Change);
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
            _signals.Writer.TryWrite(Look.Change);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of the configuration are not announced by the system ({Reason}); the file is looked at every {Seconds} s")]
    private partial void LogNotWatched(string reason, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking for a changed configuration failed")]
    private partial void LogCheckFailed(Exception exception);
}
