using StackExchange.Redis;
using Xopc.Gateway.Edge.Origins;
using Xopc.Messaging;
using Xopc.ServiceDefaults.Redis;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>What the pipeline's steps share.</summary>
internal static class LimitRegistration
{
    public static void AddEdgeLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddMetrics();
        services.AddSingleton<EdgeMetrics>();
        services.AddSingleton<EdgeSettings>();
        services.AddSingleton<OriginJudge>();
        services.AddSingleton(provider => new AttemptTable(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SharedAttempts>();
        services.AddSingleton<FailedAuthentications>();
        services.AddSingleton<AcceptedSecrets>();
        services.AddSingleton(provider => new BucketTable(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<SharedBuckets>();

        // Beside the keys of messaging, in the same slot of a cluster.
        var prefix = configuration["Messaging:KeyPrefix"] ?? new MessagingOptions().KeyPrefix;
        services.AddSingleton(provider => new RedisLink(
            prefix, provider.GetRequiredService<EdgeMetrics>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RedisLink>>())
        {
            IsConfigured = provider.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IConnectionMultiplexer)),
        });
        services.AddHostedService<SharedDecisionsWorker<RedisLink>>();
    }
}
