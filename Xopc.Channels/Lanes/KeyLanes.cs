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
    private int _passedBy; // 1: somebody would have taken a key if a lane had been free

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

    /// <summary>Work is left for want of a lane: the next one that is free wakes the host. Lanes that end with nothing left to do wake it only then.</summary>
    public void WakeWhenFree() => Volatile.Write(ref _passedBy, 1);

    /// <summary>Whether taking a key makes sense now. A lease of our own whose time ran out (a suspended machine, a stepped clock) still has its lane.</summary>
    public bool MayTake(string key)
    {
        if (_stopping.IsCancellationRequested || IsPaused(key))
        {
            return false;
        }

        if (!_lanes.ContainsKey(key))
        {
            return true;
        }

        // Its lane may have looked before this work was there, and be about to end. Said before looking again, so that one of the two sees the other.
        WakeWhenFree();
        return !_lanes.ContainsKey(key);
    }

    /// <summary>Takes a key that seems free and does what waits for it. False: it has no lane from this.</summary>
    public async Task<bool> TryTakeAsync(string key, CancellationToken cancellationToken)
    {
        if (!MayTake(key))
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

    /// <summary>Does a piece and returns the key's next one; null: the key was let go.</summary>
    /// <param name="next">Finds the next piece or lets the key go: in the transaction that ends this one, or in one of its own after it.</param>
    protected abstract Task<TWork?> AdvanceAsync(KeyLease lease, TWork work, Func<DatabaseTransaction, TWork?> next, CancellationToken stopping);

    /// <summary>The next piece, in a transaction of its own.</summary>
    protected Task<TWork?> NextAsync(Func<DatabaseTransaction, TWork?> next) => database.WriteAsync(next, Durability.Relaxed, CancellationToken.None);

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
        var end = new LaneEnd();
        var lane = RunAsync(key, lease, first, end);
        _lanes[key] = lane;
        if (lane.IsCompleted)
        {
            Remove(key, lane, end);
        }
        else
        {
            lane.ConfigureAwait(false).GetAwaiter().OnCompleted(() => Remove(key, lane, end));
        }
    }

    private void Remove(string key, Task lane, LaneEnd end)
    {
        _lanes.TryRemove(KeyValuePair.Create(key, lane));
        if (Interlocked.Exchange(ref _passedBy, 0) == 1 || !end.NothingLeft)
        {
            Wake(); // somebody waits for the place, or the key is due again, now or at another time
        }
    }

    private async Task RunAsync(string key, KeyLease lease, TWork first, LaneEnd end)
    {
        try
        {
            for (var work = first; work is not null;)
            {
                work = await AdvanceAsync(lease, work, Next, _stopping.Token);
                _failing.TryRemove(key, out _);
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
            end.NothingLeft = false;
        }

        TWork? Next(DatabaseTransaction transaction)
        {
            var next = NextOrRelease(transaction, lease, key);
            end.NothingLeft = next is null;
            return next;
        }
    }

    /// <summary>How a lane ended.</summary>
    private sealed class LaneEnd
    {
        /// <summary>Its key has no work any more, now or later.</summary>
        public bool NothingLeft { get; set; }
    }

    [LoggerMessage(LogLevel.Warning, "{Key} was taken over by another process")]
    private partial void LogTakenOver(string key);

    [LoggerMessage(LogLevel.Error, "The work on {Key} failed; it will be taken again")]
    private partial void LogLaneFailed(Exception exception, string key);
}
