using System.Collections.Concurrent;
using System.Text.Json;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Contracts.Runs;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Previews;

/// <summary>
/// Follows the runs whose answers go to people, and shows them while they grow. A view: what it misses, nobody misses. Now and then it takes away what earlier
/// processes left.
/// </summary>
internal sealed partial class PreviewHost(IRunLog runs, IEventLog events, PreviewShowing showing, PreviewRemoval removal, TimeProvider clock, ILogger<PreviewHost> log)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>Answers shown at a time; further ones appear when they are finished.</summary>
    internal const int MaxFollowed = 500;

    /// <summary>From the first words to their appearance: an answer that is finished by then comes as it is.</summary>
    internal static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan FinishWithin = TimeSpan.FromSeconds(3.5);

    // So often a run that is not there is looked for.
    private const int MaxAbsent = 5;

    // A run may think, or wait for a tool, for long; one that is silent for so long has lost its writer.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromHours(1);

    private readonly ILogger<PreviewHost> _log = log;
    private readonly ConcurrentDictionary<string, Task> _followed = new(StringComparer.Ordinal); // by run
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Completes when the runs of this moment are followed no longer.</summary>
    public Task WhenIdleAsync() => Task.WhenAll(_followed.Values);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything else stops: the database still takes what became of the changes under way.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await WhenIdleAsync().WaitAsync(FinishWithin, clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Dispose()
    {
        _stopping.Dispose();
        base.Dispose();
    }

    /// <summary>Follows a run to its end, unless it is followed already.</summary>
    internal void Follow(RunStarted run)
    {
        if (_followed.Count < MaxFollowed && !_stopping.IsCancellationRequested && !_followed.ContainsKey(run.RunId) && showing.IsWanted(run.ReplyTo))
        {
            // The dictionary owns the task: a stop awaits it. It begins only when it is entered.
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _followed[run.RunId] = FollowAsync(run, begin.Task);
            begin.SetResult();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var attached = events.Attach(Hear);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await removal.SweepAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                if (ex is not DatabaseUnavailableException)
                {
                    LogSweepFailed(ex);
                }
            }

            await Task.Delay(SweepEvery, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Hear(LoggedEvent logged)
    {
        if (logged.Message.Type == RunStarted.Event && JsonSerializer.Deserialize(logged.Message.Data.Span, ContractsJson.Default.RunStarted) is { } run)
        {
            Follow(run);
        }
    }

    private async Task FollowAsync(RunStarted run, Task begin)
    {
        await begin;
        try
        {
            await FollowAsync(run, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The message stays as it is and waits for the answer.
        }
        catch (Exception ex)
        {
            LogFollowFailed(ex, run.TurnId);
        }
        finally
        {
            _followed.TryRemove(run.RunId, out _);
        }
    }

    private async Task FollowAsync(RunStarted run, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var text = new GrowingText();
        var preview = new Preview(run);
        var reading = ReadAsync(run.RunId, text, over.Token);
        try
        {
            var step = new PreviewStep(FirstAfter);
            while (!step.Over && await text.MoreAsync(step.Pause, clock, stopping))
            {
                step = text.Now is { } now ? await ShowAsync(preview, now, stopping) : new PreviewStep(PreviewShowing.Every);
                if (step.Again)
                {
                    text.Again();
                }
            }

            // The end is awaited all the same: only it tells whether an answer comes. The right to show it keeps the sweep away until then.
            await (preview.Lease is null ? Task.CompletedTask : reading);
        }
        finally
        {
            await over.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await showing.LeaveAsync(preview);
        }

        if (text.CameToNothing)
        {
            await removal.RemoveAsync(preview.TurnId);
        }
    }

    private async Task<PreviewStep> ShowAsync(Preview preview, string text, CancellationToken stopping)
    {
        try
        {
            return await showing.ShowAsync(preview, text, stopping);
        }
        catch (DatabaseUnavailableException)
        {
            return new PreviewStep(PreviewShowing.Every, Again: true);
        }
    }

    private async Task ReadAsync(string runId, GrowingText text, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            RunUpdateId? position = null;
            var heard = clock.GetTimestamp();
            for (var absent = 0; !text.Ended && absent < MaxAbsent && clock.GetElapsedTime(heard) < LongestSilence;)
            {
                // Told of before its first word reached us, or long over; or it goes on elsewhere, or in a later attempt.
                absent = await runs.ExistsAsync(runId, cancellationToken) ? 0 : absent + 1;
                await foreach (var batch in absent > 0 ? AsyncEnumerable.Empty<RunUpdates>() : runs.ReadAsync(runId, position, cancellationToken))
                {
                    if (batch.Updates.Count > 0)
                    {
                        (position, heard) = (batch.Updates[^1].Id, clock.GetTimestamp());
                        text.Take(batch);
                    }
                    else if (clock.GetElapsedTime(heard) > LongestSilence)
                    {
                        break;
                    }
                }

                if (!text.Ended)
                {
                    await Task.Delay(Backoff.After(absent + 1), clock, cancellationToken);
                }
            }
        }
        finally
        {
            text.End();
        }
    }

    [LoggerMessage(LogLevel.Error, "Following turn {Turn} to show its answer failed")]
    private partial void LogFollowFailed(Exception exception, string turn);

    [LoggerMessage(LogLevel.Error, "Taking away what is left of unfinished answers failed")]
    private partial void LogSweepFailed(Exception exception);
}
