using Xopc.ServiceDefaults.Redis;
using Xopc.Testing.Hosting;

namespace Xopc.Scheduler.Tests;

internal static class SchedulerHost
{
    public static Task<ModuleHost> StartAsync(string config = "{}", string? redis = null, string? shared = null) =>
        ModuleHost.StartAsync(
            "xopc-scheduler",
            builder =>
            {
                if (redis is not null)
                {
                    builder.Configuration["ConnectionStrings:redis"] = redis;
                    builder.AddXopcRedis("redis");
                }

                builder.AddScheduler();
            },
            static app => app.MapScheduler(), TestContext.Current.CancellationToken, config, shared);
}
