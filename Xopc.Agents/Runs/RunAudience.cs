using Xopc.Agents.Turns;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// The clients of this process that wait for the end of a run. A run's row names the process where somebody waits (<c>watcher</c>): written with the row, so that a
/// turn costs no commit more, and changed only when a client leaves before the end or comes back. What nobody waits for any more when it ends goes to the session's
/// webchat as a delivery.
/// </summary>
internal sealed partial class RunAudience(
    [FromKeyedServices(AgentsSchema.Database)] Database database, [FromKeyedServices(AgentsSchema.Database)] LeaseOwner owner, SessionLanes lanes, TimeProvider clock,
    ILogger<RunAudience> log)
{
    private const int MaxFailures = 10;

    private readonly ILogger<RunAudience> _log = log;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Clients, bool Served)> _runs = new(StringComparer.Ordinal); // by run id

    /// <summary>Whether a client asked for the run and nobody waits for it now. Beside those who said so there are those whose process died.</summary>
    /// <param name="watcher">As the run's row has it; null: no client asked for it.</param>
    /// <param name="self">The process that asks: of its own clients each that leaves is written down.</param>
    public static bool HasLeft(string? watcher, string self) => watcher is not null && (watcher.Length == 0 || (watcher != self && LeaseOwner.IsDead(watcher)));

    /// <summary>A client of this process whose turn was accepted under its name.</summary>
    public RunSeat Join(string runId)
    {
        lock (_gate)
        {
            var (clients, served) = _runs.GetValueOrDefault(runId);
            _runs[runId] = (clients + 1, served);
        }

        return new RunSeat(this, runId);
    }

    /// <summary>A client comes (back) to a run. When the run has ended its end is told from the row, and leaving means nothing.</summary>
    public async Task<RunSeat> ComeBackAsync(string runId)
    {
        // Before the row says so: somebody else of this process may leave in between.
        var seat = Join(runId);
        try
        {
            if (await database.WriteAsync(tx => RunStore.Watch(tx, runId, owner.Name), Durability.Relaxed, CancellationToken.None))
            {
                return seat;
            }
        }
        catch (DatabaseUnavailableException)
        {
            // Who only reads is not turned away for it; the answer is told once more than it need be.
        }

        LeftAlone(runId, served: false);
        return new RunSeat(null, runId);
    }

    /// <summary>A client goes; when it was the last here and none has seen the end, that is written down.</summary>
    public async Task LeaveAsync(string runId, bool served)
    {
        if (!LeftAlone(runId, served))
        {
            return;
        }

        for (var failures = 1; ; failures++)
        {
            try
            {
                await database.WriteAsync(
                    tx =>
                    {
                        // The end may have come in between, and seen this process's name: then its answer is told here.
                        if (RunStore.Unwatch(tx, runId, owner.Name) is { } ended)
                        {
                            TurnDeliveries.TellAfterwards(tx, ended, clock.GetUtcNow().ToUnixTimeMilliseconds());
                        }
                    },
                    CancellationToken.None);
                return;
            }
            catch (DatabaseUnavailableException ex)
            {
                if (failures >= MaxFailures || lanes.IsStopping)
                {
                    LogNotTold(runId, ex.Message);
                    return; // the answer stands in the session; only the ledger does not know of it
                }

                await Task.Delay(Backoff.After(failures), clock, CancellationToken.None);
            }
        }
    }

    private bool LeftAlone(string runId, bool served)
    {
        lock (_gate)
        {
            var (clients, before) = _runs.GetValueOrDefault(runId);
            if (clients > 1)
            {
                _runs[runId] = (clients - 1, before || served);
                return false;
            }

            _runs.Remove(runId);
            return !(before || served);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Run {RunId}: that its client left could not be written down ({Reason})")]
    private partial void LogNotTold(string runId, string reason);
}

/// <summary>One client's place before a run, until it is disposed.</summary>
/// <param name="audience">Null: leaving means nothing.</param>
internal sealed class RunSeat(RunAudience? audience, string runId) : IAsyncDisposable
{
    /// <summary>Whether the client was handed the end of the run.</summary>
    public bool Served { get; set; }

    public async ValueTask DisposeAsync() => await (audience?.LeaveAsync(runId, Served) ?? Task.CompletedTask);
}
