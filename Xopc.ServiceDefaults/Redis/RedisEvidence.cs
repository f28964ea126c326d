using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Xopc.ServiceDefaults.Redis;

/// <summary>
/// Whether Redis answers, told within a second. Degraded at worst: what was accepted lies in databases and conversations go on without it, so a supervisor
/// that replaced the process would only make it worse. The packages' own check, in whose place this stands, waits for the client's time-out of 5 s.
/// </summary>
internal sealed class RedisEvidence(IServiceProvider services, string? serviceKey, TimeProvider clock) : IHealthCheck
{
    private const string Check = "StackExchange.Redis";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var connection = serviceKey is null
            ? services.GetRequiredService<IConnectionMultiplexer>()
            : services.GetRequiredKeyedService<IConnectionMultiplexer>(serviceKey);
        if (!connection.IsConnected)
        {
            return HealthCheckResult.Degraded("not connected");
        }

        try
        {
            await connection.GetDatabase().PingAsync().WaitAsync(Patience, clock, cancellationToken);
            return HealthCheckResult.Healthy("answers");
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return HealthCheckResult.Degraded("does not answer");
        }
    }

    /// <summary>Takes the place of the check that the registration of <paramref name="serviceKey"/> made, whosever that is.</summary>
    internal static void Take(IServiceCollection services, string? serviceKey)
    {
        var name = serviceKey is null ? Check : $"{Check}_{serviceKey}";
        services.PostConfigure<HealthCheckServiceOptions>(options =>
        {
            foreach (var registration in options.Registrations.Where(registration => registration.Name == name))
            {
                registration.FailureStatus = HealthStatus.Degraded;
                registration.Factory = provider => new RedisEvidence(provider, serviceKey, provider.GetService<TimeProvider>() ?? TimeProvider.System);
            }
        });
    }
}
