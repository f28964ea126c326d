using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Lanes;

/// <summary>Looks for keys whose work is due and gives each a lane. Tests call <see cref="DrainOnceAsync"/>.</summary>
internal abstract partial class LaneHost<TWork>(KeyLanes<TWork> lanes, TimeSpan pollEvery, TimeProvider clock, ILogger log) : BackgroundService, IHostedLifecycleService where TWork : class
{
    // What a stop waits for work under way; the rest of the five seconds belongs to the others.
    private static readonly TimeSpan FinishWithin = TimeSpan.FromSeconds(3.5);

    private readonly ILogger _log = log;

    /// <summary>The longest wait between two passes: another process may have written work, and tells nobody.</summary>
    protected TimeSpan PollEvery { get; } = pollEvery;

    /// <summary>One pass: the keys that are due now get lanes. How long until the next one is due.</summary>
    public abstract Task<TimeSpan> DrainOnceAsync(CancellationToken cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything else stops: the database still takes what became of the work under way.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => lanes.StopAsync(FinishWithin);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Completes when work may begin.</summary>
    protected virtual Task WhenOpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await WhenOpenAsync(stoppingToken);
                await lanes.ReleaseAbandonedAsync(stoppingToken);
                await lanes.WaitForWorkAsync(await DrainOnceAsync(stoppingToken), stoppingToken);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                failures++;
                if (ex is not DatabaseUnavailableException)
                {
                    LogPassFailed(ex, GetType().Name, failures); // that one the database says itself, once, and health shows it
                }

                await Task.Delay(Backoff.After(failures), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{Host}: looking for work that is due failed ({Failures} in a row)")]
    private partial void LogPassFailed(Exception exception, string host, int failures);
}
