namespace Xopc.Configuration.Tests;

public sealed class ConfigStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reload_swaps_the_configuration_and_tells_what_changed()
    {
        using var home = new Home("""{"gateway":{"port":1},"session":{"dmScope":"main"},"bindings":[]}""");
        using var store = home.NewStore();
        var changes = new List<ConfigChange>();
        using var registration = store.OnChange(changes.Add);

        home.Write("""{"gateway":{"port":2},"session":{"dmScope":"per-peer"},"agents":{"list":[{"id":"a"}]}}""");
        var result = await store.ReloadAsync(Token);

        var change = Assert.Single(changes);
        Assert.Equal(["agents.list", "bindings", "gateway.port", "session.dmScope"], change.Paths.Order(StringComparer.Ordinal));
        Assert.Equal(["gateway.port"], change.RestartPaths);
        Assert.Equal((1, 2), (change.Before.Gateway.Port, change.After.Gateway.Port));
        Assert.Equal((ConfigReloadOutcome.Reloaded, store.Hash), (result.Outcome, result.Hash));
        Assert.Same(change.After, store.Current);
        Assert.Equal("a", store.Router.Agents.DefaultId);
        Assert.Equal(["gateway.port"], store.PendingRestart);
    }

    [Fact]
    public async Task A_change_to_mode_none_waits_for_a_restart_and_one_from_it_does_not()
    {
        using var home = new Home("""{"gateway":{"auth":{"mode":"token"}}}""");
        using var store = home.NewStore();

        home.Write("""{"gateway":{"auth":{"mode":"none"}}}""");
        var opened = await store.ReloadAsync(Token);
        Assert.Equal(["gateway.auth.mode"], opened.RestartPaths);
        Assert.Equal(["gateway.auth.mode"], store.PendingRestart);

        home.Write("""{"gateway":{"auth":{"mode":"password","password":"correct horse battery"}}}""");
        var closed = await store.ReloadAsync(Token);
        Assert.Empty(closed.RestartPaths);
        Assert.Empty(store.PendingRestart);
    }

    [Fact]
    public async Task What_began_without_authentication_and_got_it_waits_for_a_restart_to_lose_it_again()
    {
        using var home = new Home("""{"gateway":{"auth":{"mode":"none"}}}""");
        using var store = home.NewStore();

        home.Write("""{"gateway":{"auth":{"mode":"token"}}}""");
        await store.ReloadAsync(Token);
        Assert.Empty(store.PendingRestart);

        home.Write("""{"gateway":{"auth":{"mode":"none"}}}""");
        var opened = await store.ReloadAsync(Token);
        Assert.Equal(["gateway.auth.mode"], opened.RestartPaths);
        Assert.Equal(["gateway.auth.mode"], store.PendingRestart);
    }

    [Fact]
    public async Task A_change_taken_back_no_longer_waits_for_a_restart()
    {
        using var home = new Home("""{"gateway":{"port":1}}""");
        using var store = home.NewStore();
        home.Write("""{"gateway":{"port":2}}""");
        await store.ReloadAsync(Token);
        home.Write("""{ "gateway": { "port": 1 } }""");

        await store.ReloadAsync(Token);

        Assert.Empty(store.PendingRestart);
    }

    [Theory]
    [InlineData("{ broken")]
    [InlineData("""{"gateway":{"port":0}}""")]
    [InlineData("""{"gateway":{"auth":{"token":"${GONE}"}}}""")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_bad_file_keeps_the_last_good_configuration(string? text)
    {
        using var home = new Home("""{"gateway":{"port":7}}""");
        using var store = home.NewStore();
        var (before, hash) = (store.Current, store.Hash);
        store.OnChange(_ => Assert.Fail("nothing changed"));
        if (text is null)
        {
            File.Delete(home.ConfigPath);
        }
        else
        {
            home.Write(text);
        }

        var result = await store.ReloadAsync(Token);

        Assert.Equal(ConfigReloadOutcome.Rejected, result.Outcome);
        Assert.Single(result.Errors);
        Assert.Same(before, store.Current);
        Assert.Equal(hash, store.Hash);
        Assert.NotNull(store.LastError);

        home.Write("""{"gateway":{"port":7}}""");
        Assert.Equal(ConfigReloadOutcome.Unchanged, (await store.ReloadAsync(Token)).Outcome);
        Assert.Null(store.LastError);
    }

    [Fact]
    public async Task Another_layout_of_the_same_text_is_a_new_hash_and_no_change()
    {
        using var home = new Home("""{"gateway":{"port":7}}""");
        using var store = home.NewStore();
        var hash = store.Hash;
        store.OnChange(_ => Assert.Fail("nothing changed"));
        home.Write("""{ "gateway": { "port": 7, "host": null } }""");

        var result = await store.ReloadAsync(Token);

        Assert.Equal((ConfigReloadOutcome.Reloaded, 0), (result.Outcome, result.Paths.Count));
        Assert.NotEqual(hash, store.Hash);
    }

    [Fact]
    public async Task What_the_environment_overrides_does_not_count_as_changed()
    {
        using var home = new Home("""{"gateway":{"port":7}}""");
        home.Environment["XOPC_GATEWAY_PORT"] = "9";
        using var store = home.NewStore();
        home.Write("""{"gateway":{"port":8}}""");

        var result = await store.ReloadAsync(Token);

        Assert.Empty(result.Paths);
        Assert.Empty(store.PendingRestart);
        Assert.Equal(9, store.Current.Gateway.Port);
    }

    [Fact]
    public async Task One_failing_handler_keeps_nobody_on_the_old_configuration()
    {
        using var home = new Home("{}");
        using var store = home.NewStore();
        var told = 0;
        store.OnChange(_ => throw new InvalidOperationException());
        var second = store.OnChange(_ => told++);
        home.Write("""{"gateway":{"port":8}}""");
        await store.ReloadAsync(Token);
        second.Dispose();
        second.Dispose();
        home.Write("""{"gateway":{"port":9}}""");

        await store.ReloadAsync(Token);

        Assert.Equal(1, told);
    }

    [Theory]
    [InlineData("agents.defaults.model", true)]
    [InlineData("agents.list", true)]
    [InlineData("agents.defaults.workspace", false)]
    [InlineData("bindings", true)]
    [InlineData("bindings[0].agentId", true)]
    [InlineData("session.dmScope", true)]
    [InlineData("channels.telegram.botToken", true)]
    [InlineData("cron.enabled", true)]
    [InlineData("models.detectOllama", true)]
    [InlineData("gateway.heartbeat.intervalMs", true)]
    [InlineData("gateway.heartbeatish", false)]
    [InlineData("gateway.port", false)]
    [InlineData("gateway.auth.token", true)]
    [InlineData("gateway.corsOrigins", true)]
    [InlineData("gateway.trustedProxies", true)]
    [InlineData("gateway.allowRealIpFallback", true)]
    [InlineData("gateway.dangerouslyAllowHostHeaderOriginFallback", true)]
    [InlineData("gateway.rateLimit.burst", true)]
    [InlineData("gateway.auth.rateLimit.maxAttempts", true)]
    [InlineData("gateway.maxSseConnections", true)]
    [InlineData("gateway.maxStreamsPerKey", true)]
    [InlineData("gateway.bind", false)]
    [InlineData("extensions.enabled", false)]
    [InlineData("agentsish", false)]
    [InlineData("", false)]
    public void Whether_a_key_is_hot_is_a_property_of_the_key(string path, bool hot) => Assert.Equal(hot, ConfigKeys.IsHot(path));
}
