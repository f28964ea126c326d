using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xopc.ServiceDefaults.Redaction;
using Xopc.ServiceDefaults.Redis;

namespace Xopc.ServiceDefaults.Tests.Redis;

/// <summary>Our registration, in every build.</summary>
public sealed class RedisRegistrationTests(RedisServer server) : RedisRegistrationContract(server)
{
    private readonly RedisServer _server = server;

    protected override void Register(
        IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null) =>
        RedisRegistration.Add(builder, name, serviceKey: null, configureSettings, configureOptions);

    protected override void RegisterKeyed(
        IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null) =>
        RedisRegistration.Add(builder, name, serviceKey: name, configureSettings, configureOptions);

    [Fact]
    public void The_password_is_masked_everywhere_from_then_on()
    {
        _server.Require();
        var builder = Builder(Connected());
        var secrets = new SecretRegistry();
        builder.Services.AddSingleton(secrets);
        Register(builder, "redis");
        using var host = builder.Build();
        host.Services.GetRequiredService<IConnectionMultiplexer>();

        Assert.Equal("refused ***", new Redactor(secrets).Redact($"refused {RedisServer.Password}"));
    }

    [Fact]
    public async Task Spans_come_every_ten_seconds_also_without_a_parent_and_nothing_is_kept_when_nobody_listens()
    {
        _server.Require();
        var clock = new FakeTimeProvider();
        using var tracing = new RedisTracing(clock, new ConfigurationBuilder().AddInMemoryCollection([new("OTEL_SEMCONV_STABILITY_OPT_IN", "database")]).Build());
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_server.ConnectionString);
        tracing.Watch(connection);
        var seen = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == RedisTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.DisplayName == "HLEN")
                {
                    seen.TrySetResult(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        Activity.Current = null;

        await connection.GetDatabase().HashLengthAsync("orphan");
        clock.Advance(TimeSpan.FromSeconds(10));

        var span = await seen.Task.WaitAsync(Patience.Limit, TestContext.Current.CancellationToken);
        Assert.Equal(default, span.ParentSpanId);
        Assert.Equal(("redis", "HLEN", "0"), (span.GetTagItem("db.system.name"), span.GetTagItem("db.operation.name"), span.GetTagItem("db.namespace")));
        Assert.Null(span.GetTagItem("db.system"));
    }
}

#if XOPC_ASPIRE
/// <summary>Aspire's own registration, where its packages can be restored.</summary>
public sealed class AspireRedisRegistrationTests(RedisServer server) : RedisRegistrationContract(server)
{
    protected override void Register(
        IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null) =>
        builder.AddXopcRedis(name, configureSettings, configureOptions);

    protected override void RegisterKeyed(
        IHostApplicationBuilder builder, string name, Action<XopcRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null) =>
        builder.AddKeyedXopcRedis(name, configureSettings, configureOptions);

    // Aspire's spans hang on the tracer provider, which the host creates when it starts.
    protected override IHost StartTraced()
    {
        var host = base.StartTraced();
        _ = host.Services.GetService<OpenTelemetry.Trace.TracerProvider>();
        return host;
    }
}
#endif
