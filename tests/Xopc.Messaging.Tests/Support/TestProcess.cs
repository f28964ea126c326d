using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Xopc.Messaging.Tests.Support;

/// <summary>What would be one process of the installation: a host with messaging in it.</summary>
internal sealed class TestProcess : IAsyncDisposable
{
    private readonly IHost _host;

    private TestProcess(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public IEventLog Events => _host.Services.GetRequiredService<IEventLog>();

    public IRunLog Runs => _host.Services.GetRequiredService<IRunLog>();

    public IControlBroadcast Control => _host.Services.GetRequiredService<IControlBroadcast>();

    public T Worker<T>()
        where T : DrainWorker => _host.Services.GetServices<IHostedService>().OfType<T>().Single();

    /// <param name="redis">Connection string; null: in process.</param>
    public static async Task<TestProcess> StartAsync(
        string? redis, string prefix, Action<HostApplicationBuilder>? configure = null, Dictionary<string, string?>? settings = null, TimeProvider? clock = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:redis"] = redis,
            ["Messaging:KeyPrefix"] = prefix,
            ["Messaging:Instance"] = $"test-{Guid.NewGuid():N}",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }

        if (redis is not null)
        {
            var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis);
            builder.Services.AddSingleton<IConnectionMultiplexer>(_ => multiplexer);
        }

        builder.AddXopcMessaging();
        configure?.Invoke(builder);
        var process = new TestProcess(builder.Build());
        await process._host.StartAsync(TestContext.Current.CancellationToken);
        return process;
    }

    public static string NewPrefix() => $"{{t{Guid.NewGuid():N}}}:";

    public Task StopAsync() => _host.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)_host).DisposeAsync();
    }
}
