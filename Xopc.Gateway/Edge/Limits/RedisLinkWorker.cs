using StackExchange.Redis;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>Makes the connection in the background: while Redis is away it takes seconds, and the edge starts without it.</summary>
internal sealed class RedisLinkWorker(RedisLink link, IServiceProvider services) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (link.IsConfigured)
        {
            link.Use(await Task.Run(services.GetRequiredService<IConnectionMultiplexer>, stoppingToken));
        }
    }
}
