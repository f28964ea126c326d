using Xopc.Testing.Hosting;

namespace Xopc.Scheduler.Tests;

internal static class SchedulerHost
{
    public static Task<ModuleHost> StartAsync(string config = "{}") =>
        ModuleHost.StartAsync("xopc-scheduler", static builder => builder.AddScheduler(), static app => app.MapScheduler(), TestContext.Current.CancellationToken, config);
}
