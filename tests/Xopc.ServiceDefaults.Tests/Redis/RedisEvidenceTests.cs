using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xopc.ServiceDefaults.Redis;

namespace Xopc.ServiceDefaults.Tests.Redis;

public sealed class RedisEvidenceTests(RedisServer server) : IClassFixture<RedisServer>
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task A_redis_that_answers_is_healthy()
    {
        server.Require();
        using var host = Host(server.ConnectionString);

        Assert.Equal((HealthStatus.Healthy, "answers"), await CheckAsync(host));
    }

    [Fact]
    public async Task A_redis_that_cannot_be_reached_degrades_and_never_takes_the_process_out_of_service()
    {
        using var host = Host("127.0.0.1:1,connectTimeout=200,connectRetry=1");

        Assert.Equal((HealthStatus.Degraded, "not connected"), await CheckAsync(host));
    }

    [Fact]
    public async Task A_redis_that_hangs_is_given_one_second()
    {
        server.Require();
        using var host = Host(server.ConnectionString + ",allowAdmin=true");
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(host)).Status);
        await host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().ExecuteAsync("CLIENT", "PAUSE", "1500", "ALL");

        var check = new RedisEvidence(host.Services, serviceKey: null, _clock).CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((HealthStatus.Degraded, "does not answer"), ((await check).Status, (await check).Description));
    }

    [Theory]
    [InlineData("localhost:6379,password=hunter2,ssl=true", null)]
    [InlineData("localhost:6379,password=hunter2,bogus=1", "Keyword 'bogus' is not supported.")]
    [InlineData("localhost:6379,connectTimeout=soon", "Keyword 'connectTimeout' requires an integer value; the value 'soon' is not recognised.")]
    [InlineData("password=hunter2", "names no server")]
    [InlineData(",", "names no server")]
    [InlineData("127.0.0.1:99999", "names a port outside 1 to 65535")]
    public void What_is_wrong_with_a_connection_string_is_said_without_its_password(string connectionString, string? fault) =>
        Assert.Equal(fault, RedisExtensions.FindFault(connectionString));

    private IHost Host(string connectionString)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", connectionString)]);
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.AddXopcRedis("redis");
        return builder.Build();
    }

    private static async Task<(HealthStatus Status, string? Description)> CheckAsync(IHost host)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        var entry = report.Entries["StackExchange.Redis"];
        return (entry.Status, entry.Description);
    }
}
