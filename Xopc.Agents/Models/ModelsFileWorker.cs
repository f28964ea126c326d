namespace Xopc.Agents.Models;

/// <summary>Looks every two seconds whether <c>models.json</c> changed. Its hash is compared, so no editor and no copy escapes it.</summary>
internal sealed class ModelsFileWorker(ModelCatalog catalog, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                catalog.Reload();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }
}
