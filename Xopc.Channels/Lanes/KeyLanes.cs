using System.Collections.Concurrent;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Lanes;

/// <summary>
/// The keys this process works on: one lane each, which does the key's work piece by piece, in order. Lanes run side by side, up to a bound; the right to a key
/// is a lease in the database, so that it is worked in one process at a time.
/// </summary>
/// <typeparam name="TWork">The next piece of a key's work.</typeparam>
internal abstract partial class KeyLanes<TWork>(Database database, LeaseOwner owner, TimeProvider clock, ILogger log) : IDisposable where TWork : class
{
    /// <summary>Keys worked on at a time; more wait in the database.</summary>
    public const int MaxLanes = 64;

    /// <summary>Of these at a time for one account: a platform that does not answer holds no more.</summary>
    public const int MaxOfAccount = 16;

    private const int MaxFailing = 1_000;

    private readonly ILogger _log = log;
    private readonly ConcurrentDictionary<string, Task> _lanes = new(StringComparer.Ordinal); // by key
    private readonly ConcurrentQueue<KeyLease> _abandoned = new();
    private readonly ConcurrentDictionary<string, (int Failures, long Since)> _failing = new(StringComparer.Ordinal); // by key, until a piece of its work is done
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _work = new(0);
    private int _begun;

    public int Count => _lanes.Count;

    public int Free => Math.Max(0, MaxLanes - _lanes.Count);

    /// <summary>How many lanes the keys of an account may still get: at most half of what is free, so that no number of stuck accounts leaves nothing quickly.</summary>
    /// <param name="account"><c>{channel}:{account}</c>, with which its keys begin.</param>
    public int FreeFor(string account)
    {
        var prefix = account + ":";
        return Math.Clamp(MaxOfAccount - _lanes.Keys.Count(key => key.StartsWith(prefix, StringComparison.Ordinal)), 0, (Free + 1) / 2);
    }

    /// <summary>How many keys failed last and wait for their pause to be over: whoever looks for due ones must look past so many.</summary>
    public int FailingKeys => _failing.Count;

    /// <summary>Lanes begun since the start.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>Says that there may be work: the host looks at once.</summary>
    public void Wake()
    {
        if (_work.CurrentCount == 0)
        {
            _work.Release(); // twice in a race: one look too many, harmless
        }
    }

    /// <summary>Waits for <see cref="Wake"/>, at most so long.</summary>
    public Task WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);

    /// <summary>Takes a key that seems free and does what waits for it. False: it has no lane from this.</summary>
    public async Task<bool> TryTakeAsync(string key, CancellationToken cancellationToken)
    {
        // A lease of our own whose time ran out (a suspended machine, a stepped clock) still has its lane.
        if (_stopping.IsCancellationRequested || _lanes.ContainsKey(key) || IsPaused(key))
        {
            return false;
        }

        try
        {
            var (lease, first) = await TakeAsync(key, cancellationToken);
            if (lease is not null && first is not null)
            {
                Start(key, lease, first);
                return true;
            }
        }
        catch (Exception ex) when (ex is not (OperationCanceledException or DatabaseUnavailableException))
        {
            Failed(ex, key); // nothing was taken; the keys behind it must not wait for this one
        }

        return false;
    }

    /// <summary>Lets go of keys whose lane failed, so that their work is taken again; renewing would hold them for ever.</summary>
    public async Task ReleaseAbandonedAsync(CancellationToken cancellationToken)
    {
        while (_abandoned.TryPeek(out var lease))
        {
            try
            {
                await database.WriteAsync(tx => KeyLeases.Release(tx, lease), Durability.Relaxed, cancellationToken);
            }
            catch (FencedException)
            {
                LogTakenOver(lease.Key);
            }

            _abandoned.TryDequeue(out _);
        }
    }

    /// <summary>Completes when the lanes of this moment have let go of their keys.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_lanes.Values);

    /// <summary>Begins nothing new and waits for what is under way; what is left is taken up at the next start.</summary>
    public async Task StopAsync(TimeSpan atMost)
    {
        await _stopping.CancelAsync();
        await WhenIdleAsync().WaitAsync(atMost, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _work.Dispose();
    }

    /// <summary>Name of the lease on a key.</summary>
    protected abstract string LeaseKey(string key);

    /// <summary>The next piece of a held key's work; when there is none now, the key is let go in the same step.</summary>
    protected abstract TWork? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key);

    /// <summary>Does a piece. True: the key is still held and its next piece may follow. False: the key was let go.</summary>
    protected abstract Task<bool> AdvanceAsync(KeyLease lease, TWork work, CancellationToken stopping);

    private Task<(KeyLease? Lease, TWork? First)> TakeAsync(string key, CancellationToken cancellationToken) => database.WriteAsync<(KeyLease?, TWork?)>(
        tx => KeyLeases.TryTakeFree(tx, LeaseKey(key), owner.Name, clock.GetUtcNow().ToUnixTimeMilliseconds(), LeaseOwner.Duration) is { } taken
            ? (taken, NextOrRelease(tx, taken, key))
            : (null, null),
        Durability.Relaxed,
        cancellationToken);

    private bool IsPaused(string key) =>
        _failing.TryGetValue(key, out var failing) && clock.GetElapsedTime(failing.Since) < Backoff.After(failing.Failures);

    private void Failed(Exception exception, string key)
    {
        LogLaneFailed(exception, LeaseKey(key));
        if (_failing.Count >= MaxFailing)
        {
            _failing.Clear(); // one try too early for each, harmless
        }

        _failing.AddOrUpdate(key, static (_, now) => (1, now), static (_, before, now) => (before.Failures + 1, now), clock.GetTimestamp());
    }

    private void Start(string key, KeyLease lease, TWork first)
    {
        // The dictionary owns the task: a stop awaits it. The lane begins on the caller's thread, so it may be over before it is entered.
        Interlocked.Increment(ref _begun);
        var lane = RunAsync(key, lease, first);
        _lanes[key] = lane;
        if (lane.IsCompleted)
        {
            Remove(key, lane);
        }
        else
        {
            lane.ConfigureAwait(false).GetAwaiter().OnCompleted(() => Remove(key, lane));
        }
    }

    private void Remove(string key, Task lane)
    {
        _lanes.TryRemove(KeyValuePair.Create(key, lane));
        Wake(); // a place is free, and the key may be due again at once
    }

    private async Task RunAsync(string key, KeyLease lease, TWork first)
    {
        try
        {
            for (var work = first; work is not null;)
            {
                var held = await AdvanceAsync(lease, work, _stopping.Token);
                _failing.TryRemove(key, out _);
                work = held ? await database.WriteAsync(tx => NextOrRelease(tx, lease, key), Durability.Relaxed, CancellationToken.None) : null;
            }
        }
        catch (FencedException)
        {
            LogTakenOver(lease.Key); // somebody else works on it now; nothing of ours was written
        }
        catch (Exception ex)
        {
            Failed(ex, key);
            _abandoned.Enqueue(lease);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Key} was taken over by another process")]
    private partial void LogTakenOver(string key);

    [LoggerMessage(LogLevel.Error, "The work on {Key} failed; it will be taken again")]
    private partial void LogLaneFailed(Exception exception, string key);
}
