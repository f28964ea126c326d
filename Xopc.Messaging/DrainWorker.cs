using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Xopc.Messaging;

/// <summary>
/// The one loop of the product: drain until nothing is left, wait to be woken, drain again; back off on failure, never die of one. Tests call
/// <see cref="DrainOnceAsync"/>; health checks read <see cref="Heartbeat"/>.
/// </summary>
public abstract partial class DrainWorker(TimeProvider clock, ILogger logger) : BackgroundService
{
    // A worker that fails for a night at 5 s each says so four times, with a stack each, and not 6,000 times.
    private const int SaidAgainAfter = 10;

    private readonly ILogger _logger = logger;
    private volatile WorkerHeartbeat _heartbeat = new(null, 0, null, Running: false);

    /// <summary>For logs and health: <c>relay agents</c>, <c>intake turns</c>.</summary>
    public abstract string Name { get; }

    public WorkerHeartbeat Heartbeat => _heartbeat;

    protected TimeProvider Clock { get; } = clock;

    /// <summary>One pass. True when there may be more to do at once.</summary>
    public abstract Task<bool> DrainOnceAsync(CancellationToken cancellationToken);

    /// <summary>Returns when there may be something to do, at the latest after the worker's safety interval.</summary>
    protected abstract Task WaitForWorkAsync(CancellationToken cancellationToken);

    /// <summary>Runs after the loop has ended at a graceful stop: what must still go out.</summary>
    protected virtual Task FinishAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // The loop begins on a thread of the pool, on a busy machine some time after the host calls itself started: until then it is no worker that stopped.
        _heartbeat = _heartbeat with { Running = true };
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await FinishAsync(cancellationToken);
        }
        catch (Exception ex)
        {
            // A stop goes on: what could not go out is in a database and goes out at the next start.
            LogFinishFailed(Name, ex);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await LoopAsync(stoppingToken);
        }
        finally
        {
            _heartbeat = _heartbeat with { Running = false };
        }
    }

    private async Task LoopAsync(CancellationToken stoppingToken)
    {
        var saidAt = 0;
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                var more = await DrainOnceAsync(stoppingToken);
                if (failures > 0)
                {
                    LogDrainsAgain(Name, failures);
                }

                (failures, saidAt) = (0, 0);
                _heartbeat = new WorkerHeartbeat(Clock.GetUtcNow(), 0, null, Running: true);
                if (!more)
                {
                    await WaitForWorkAsync(stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                failures++;
                _heartbeat = _heartbeat with { Failures = failures, LastError = ex.GetType().Name };
                if (failures >= saidAt * SaidAgainAfter)
                {
                    saidAt = failures;
                    LogDrainFailed(Name, failures, ex);
                }

                await DelayAsync(Backoff.After(failures), stoppingToken);
            }
        }
    }

    private async Task DelayAsync(TimeSpan delay, CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(delay, Clock, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The loop's condition ends it.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Worker}: pass failed, {Failures} in a row; trying again.")]
    private partial void LogDrainFailed(string worker, int failures, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Worker}: works again after {Failures} failed passes.")]
    private partial void LogDrainsAgain(string worker, int failures);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Worker}: the last pass of the stop failed.")]
    private partial void LogFinishFailed(string worker, Exception exception);
}
