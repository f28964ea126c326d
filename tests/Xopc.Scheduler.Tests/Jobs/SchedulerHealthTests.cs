using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Xopc.Scheduler.Tests.Jobs;

public sealed class SchedulerHealthTests
{
    [Fact]
    public async Task Without_a_target_the_heartbeat_has_nothing_to_say_and_all_is_well()
    {
        await using var host = await SchedulerHost.StartAsync("""{"gateway":{"heartbeat":{"enabled":true}}}""");

        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync("scheduler")).Status);
    }

    [Fact]
    public async Task A_heartbeat_that_is_waited_for_and_cannot_run_is_reported()
    {
        await using var host = await SchedulerHost.StartAsync("""{"gateway":{"heartbeat":{"enabled":true,"target":"telegram","targetChatId":"1"}}}""");

        Assert.Equal(HealthStatus.Degraded, (await host.CheckAsync("scheduler")).Status);
    }
}
