using Xopc.Contracts;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// Writes the partial text of running turns every 250 ms, and when one of them has written 2 KB more, all runs in one relaxed write: a restart keeps what
/// was said up to then. Short runs end before the first tick and cost nothing.
/// </summary>
internal sealed partial class RunJournal(
    [FromKeyedServices(AgentsSchema.Database)] Database database, SessionLanes lanes, JournalBell bell, TimeProvider clock, ILogger<RunJournal> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    /// <summary>Writes what is new; how many runs had something.</summary>
    public async Task<int> FlushAsync(CancellationToken cancellationToken)
    {
        var parts = new List<(ActiveRun Run, JournalPart Part)>();
        foreach (var run in lanes.ActiveRuns)
        {
            if (run.TakeForJournal() is { } part)
            {
                parts.Add((run, part));
            }
        }

        if (parts.Count == 0)
        {
            return 0;
        }

        try
        {
            FaultPoint.Reach("journal.writing");
            await database.WriteAsync(tx => parts.ForEach(item => Write(tx, item.Run, item.Part)), Durability.Relaxed, cancellationToken);
        }
        catch
        {
            parts.ForEach(static item => item.Run.JournalAgain());
            throw;
        }

        FaultPoint.Reach("journal.written");
        return parts.Count;
    }

    private static void Write(DatabaseTransaction transaction, ActiveRun run, JournalPart part)
    {
        // Taken over: what another process writes or closes now is not to be mixed with what this one still has.
        if (!KeyLeases.Stands(transaction, run.Lease))
        {
            return;
        }

        if (part.Replaces)
        {
            RunStore.DropJournal(transaction, run.RunId);
        }

        // A run that ended meanwhile has dropped its journal; retention collects a part that comes after.
        RunStore.Journal(transaction, run.RunId, run.Row.PrincipalId, run.Attempt, part.Seq, part.Text);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
        var rung = bell.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var due = await Task.WhenAny(tick, rung);
                await due;
                if (due == tick)
                {
                    tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                }
                else
                {
                    rung = bell.WaitAsync(stoppingToken);
                }

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
