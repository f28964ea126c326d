using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Xopc.ServiceDefaults.Redis;

/// <summary>Makes the connection in the background: while Redis is away it takes seconds, and the process starts without it.</summary>
public sealed class SharedDecisionsWorker<TDecisions>(TDecisions decisions, IServiceProvider services) : BackgroundService where TDecisions : SharedDecisions
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (decisions.IsConfigured)
        {
            decisions.Use(await Task.Run(services.GetRequiredService<IConnectionMultiplexer>, stoppingToken));
        }
    }
}
