using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xopc.Contracts;

namespace Xopc.Storage.Retention;

/// <summary>Ends what is kept in one database, in steps small enough that no turn notices. Several processes on one file may all do it.</summary>
internal sealed partial class RetentionWorker(
    Database database, IReadOnlyList<IRetentionRule> rules, StorageOptions options, TimeProvider clock, StorageMetrics metrics, ILogger<RetentionWorker> logger)
    : BackgroundService, IHostedLifecycleService
{
    /// <summary>Before any relay starts: what was unconfirmed for too long while nothing ran must not be sent once more.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(new OutboxRetention(database.Name, options.OutboxAge), cancellationToken);
        }
        catch (DatabaseUnavailableException)
        {
            // Nothing is published either while the outbox cannot be marked; the loop comes to it.
        }
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Every rule until it has nothing left. One that fails does not keep the others from running.</summary>
    internal async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var rule in rules)
            {
                await TryRunAsync(rule, cancellationToken);
            }

            await database.CompactAsync(cancellationToken);
        }
        catch (DatabaseUnavailableException)
        {
            // The database itself says so, in its health and in the log; the next interval tries again.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await RunOnceAsync(stoppingToken);
                await Task.Delay(options.RetentionInterval, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task TryRunAsync(IRetentionRule rule, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(rule, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException and not DatabaseUnavailableException)
        {
            LogRuleFailed(database.Name, rule.Name, error);
        }
    }

    private async Task RunAsync(IRetentionRule rule, CancellationToken cancellationToken)
    {
        FaultPoint.Reach("retention.removing");
        var removed = await rule.RemoveAsync(database, clock.GetUtcNow(), cancellationToken);
        FaultPoint.Reach("retention.removed");
        if (removed > 0)
        {
            metrics.Removed(database.Name, rule.Name, removed);
            LogRemoved(database.Name, rule.Name, removed);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Database {Database}: retention removed {Removed} rows of {Rule}")]
    private partial void LogRemoved(string database, string rule, int removed);

    [LoggerMessage(LogLevel.Error, "Database {Database}: the retention of {Rule} failed; it is tried again")]
    private partial void LogRuleFailed(string database, string rule, Exception error);
}
