using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xopc.Messaging.InProcess;
using Xopc.Messaging.Redis;
using Xopc.Messaging.Runs;
using Xopc.Messaging.Tests.Support;
using Xopc.Testing.Redis;

namespace Xopc.Messaging.Tests;

public sealed class MessagingRegistrationTests(SharedRedis redis)
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public async Task Without_a_Redis_connection_string_everything_is_in_process(string? connectionString)
    {
        await using var process = await TestProcess.StartAsync(
            redis: null, "{xopc}:", settings: new() { ["ConnectionStrings:redis"] = connectionString });

        Assert.IsType<InProcessEventLog>(process.Events);
        Assert.IsType<LocalRunLog>(process.Runs);
        Assert.IsType<InProcessControlBroadcast>(process.Control);
        Assert.IsType<InProcessStreamWriter>(process.Services.GetRequiredService<IStreamWriter>());
    }

    [Fact]
    public async Task With_one_everything_goes_over_Redis()
    {
        await using var process = await TestProcess.StartAsync(redis.Server.ConnectionString, TestProcess.NewPrefix());

        Assert.IsType<RedisEventLog>(process.Events);
        Assert.IsType<RedisRunLog>(process.Runs);
        Assert.IsType<RedisControlBroadcast>(process.Control);
        Assert.IsType<RedisStreamWriter>(process.Services.GetRequiredService<IStreamWriter>());
    }

    [Fact]
    public async Task Every_module_may_register_it()
    {
        await using var process = await TestProcess.StartAsync(
            redis.Server.ConnectionString, TestProcess.NewPrefix(), builder => builder.AddXopcMessaging().AddXopcMessaging());

        Assert.Single(process.Services.GetServices<IEventLog>());
        Assert.Single(process.Services.GetServices<IHostedService>().OfType<EventReadWorker>());
    }

    [Theory]
    [InlineData("KeyPrefix", "xopc:")]
    [InlineData("KeyPrefix", "")]
    [InlineData("StreamCapacity", "0")]
    [InlineData("SweepAfter", "00:00:00")]
    [InlineData("AcceptAttempts", "-1")]
    public async Task A_setting_that_cannot_be_stops_the_start_and_is_named(string name, string value)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { [$"Messaging:{name}"] = value });
        builder.AddXopcMessaging();
        using var host = builder.Build();

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_tells_of_each_worker_and_of_Redis_going_away()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: false, TestContext.Current.CancellationToken);
        await using var process = await TestProcess.StartAsync(server.ConnectionString + ",asyncTimeout=200", "{xopc}:");
        using var attached = process.Events.Attach(_ => { });
        var reader = process.Worker<EventReadWorker>();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(process)).Status);

        await server.KillAsync(TestContext.Current.CancellationToken);
        using var limit = new CancellationTokenSource(Within.Limit);
        while (reader.Heartbeat.Failures < 3)
        {
            // Its own backoff sets the pace.
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        var failing = await CheckAsync(process);
        Assert.Equal(HealthStatus.Degraded, failing.Status);
        Assert.Contains("events in", failing.Description, StringComparison.Ordinal);
        await process.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(process)).Status);
    }

    private static async Task<HealthReportEntry> CheckAsync(TestProcess process) =>
        (await process.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries["messaging"];
}
