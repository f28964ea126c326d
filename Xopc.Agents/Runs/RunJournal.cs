using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// Writes the partial text of running turns every 250 ms, all runs in one relaxed write: a restart keeps what was said up to then. Short runs end before
/// the first tick and cost nothing.
/// </summary>
internal sealed partial class RunJournal(
    [FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, TimeProvider clock, ILogger<RunJournal> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>Writes what is new; how many runs had something.</summary>
    public async Task<int> FlushAsync(CancellationToken cancellationToken)
    {
        var parts = new List<(ActiveRun Run, int Seq, string Text)>();
        foreach (var run in lanes.ActiveRuns)
        {
            if (run.TakeForJournal() is { } part)
            {
                parts.Add((run, part.Seq, part.Text));
            }
        }

        if (parts.Count > 0)
        {
            await database.WriteAsync(
                tx =>
                {
                    foreach (var (run, seq, text) in parts)
                    {
                        // A run that ended meanwhile has dropped its journal; retention collects a part that comes after.
                        RunStore.Journal(tx, run.RunId, run.Row.PrincipalId, run.Attempt, seq, text);
                    }
                },
                Durability.Relaxed,
                cancellationToken);
        }

        return parts.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                await FlushAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                LogFlushFailed(ex); // a view: the text is still in memory and is written with the answer
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The journal of partial answers could not be written")]
    private partial void LogFlushFailed(Exception exception);
}
