using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Xopc.Contracts.Runs;

namespace Xopc.Messaging.Runs;

/// <summary>
/// Runs in memory. Ended runs leave in the order they ended, by age, number and bytes; one timer for all looks for what is old and for runs whose writer
/// died without an end. Whoever is reading a run keeps it through its own reference.
/// </summary>
internal sealed class LocalRunLog : IRunLog, IDisposable
{
    // A model call may think for long; a run silent for an hour has lost its writer.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromHours(1);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, RunBuffer> _runs = new(StringComparer.Ordinal);
    private readonly Queue<(RunBuffer Run, long EndedAt)> _ended = new();
    private readonly MessagingOptions _options;
    private readonly MessagingTelemetry _telemetry;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private long _endedBytes;

    public LocalRunLog(MessagingOptions options, MessagingTelemetry telemetry, TimeProvider clock)
    {
        (_options, _telemetry, _clock) = (options, telemetry, clock);
        _timer = clock.CreateTimer(static state => ((LocalRunLog)state!).Look(), this, LookEvery, LookEvery);
    }

    internal long Now => _clock.GetTimestamp();

    internal int UpdatesBound => _options.RunUpdates;

    internal int BytesBound => _options.RunBytes;

    internal int RunCount => _runs.Count;

    public IRunLogWriter Open(string runId)
    {
        var (run, opening) = OpenBuffer(runId);
        return new LocalRunWriter(this, run, opening);
    }

    public ValueTask<bool> ExistsAsync(string runId, CancellationToken cancellationToken) => new(_runs.ContainsKey(runId));

    public IAsyncEnumerable<RunUpdates> ReadAsync(string runId, RunUpdateId? after, CancellationToken cancellationToken) =>
        _runs.TryGetValue(runId, out var run) ? ReadAsync(run, after, cancellationToken) : AsyncEnumerable.Empty<RunUpdates>();

    public void Dispose() => _timer.Dispose();

    internal (RunBuffer Run, int Opening) OpenBuffer(string runId)
    {
        while (true)
        {
            var run = _runs.GetOrAdd(runId, static (id, log) => new RunBuffer(id, log), this);
            if (_runs.Count > _options.RunsKept * 2)
            {
                EvictAbandoned();
            }

            if (run.TryOpen() is var opening and not 0)
            {
                return (run, opening);
            }

            _runs.TryRemove(KeyValuePair.Create(runId, run)); // given up in this moment: as its owner is about to do
        }
    }

    internal void Abandon(RunBuffer run, int opening)
    {
        if (run.TryAbandon(opening))
        {
            _runs.TryRemove(KeyValuePair.Create(run.RunId, run));
        }
    }

    internal bool Holds(string runId) => _runs.ContainsKey(runId);

    internal void Refused() => _telemetry.RunUpdateRefused();

    internal void RunEnded(RunBuffer run)
    {
        lock (_ended)
        {
            _ended.Enqueue((run, Now));
            _endedBytes += run.Bytes;
        }

        Evict();
    }

    private static async IAsyncEnumerable<RunUpdates> ReadAsync(
        RunBuffer run, RunUpdateId? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = new RunWatcher(after);
        run.Watch(watcher); // before the first look, so that nothing falls between
        using var cancellation = cancellationToken.UnsafeRegister(static state => ((RunWatcher)state!).Wake.Set(), watcher);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var batch = run.Take(watcher, int.MaxValue, out var last);
                if (batch.Updates.Count > 0)
                {
                    yield return batch;
                }

                if (last)
                {
                    yield break;
                }

                if (batch.Updates.Count == 0)
                {
                    await watcher.Wake.WaitAsync();
                }
            }
        }
        finally
        {
            run.Unwatch(watcher);
        }
    }

    private void Look()
    {
        Evict();
        EvictAbandoned();
    }

    private void Evict()
    {
        lock (_ended)
        {
            while (_ended.TryPeek(out var oldest))
            {
                var old = _clock.GetElapsedTime(oldest.EndedAt) >= _options.RunKept;
                if (!old && _ended.Count <= _options.RunsKept && _endedBytes <= _options.RunsBytes)
                {
                    break;
                }

                _ended.Dequeue();
                _endedBytes -= oldest.Run.Bytes;
                _runs.TryRemove(new KeyValuePair<string, RunBuffer>(oldest.Run.RunId, oldest.Run));
                _telemetry.RunEvicted(old ? "age" : "bounds");
            }
        }
    }

    private void EvictAbandoned()
    {
        foreach (var (id, run) in _runs)
        {
            if (!run.Ended && !run.IsWatched && _clock.GetElapsedTime(run.TouchedAt) > AbandonedAfter && _runs.TryRemove(id, out _))
            {
                _telemetry.RunEvicted("abandoned");
            }
        }
    }
}
