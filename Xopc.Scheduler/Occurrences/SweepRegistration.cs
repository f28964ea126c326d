using Hangfire;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StackExchange.Redis;
using Xopc.Messaging;
using Xopc.Scheduler.Clock;

namespace Xopc.Scheduler.Occurrences;

/// <summary>Registers what works on due instants: the clock, the sweep, and what takes their results in.</summary>
internal static class SweepRegistration
{
    public static void AddSweep(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddMetrics();
        services.AddSingleton<OccurrenceNews>();
        services.AddSingleton<OccurrenceDispatch>();
        services.AddSingleton<OccurrenceDeadlines>();
        services.AddSingleton<OccurrenceReports>();
        services.AddSingleton<NextInstants>();
        services.AddSingleton<SweepState>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<SweepWorker>();
        services.AddSingleton<SweepJob>();
        services.TryAddSingleton<JobStorage>(static provider => HangfireStorage.Create(
            provider.GetRequiredService<IServiceProviderIsService>().IsService(typeof(IConnectionMultiplexer)) ? provider.GetRequiredService<IConnectionMultiplexer>() : null,
            provider.GetRequiredService<MessagingOptions>().KeyPrefix));
        services.AddSingleton<HangfireClock>();
        services.TryAddSingleton<ISweepClock>(static provider => provider.GetRequiredService<HangfireClock>());
        services.AddHostedService(static provider => provider.GetRequiredService<HangfireClock>());
        services.AddHostedService(static provider => provider.GetRequiredService<SweepWorker>());
        builder.AddStreamIntake(static provider => provider.GetRequiredService<OccurrenceReports>().Intake);
    }
}
