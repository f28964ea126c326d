using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xopc.ServiceDefaults.Redis;

namespace Xopc.ServiceDefaults.Tests.Redis;

/// <summary>What a registration of Redis keeps to, whoever makes it: Aspire.StackExchange.Redis 13.5 as observed.</summary>
public abstract class RedisRegistrationContract(RedisServer server) : IClassFixture<RedisServer>
{
    private const string Section = "Aspire:StackExchange:Redis";

    protected abstract void Register(
        IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null);

    protected abstract void RegisterKeyed(
        IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null);

    [Fact]
    public void The_connection_string_comes_from_shared_then_named_settings_then_connection_strings_then_code()
    {
        var settings = new Dictionary<string, string?> { [$"{Section}:ConnectionString"] = "shared:1" };
        Assert.Equal("shared:1", EndpointOf(settings));
        settings[$"{Section}:redis:ConnectionString"] = "named:2";
        Assert.Equal("named:2", EndpointOf(settings));
        settings["ConnectionStrings:redis"] = "strings:3";
        Assert.Equal("strings:3", EndpointOf(settings));
        Assert.Equal("code:4", EndpointOf(settings, s => s.ConnectionString = "code:4"));
    }

    [Fact]
    public void Options_start_from_the_string_and_are_refined_by_shared_section_named_section_code_and_others_after()
    {
        var builder = Builder(new()
        {
            ["ConnectionStrings:redis"] = "h:1,connectRetry=1,connectTimeout=1000,keepAlive=1,defaultDatabase=1,name=string",
            [$"{Section}:ConfigurationOptions:ConnectRetry"] = "2",
            [$"{Section}:ConfigurationOptions:ConnectTimeout"] = "2000",
            [$"{Section}:ConfigurationOptions:KeepAlive"] = "2",
            [$"{Section}:ConfigurationOptions:DefaultDatabase"] = "2",
            [$"{Section}:redis:ConfigurationOptions:ConnectTimeout"] = "3000",
            [$"{Section}:redis:ConfigurationOptions:KeepAlive"] = "3",
            [$"{Section}:redis:ConfigurationOptions:DefaultDatabase"] = "3",
        });
        Register(builder, "redis", configureOptions: o => (o.KeepAlive, o.DefaultDatabase) = (4, 4));
        builder.Services.PostConfigure<ConfigurationOptions>(o => o.DefaultDatabase = 5);
        using var host = builder.Build();

        var options = host.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;

        Assert.Equal(("string", 2, 3000, 4, 5), (options.ClientName, options.ConnectRetry, options.ConnectTimeout, options.KeepAlive, options.DefaultDatabase));
    }

    [Theory]
    [InlineData("h:1", false)]
    [InlineData("h:1,abortConnect=true", true)]
    [InlineData("h:1,abortConnect=false", false)]
    public void A_service_waits_for_redis_unless_the_string_says_otherwise(string connectionString, bool abort) =>
        Assert.Equal(abort, OptionsOf(new() { ["ConnectionStrings:redis"] = connectionString }).AbortOnConnectFail);

    [Fact]
    public void Without_a_string_the_host_starts_and_the_first_use_says_what_is_missing()
    {
        var builder = Builder([]);
        Register(builder, "redis");
        using var host = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IConnectionMultiplexer>);

        Assert.Equal(
            "No endpoints specified. Ensure a valid connection string was provided in 'ConnectionStrings:redis' or for the 'Aspire:StackExchange:Redis:ConnectionString' configuration key.",
            error.Message);
    }

    [Fact]
    public void The_health_check_has_its_name_no_tags_and_is_registered_once()
    {
        var builder = Builder([]);
        Register(builder, "redis");
        Register(builder, "redis");
        RegisterKeyed(builder, "other");
        RegisterKeyed(builder, "other");
        using var host = builder.Build();

        var checks = host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations;

        Assert.Equal(["StackExchange.Redis", "StackExchange.Redis_other"], checks.Select(c => c.Name).Order());
        Assert.All(checks, c => Assert.Empty(c.Tags));
    }

    [Fact]
    public void Health_checks_can_be_switched_off_in_the_configuration()
    {
        var builder = Builder(new() { [$"{Section}:DisableHealthChecks"] = "true" });
        Register(builder, "redis");
        using var host = builder.Build();

        Assert.Empty(host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
    }

    [Fact]
    public async Task The_connection_is_one_lazy_singleton_with_the_loggers_of_the_host_and_the_check_uses_it()
    {
        server.Require();
        var builder = Builder(Connected());
        Register(builder, "redis");
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);

        var connection = host.Services.GetRequiredService<IConnectionMultiplexer>();
        await connection.GetDatabase().StringSetAsync("lazy", "1");
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

        Assert.Same(connection, host.Services.GetRequiredService<IConnectionMultiplexer>());
        Assert.Equal(HealthStatus.Healthy, health.Status);
        Assert.IsNotType<NullLoggerFactory>(host.Services.GetRequiredService<IOptionsMonitor<ConfigurationOptions>>().CurrentValue.LoggerFactory);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_keyed_connection_stands_beside_the_plain_one()
    {
        server.Require();
        var builder = Builder(new() { ["ConnectionStrings:redis"] = server.ConnectionString, ["ConnectionStrings:other"] = $"{server.ConnectionString},defaultDatabase=3" });
        Register(builder, "redis");
        RegisterKeyed(builder, "other");
        using var host = builder.Build();

        var plain = host.Services.GetRequiredService<IConnectionMultiplexer>();
        var keyed = host.Services.GetRequiredKeyedService<IConnectionMultiplexer>("other");

        Assert.NotSame(plain, keyed);
        Assert.Equal((0, 3), (plain.GetDatabase().Database, keyed.GetDatabase().Database));
        Assert.True(await keyed.GetDatabase().StringSetAsync("keyed", "1"));
    }

    [Fact]
    public async Task Auto_activation_connects_at_start()
    {
        var builder = Builder([]);
        Register(builder, "redis", s => s.DisableAutoActivation = false);
        using var host = builder.Build();

        // Without a connection string the attempt is visible as its failure.
        await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_command_becomes_a_client_span_under_the_span_that_sent_it()
    {
        server.Require();
        var spans = new List<Activity>();
        using var test = new ActivitySource($"Redis.Contract.{GetType().Name}");
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == test.Name || s.Name == "OpenTelemetry.Instrumentation.StackExchangeRedis",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        Activity parent;
        using (var host = StartTraced())
        {
            var database = host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
            using (parent = test.StartActivity("parent")!)
            {
                await database.StringSetAsync("traced", "secret value");
            }
        } // disposing drains the profiler

        var span = Assert.Single(spans, s => s.TraceId == parent.TraceId && s.Source.Name != test.Name);
        Assert.Equal(("SET", ActivityKind.Client, parent.SpanId), (span.DisplayName, span.Kind, span.ParentSpanId));
        Assert.Equal(("redis", 0), (span.GetTagItem("db.system"), span.GetTagItem("db.redis.database_index")));
        Assert.Equal(("127.0.0.1", server.Port), (span.GetTagItem("server.address"), span.GetTagItem("server.port")));
        Assert.Equal(("127.0.0.1", server.Port), (span.GetTagItem("network.peer.address"), span.GetTagItem("network.peer.port")));
        Assert.Equal(["Enqueued", "Sent", "ResponseReceived"], span.Events.Select(e => e.Name));
        Assert.DoesNotContain(span.TagObjects, t => t.Value is string text && text.Contains("secret value", StringComparison.Ordinal));
    }

    protected virtual IHost StartTraced()
    {
        var builder = Builder(Connected());
        Register(builder, "redis");
        return builder.Build();
    }

    protected Dictionary<string, string?> Connected() => new() { ["ConnectionStrings:redis"] = server.ConnectionString };

    protected static HostApplicationBuilder Builder(Dictionary<string, string?> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        return builder;
    }

    private string EndpointOf(Dictionary<string, string?> settings, Action<XopcRedisSettings>? configure = null) =>
        OptionsOf(settings, configure).EndPoints.Single() is System.Net.DnsEndPoint { Host: var host, Port: var port } ? $"{host}:{port}" : "?";

    private ConfigurationOptions OptionsOf(Dictionary<string, string?> settings, Action<XopcRedisSettings>? configure = null)
    {
        var builder = Builder(settings);
        Register(builder, "redis", configure);
        using var host = builder.Build();
        return host.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;
    }
}
