using Microsoft.Extensions.DependencyInjection;
using Xopc.Scheduler.Jobs;
using Xopc.Scheduler.Occurrences;
using Xopc.Testing.Hosting;
using Xopc.Testing.Redis;
using Xopc.Testing.Storage;

namespace Xopc.Scheduler.Tests.Clock;

/// <summary>The service with the machine's clock and Hangfire.</summary>
public sealed class HangfireClockTests
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_one_process_Hangfire_in_memory_fires_what_is_due()
    {
        await using var host = await SchedulerHost.StartAsync();

        await RanAsync([host], 3);

        await AssertOnceEachAsync(host);
    }

    [Fact]
    public async Task Two_schedulers_with_Redis_and_one_database_fire_each_instant_once()
    {
        await using var redis = await RedisServer.StartAsync(appendOnly: false, Cancelled);
        using var home = new TempDirectory();
        await using var one = await SchedulerHost.StartAsync("{}", redis.ConnectionString, home.Path);
        await using var two = await SchedulerHost.StartAsync("{}", redis.ConnectionString, home.Path);

        await RanAsync([one, two], 4);

        await AssertOnceEachAsync(two);
    }

    private static async Task RanAsync(ModuleHost[] hosts, int times)
    {
        var left = times;
        var done = new TaskCompletionSource();
        foreach (var host in hosts)
        {
            host.Services.GetRequiredService<OccurrenceNews>().Ran += _ =>
            {
                if (Interlocked.Decrement(ref left) == 0)
                {
                    done.TrySetResult();
                }
            };
        }

        var job = new Job("j", new JobSchedule(ScheduleKind.Cron, "* * * * * *"), new JobPayload(PayloadKind.SystemEvent, "tick"));
        Assert.Equal(JobChangeOutcome.Done, (await hosts[0].Services.GetRequiredService<JobStore>().CreateAsync(job, "operator", Cancelled)).Outcome);
        await done.Task.WaitAsync(Generous, Cancelled);
    }

    private static async Task AssertOnceEachAsync(ModuleHost host)
    {
        await host.Services.GetRequiredService<JobStore>().SetEnabledAsync("j", false, Cancelled);
        var rows = (await host.Services.GetRequiredService<OccurrenceLedger>().ListAsync("j", null, 100, Cancelled)).Occurrences;
        Assert.Equal(rows.Count, rows.Select(row => row.DueMs).Distinct().Count());
        Assert.Equal(rows.Count - 1, (rows[0].DueMs - rows[^1].DueMs) / 1_000);
        TestContext.Current.SendDiagnosticMessage("late by {0} ms", string.Join(' ', rows.Select(row => row.ClaimedMs - row.DueMs)));
    }
}
