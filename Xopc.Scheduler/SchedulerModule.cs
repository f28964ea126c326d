namespace Xopc.Scheduler;

/// <summary>The module of Xopc.Scheduler.</summary>
public static class SchedulerModule
{
    public static TBuilder AddScheduler<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder => builder;

    public static WebApplication MapScheduler(this WebApplication app) => app;
}
