using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Xopc.Configuration.Tests;

public sealed class ConfigWatcherTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ConfigWatcher NewWatcher(ConfigStore store) => new(store, TimeProvider.System, NullLogger<ConfigWatcher>.Instance);

    private static async Task<int> PortAfterAsync(ConfigStore store, int port, Action write)
    {
        var changed = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = store.OnChange(change =>
        {
            if (change.After.Gateway.Port == port)
            {
                changed.TrySetResult(change.After.Gateway.Port);
            }
        });
        write();
        return await changed.Task.WaitAsync(Home.Patience, Token);
    }

    [Fact]
    public async Task A_file_written_in_place_replaced_or_removed_and_written_anew_is_noticed()
    {
        using var home = new Home("""{"gateway":{"port":1}}""");
        using var store = home.NewStore();
        using var watcher = NewWatcher(store);
        await watcher.StartAsync(Token);

        Assert.Equal(2, await PortAfterAsync(store, 2, () => home.Write("""{"gateway":{"port":2}}""")));
        Assert.Equal(3, await PortAfterAsync(store, 3, () =>
        {
            // vim and most others: write beside it, rename over it.
            File.WriteAllText(home.ConfigPath + "~", """{"gateway":{"port":3}}""");
            File.Move(home.ConfigPath + "~", home.ConfigPath, overwrite: true);
        }));
        Assert.Equal(4, await PortAfterAsync(store, 4, () =>
        {
            // emacs and some others: move the old one away, write a new one.
            File.Move(home.ConfigPath, home.ConfigPath + "~");
            home.Write("""{"gateway":{"port":4}}""");
        }));

        await watcher.StopAsync(Token);
    }

    [Fact]
    public async Task A_bad_file_in_between_does_not_stop_the_watching()
    {
        using var home = new Home("""{"gateway":{"port":1}}""");
        using var store = home.NewStore();
        using var watcher = NewWatcher(store);
        await watcher.StartAsync(Token);
        home.Write("{ broken");

        Assert.Equal(2, await PortAfterAsync(store, 2, () => home.Write("""{"gateway":{"port":2}}""")));

        await watcher.StopAsync(Token);
    }

    [Fact]
    public async Task A_pipe_in_the_files_place_holds_nobody_up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Named pipes are no files there");
        using var home = new Home("""{"gateway":{"port":1}}""");
        using var store = home.NewStore();
        File.Delete(home.ConfigPath);
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [home.ConfigPath]))
        {
            await mkfifo.WaitForExitAsync(Token);
        }

        // On a thread of its own: what opens a pipe without a writer blocks the one it is on.
        var reload = await Task.Run(() => store.ReloadAsync(Token), Token).WaitAsync(Home.Patience, Token);

        Assert.Contains(reload.Errors, error => error.Problem.Contains("no regular file", StringComparison.Ordinal));
        Assert.Equal(1, store.Current.Gateway.Port);
    }

    [Fact]
    public async Task A_look_notices_what_no_event_tells_such_as_another_target_of_a_link()
    {
        using var home = new Home();
        var (first, second) = (Path.Combine(home.Root, "a.json"), Path.Combine(home.Root, "b.json"));
        File.WriteAllText(first, """{"gateway":{"port":1}}""");
        File.WriteAllText(second, """{"gateway":{"port":2}}""");
        File.CreateSymbolicLink(home.ConfigPath, first);
        using var store = home.NewStore();
        using var watcher = NewWatcher(store);
        Assert.Equal(ConfigReloadOutcome.Unchanged, (await watcher.CheckOnceAsync(Token))!.Outcome);
        Assert.Null(await watcher.CheckOnceAsync(Token));

        File.WriteAllText(first, """{"gateway":{"port":11}}""");
        Assert.Equal(ConfigReloadOutcome.Reloaded, (await watcher.CheckOnceAsync(Token))!.Outcome);
        Assert.Equal(11, store.Current.Gateway.Port);

        File.Delete(home.ConfigPath);
        File.CreateSymbolicLink(home.ConfigPath, second);
        Assert.Equal(ConfigReloadOutcome.Reloaded, (await watcher.CheckOnceAsync(Token))!.Outcome);
        Assert.Equal(2, store.Current.Gateway.Port);
        Assert.Null(await watcher.CheckOnceAsync(Token));
    }

    [Fact]
    public async Task A_change_between_the_load_and_the_start_is_noticed()
    {
        using var home = new Home("""{"gateway":{"port":1}}""");
        using var store = home.NewStore();
        using var watcher = NewWatcher(store);

        Assert.Equal(2, await PortAfterAsync(store, 2, () =>
        {
            home.Write("""{"gateway":{"port":2}}""");
            watcher.StartAsync(Token);
        }));

        await watcher.StopAsync(Token);
    }

    [Fact]
    public async Task The_registration_loads_at_once_and_only_once_and_watches()
    {
        using var home = new Home("""{"gateway":{"port":1}}""");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddXopcConfiguration(home.Variable).AddXopcConfiguration(_ => throw new InvalidOperationException("the first call decides"));
        Assert.Equal((1, home.Paths), (builder.StartupConfiguration().Config.Gateway.Port, builder.StartupPaths()));
        Assert.True(Directory.Exists(home.Paths.CredentialsDirectory));
        using var host = builder.Build();
        await host.StartAsync(Token);
        var store = host.Services.GetRequiredService<ConfigStore>();

        Assert.Equal(2, await PortAfterAsync(store, 2, () => home.Write("""{"gateway":{"port":2}}""")));

        await host.StopAsync(Token);
    }

    [Fact]
    public void A_bad_configuration_stops_the_registration_and_leaves_the_file_alone()
    {
        using var home = new Home("{ broken");
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());

        Assert.Throws<ConfigException>(() => builder.AddXopcConfiguration(home.Variable));

        Assert.Equal("{ broken", home.Text);
        Assert.Throws<InvalidOperationException>(() => builder.StartupConfiguration());
    }
}
