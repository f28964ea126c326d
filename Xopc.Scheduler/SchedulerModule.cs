using Xopc.Configuration;
using Xopc.Messaging;
using Xopc.Scheduler.Jobs;

namespace Xopc.Scheduler;

/// <summary>The clock: cron jobs and the heartbeat.</summary>
public static class SchedulerModule
{
    /// <summary>Registers the service and its health check <c>scheduler</c>.</summary>
    public static TBuilder AddScheduler<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddXopcConfiguration();
        builder.AddXopcMessaging();
        builder.Services.AddHealthChecks().AddCheck<SchedulerHealth>("scheduler");
        return builder;
    }

    /// <summary>Maps the service's endpoints.</summary>
    public static WebApplication MapScheduler(this WebApplication app) => app;
}
