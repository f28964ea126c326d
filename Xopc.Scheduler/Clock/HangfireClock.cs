using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Xopc.Scheduler.Occurrences;

namespace Xopc.Scheduler.Clock;

/// <summary>
/// Hangfire as the clock: one recurring job that sweeps each minute, for safety, and one scheduled job at the moment at which something is due next. It holds nothing that
/// the tables do not know, so losing its storage loses nothing.
/// </summary>
internal sealed partial class HangfireClock(JobStorage storage, IServiceProvider services, TimeProvider clock, ILogger<HangfireClock> log) : ISweepClock, IHostedService, IDisposable
{
    private const string Safety = "xopc-sweep";

    // The longest that a scheduled job is late: Hangfire looks so often.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly Job SweepCall = Job.FromExpression<SweepJob>(static job => job.RunAsync(CancellationToken.None));

    private readonly BackgroundJobClient _jobs = new(storage);
    private readonly Lock _gate = new();
    private BackgroundJobServer? _server;
    private DateTimeOffset? _scheduled;
    private string? _scheduledId;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _server = new BackgroundJobServer(
            new BackgroundJobServerOptions
            {
                WorkerCount = 2, SchedulePollingInterval = LookEvery, Activator = new SweepJobActivator(services), ServerName = $"xopc-{Environment.ProcessId}",
                StopTimeout = TimeSpan.Zero, ShutdownTimeout = TimeSpan.FromSeconds(2), HeartbeatInterval = TimeSpan.FromSeconds(30),
            },
            storage);
        try
        {
            new RecurringJobManager(storage).AddOrUpdate(Safety, SweepCall, Cron.Minutely());
        }
        catch (Exception ex) when (ex is not OperationCanceledException)
        {
            LogNoSafety(ex); // Redis is away: the worker's own interval sweeps meanwhile
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _server?.SendStop();
        return _server?.WaitForShutdownAsync(cancellationToken) ?? Task.CompletedTask;
    }

    public void WakeAt(DateTimeOffset? moment)
    {
        lock (_gate)
        {
            if (_server is null || moment == _scheduled)
            {
                return;
            }

            try
            {
                if (_scheduledId is { } old)
                {
                    _jobs.ChangeState(old, new DeletedState(), ScheduledState.StateName);
                }

                // Hangfire runs by the machine's clock, and what is due is said by ours.
                (_scheduled, _scheduledId) = (moment, null);
                if (moment is { } at)
                {
                    var wait = at - clock.GetUtcNow();
                    _scheduledId = _jobs.Create(SweepCall, wait > TimeSpan.Zero ? new ScheduledState(wait) : new EnqueuedState());
                }
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                _scheduled = null; // asked again after the next sweep
                LogNotScheduled(ex);
            }
        }
    }

    public void Dispose() => _server?.Dispose();

    [LoggerMessage(LogLevel.Warning, "Hangfire's storage does not take the sweep of each minute; this process sweeps by its own interval")]
    private partial void LogNoSafety(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Hangfire's storage does not take the next sweep; this process sweeps by its own interval")]
    private partial void LogNotScheduled(Exception exception);
}
