using Xopc.Contracts.Messages;
using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Agents.Runs;

/// <summary>
/// Holds the sessions this process works on. A held session is a lane: it runs its turns one after the other, each handed over by the completion of the
/// one before, and is let go when none waits. Stopping gives the lanes a moment to finish and hands back what was not begun to be shown.
/// </summary>
internal sealed partial class RunHost(
    [FromKeyedServices(AgentsSchema.Database)] Database database,
    SessionLanes lanes, [FromKeyedServices(AgentsSchema.Database)] LeaseOwner owner, IControlBroadcast control, MessagingOptions messaging, TimeProvider clock, ILogger<RunHost> log) : BackgroundService, IHostedLifecycleService
{

    private const int KeysPerPoll = 64;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await owner.BreakLeasesOfTheDeadAsync(cancellationToken);
        }
        catch (DatabaseUnavailableException ex)
        {
            // A full disk or a locked file passes: the gateway starts, says so and answers 503. A start that fails would be a crash loop under a supervisor.
            LogStartsWithout(ex.Message);
        }

        await base.StartAsync(cancellationToken);
    }

    /// <summary>One pass over sessions that have work and no live owner: those of dead processes, and those accepted while their owner let go.</summary>
    public async Task<int> TakeIdleAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var keys = await database.ReadAsync(reader => Inbox.IdleKeys(reader, WorkStreams.Turns, now, KeysPerPoll), cancellationToken);
        foreach (var key in keys)
        {
            await lanes.TryTakeAsync(key, cancellationToken);
        }

        return keys.Count;
    }

    /// <summary>Before anything else stops: the listener still answers while running turns finish, so that their last words go out.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => lanes.StopAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var attached = control.Attach(lanes.OnControl);
        var renewed = clock.GetTimestamp();
        var broken = renewed;
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                if (lanes.Count > 0)
                {
                    if (clock.GetElapsedTime(renewed) >= LeaseOwner.RenewEvery)
                    {
                        await RenewAsync(stoppingToken); // first: what follows must not take what is ours
                        renewed = clock.GetTimestamp();
                    }

                    lanes.Abort(await database.ReadAsync(RunStore.AbortsRequested, stoppingToken));
                }

                await lanes.BroadcastAsync(stoppingToken);
                await lanes.ReleaseAbandonedAsync(stoppingToken);
                if (await TakeIdleAsync(stoppingToken) < KeysPerPoll)
                {
                    await lanes.WaitForWorkAsync(messaging.PollEvery, stoppingToken);
                }

                if (clock.GetElapsedTime(broken) >= LeaseOwner.LookForDeadEvery)
                {
                    await owner.BreakLeasesOfTheDeadAsync(stoppingToken);
                    broken = clock.GetTimestamp();
                }

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
                    LogPassFailed(ex, failures); // that one the database says itself, once, and health shows it
                }

                await Task.Delay(TimeSpan.FromSeconds(Math.Min(failures, 10)), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        try
        {
            await owner.RenewAsync(cancellationToken);
        }
        finally
        {
            // Also when the renewal failed: a disk that is full for this process does not keep another from taking over.
            await lanes.EndLostAsync(cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Nothing can be answered yet: {Reason}")]
    private partial void LogStartsWithout(string reason);

    [LoggerMessage(LogLevel.Error, "Looking for idle sessions failed ({Failures} in a row)")]
    private partial void LogPassFailed(Exception exception, int failures);
}
