using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Xopc.Contracts.Messages;

namespace Xopc.Configuration.Tests;

public sealed class ConfigHealthTests
{
    private const string Canary = "canary-5ecret-0123456789";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_health_of_the_configuration_names_what_runs_and_why_the_file_is_not_it()
    {
        using var home = new Home("{}");
        using var store = home.NewStore();
        var check = new ConfigHealthCheck(store);
        var first = store.Hash[..12];
        Assert.Equal((HealthStatus.Healthy, first), await AskAsync(check));

        home.Write("""{"gateway":{"port":5}}""");
        var (status, text) = await AskAsync(check);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.Contains("not applied yet", text, StringComparison.Ordinal);

        await store.ReloadAsync(Cancelled);
        Assert.Equal((HealthStatus.Healthy, store.Hash[..12] + "; 1 changed since the start and wait for a restart"), await AskAsync(check));

        var good = store.Hash[..12];
        home.Write("{\"gateway\":{\"auth\":{\"token\":\"" + Canary + " " + Canary + "\"}}}");
        await store.ReloadAsync(Cancelled);
        (status, text) = await AskAsync(check);
        Assert.Equal(HealthStatus.Degraded, status);
        Assert.StartsWith(good + " runs; the file is rejected: gateway.auth.token", text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_hears_that_somebody_saved_reads_the_file_without_waiting_for_the_file_system()
    {
        using var home = new Home("{}");
        using var store = home.NewStore();
        // A clock that stands still: neither the debounce nor the poll ever ends.
        using var watcher = new ConfigWatcher(store, new Microsoft.Extensions.Time.Testing.FakeTimeProvider(), NullLogger<ConfigWatcher>.Instance);
        var swapped = new TaskCompletionSource();
        using var registration = store.OnChange(_ => swapped.TrySetResult());
        await watcher.StartAsync(Cancelled);
        await store.ReloadAsync(Cancelled);
        await home.NewFile().SaveAsync(null, document => document["commands"] = new System.Text.Json.Nodes.JsonObject { ["restart"] = false }, Cancelled);

        watcher.Hear(new ControlMessage(ControlKinds.Abort, "run"));
        watcher.Hear(new ControlMessage(ControlKinds.Reload, "another hash"));

        var first = await Task.WhenAny(swapped.Task, Task.Delay(Home.Patience, Cancelled));
        await watcher.StopAsync(Cancelled);
        Assert.Same(swapped.Task, first);
        Assert.False(store.Current.Commands.Restart);
    }

    private static async Task<(HealthStatus Status, string? Text)> AskAsync(ConfigHealthCheck check)
    {
        var result = await check.CheckHealthAsync(new HealthCheckContext(), Cancelled);
        return (result.Status, result.Description);
    }
}
