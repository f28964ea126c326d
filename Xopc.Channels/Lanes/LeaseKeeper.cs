using Xopc.Messaging;
using Xopc.Storage;

namespace Xopc.Channels.Lanes;

/// <summary>Renews whatever this process holds in <c>channels.db</c>, and ends what processes of this host held that are gone.</summary>
internal sealed partial class LeaseKeeper(
    [FromKeyedServices(ChannelsSchema.Database)] LeaseOwner owner, TimeProvider clock, ILogger<LeaseKeeper> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var renewed = clock.GetTimestamp();
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            var pause = LeaseOwner.LookForDeadEvery;
            try
            {
                await owner.BreakLeasesOfTheDeadAsync(stoppingToken);
                if (clock.GetElapsedTime(renewed) >= LeaseOwner.RenewEvery)
                {
                    await owner.RenewAsync(stoppingToken);
                    renewed = clock.GetTimestamp();
                }

                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception ex)
            {
                pause = Backoff.After(++failures);
                if (ex is not DatabaseUnavailableException)
                {
                    LogFailed(ex, failures);
                }
            }

            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(LogLevel.Error, "Keeping the leases failed ({Failures} in a row)")]
    private partial void LogFailed(Exception exception, int failures);
}
