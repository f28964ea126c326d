using System.Collections.Concurrent;
using Xopc.Agents.Turns;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>The sessions this process holds and the runs in them.</summary>
internal sealed partial class SessionLanes(
    [FromKeyedServices(AgentsSchema.Database)] Database database, [FromKeyedServices(AgentsSchema.Database)] LeaseOwner owner, TurnExecution execution, RunWaiters waiters, TimeProvider clock, ILogger<SessionLanes> log) : IDisposable
{
    // What a stop waits for running turns; the rest of the five seconds belongs to writing down what is left.
    private static readonly TimeSpan FinishWithin = TimeSpan.FromSeconds(3.5);

    private readonly ConcurrentDictionary<long, Task> _lanes = new();
    private readonly ConcurrentDictionary<string, ActiveRun> _runs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _held = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _drained = new();

    private readonly ConcurrentQueue<KeyLease> _abandoned = new();
    private readonly ConcurrentQueue<(string RunId, IControlBroadcast Control)> _broadcasts = new();

    private readonly SemaphoreSlim _work = new(0);
    private volatile bool _draining;
    private long _laneNumber;

    public int Count => _lanes.Count;

    public bool IsStopping => _draining;

    /// <summary>Fires when a stop has brought every run here to its end or handed it back: who still watches one waits in vain.</summary>
    public CancellationToken Drained => _drained.Token;

    public IEnumerable<ActiveRun> ActiveRuns => _runs.Values;

    public ActiveRun? Find(string runId) => _runs.GetValueOrDefault(runId);

    /// <summary>Says that sessions have new work: the host looks for them at once.</summary>
    public void Wake()
    {
        if (_work.CurrentCount == 0)
        {
            _work.Release(); // twice in a race: one look too many, harmless
        }
    }

    /// <summary>Waits for <see cref="Wake"/>, at most so long.</summary>
    public Task WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);

    /// <summary>Takes a session that seems free and runs what waits in it.</summary>
    public async Task TryTakeAsync(string key, CancellationToken cancellationToken)
    {
        // A lease of our own whose time ran out (a suspended machine, a stepped clock) still has its lane.
        if (_draining || _held.ContainsKey(key))
        {
            return;
        }

        var claimed = await database.WriteAsync(
            tx =>
            {
                var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
                return KeyLeases.TryTakeFree(tx, key, owner.Name, now, LeaseOwner.Duration) is { } lease ? TurnStore.ClaimNext(tx, lease) : null;
            },
            Durability.Relaxed,
            cancellationToken);
        if (claimed is not null)
        {
            FaultPoint.Reach("turn.claimed");
            Start(claimed);
        }
    }

    /// <summary>Starts a lane with its first turn. The claim was committed, so no other lane of the session exists in any process.</summary>
    public void Start(ClaimedTurn claimed)
    {
        // The dictionary owns the task: a stop awaits it. By number, not by key: the session's next lane may begin before this one has left. The lane begins
        // on the caller's thread and leaves it at its first wait, so it may even be over here.
        var number = Interlocked.Increment(ref _laneNumber);
        _held[claimed.Run.SessionKey] = number;
        var lane = RunLaneAsync(claimed, number);
        _lanes[number] = lane;
        if (lane.IsCompleted)
        {
            _lanes.TryRemove(number, out _);
        }
        else
        {
            lane.GetAwaiter().OnCompleted(() => _lanes.TryRemove(number, out _));
        }
    }

    /// <summary>Lets go of sessions whose lane failed, so that their turns are taken again (and charged); renewing would hold them for ever.</summary>
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

    /// <summary>
    /// Ends the runs whose session another process has taken over meanwhile: they could write nothing any more, and the model would be paid for words that
    /// nobody reads.
    /// </summary>
    public async Task EndLostAsync(CancellationToken cancellationToken)
    {
        ActiveRun[] runs = [.. _runs.Values]; // before the look: their claims are committed, so their leases are in what is read
        if (runs.Length == 0)
        {
            return;
        }

        var held = (await database.ReadAsync(reader => KeyLeases.HeldBy(reader, owner.Name), cancellationToken)).ToHashSet();
        foreach (var run in runs)
        {
            if (!held.Contains((run.Lease.Key, run.Lease.Fence)))
            {
                run.Cancel(RunStop.LeaseLost); // without effect on one that ended between
            }
        }
    }

    /// <summary>Ends the runs whose abort was asked for where the broadcast did not reach.</summary>
    public void Abort(IEnumerable<string> runIds)
    {
        foreach (var runId in runIds)
        {
            Find(runId)?.Cancel(RunStop.User);
        }
    }

    /// <summary>Ends a run wherever it is, after its flag was committed. For callbacks of a commit: nothing waits here, and a broadcast that is lost is made good by the flag.</summary>
    public void AbortEverywhere(string runId, IControlBroadcast control)
    {
        if (Find(runId) is { } run)
        {
            ThreadPool.QueueUserWorkItem(static run => run.Cancel(RunStop.User), run, preferLocal: false);
        }
        else
        {
            _broadcasts.Enqueue((runId, control));
            Wake();
        }
    }

    /// <summary>Sends the broadcasts that commits have left.</summary>
    public async Task BroadcastAsync(CancellationToken cancellationToken)
    {
        while (_broadcasts.TryDequeue(out var broadcast))
        {
            await broadcast.Control.SendAsync(new ControlMessage(ControlKinds.Abort, broadcast.RunId), cancellationToken);
        }
    }

    public void OnControl(ControlMessage message)
    {
        if (message.Kind == ControlKinds.Abort)
        {
            Find(message.Subject)?.Cancel(RunStop.User);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        var running = Task.WhenAll(_lanes.Values);
        try
        {
            await running.WaitAsync(FinishWithin, clock, cancellationToken);
        }
        catch (Exception ex) when (ex is TimeoutException or OperationCanceledException)
        {
            foreach (var run in _runs.Values)
            {
                run.Cancel(RunStop.Process);
            }
        }

        await Task.WhenAll(_lanes.Values);
        await _drained.CancelAsync();
    }

    public void Dispose()
    {
        _drained.Dispose();
        _work.Dispose();
    }

    private async Task RunLaneAsync(ClaimedTurn first, long number)
    {
        var key = first.Run.SessionKey;
        try
        {
            for (var claimed = first; claimed is not null;)
            {
                claimed = await RunOneAsync(claimed);
            }
        }
        catch (FencedException)
        {
            LogTakenOver(key); // somebody else owns the session's turns now; nothing of ours was written
        }
        catch (Exception ex)
        {
            LogLaneFailed(ex, key);
            _abandoned.Enqueue(first.Lease);
        }
        finally
        {
            _held.TryRemove(KeyValuePair.Create(key, number)); // unless the session's next lane stands there already
        }
    }

    private async Task<ClaimedTurn?> RunOneAsync(ClaimedTurn claimed)
    {
        using var run = new ActiveRun(claimed);
        _runs[run.RunId] = run;
        try
        {
            if (_draining)
            {
                await database.WriteAsync(tx => TurnStore.Return(tx, claimed), Durability.Relaxed, CancellationToken.None);
                return null;
            }

            var end = await execution.RunAsync(claimed, run);
            if (end.Outcome is { } outcome)
            {
                waiters.Complete(run.RunId, outcome);
            }

            return end.Next;
        }
        finally
        {
            _runs.TryRemove(KeyValuePair.Create(run.RunId, run));
            waiters.LookElsewhere(run.RunId); // nobody, unless the run left without an end: handed back, taken over, or to be tried again
        }
    }

    [LoggerMessage(LogLevel.Warning, "Session {SessionKey} was taken over by another process")]
    private partial void LogTakenOver(string sessionKey);

    [LoggerMessage(LogLevel.Error, "The lane of session {SessionKey} failed; its turn will be taken again")]
    private partial void LogLaneFailed(Exception exception, string sessionKey);
}
