using Microsoft.Extensions.DependencyInjection.Extensions;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Messaging;
using Xopc.Scheduler.Api;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.ServiceDefaults.OpenApi;
using Xopc.Storage;
using Xopc.Storage.Retention;

namespace Xopc.Scheduler;

/// <summary>The clock: cron jobs and the heartbeat.</summary>
public static class SchedulerModule
{
    /// <summary>Registers the service and its health check <c>scheduler</c>.</summary>
    public static TBuilder AddScheduler<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddXopcConfiguration();
        builder.AddXopcDatabase(SchedulerSchema.Database, builder.StartupPaths().DataDirectory, SchedulerSchema.Series);
        builder.AddXopcMessaging();
        builder.AddOutboxRelay(SchedulerSchema.Database);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IRetentionRule, OccurrenceRetention>();
        builder.Services.AddSingleton<SweepWake>();
        builder.Services.AddSingleton<JobStore>();
        builder.Services.AddSingleton<OccurrenceLedger>();
        builder.Services.AddSingleton<JobNews>();
        builder.Services.AddApiShapes(static () => SchedulerJson.Default, ErrorCode.StorageUnavailable, ErrorCode.Timeout);
        builder.AddSweep();
        builder.Services.AddHealthChecks().AddCheck<SchedulerHealth>("scheduler");
        return builder;
    }

    /// <summary>Maps the service's endpoints.</summary>
    public static WebApplication MapScheduler(this WebApplication app)
    {
        app.MapJobs();
        app.MapHistory();
        return app;
    }
}
