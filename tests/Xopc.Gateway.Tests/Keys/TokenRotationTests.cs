using Microsoft.Extensions.DependencyInjection;
using Xopc.Configuration;
using Xopc.Contracts;
using Xopc.Contracts.Messages;
using Xopc.Gateway.Edge;
using Xopc.Messaging;

namespace Xopc.Gateway.Tests.Keys;

/// <summary>The main token is replaced while the gateway runs; the old one is worth nothing from that moment.</summary>
public sealed class TokenRotationTests
{
    private const string Refresh = "/api/auth/token/refresh";
    private const string Written = "a-token-written-into-the-file";
    private const string WithToken = """{"gateway":{"auth":{"mode":"token","token":"a-token-written-into-the-file"}},"unknown":1}""";
    private static readonly HttpMethod Get = HttpMethod.Get;
    private static readonly HttpMethod Post = HttpMethod.Post;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_new_token_is_answered_once_and_the_old_one_loses_what_it_has_open()
    {
        await using var edge = await KeyHost.StartAsync();
        var old = edge.MainToken();
        var (_, key) = await edge.CreateAsync(old, """{"name":"a","scope":"operator.read"}""");
        await using var stream = await edge.OpenStreamAsync(old);

        var answer = await edge.PayloadAsync(Post, Refresh, old);

        var fresh = answer.GetProperty("token").GetString()!;
        Assert.Matches("^[0-9a-f]{48}$", fresh);
        Assert.NotEqual(old, fresh);
        Assert.Equal(fresh, edge.MainToken()); // on the disk
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", old));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", fresh));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", key));
        await stream.EndsAsync();
        Assert.DoesNotContain(old, answer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(old, edge.Log.Everything, StringComparison.Ordinal);
        Assert.DoesNotContain(fresh, edge.Log.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_token_is_can_be_asked_but_not_the_token()
    {
        await using var edge = await KeyHost.StartAsync();

        var facts = await edge.PayloadAsync(Get, "/api/auth/token", edge.MainToken());

        Assert.Equal("token", facts.GetProperty("mode").GetString());
        Assert.True(facts.GetProperty("generated").GetBoolean());
        Assert.False(facts.TryGetProperty("token", out _));
        Assert.DoesNotContain(edge.MainToken(), facts.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_another_process_replaced_is_noticed_and_closes_streams()
    {
        await using var edge = await KeyHost.StartAsync();
        var old = edge.MainToken();
        await using var stream = await edge.OpenStreamAsync(old);

        var fresh = GatewayTokenFile.Rotate(Path.Combine(edge.State, "credentials"));

        await stream.EndsAsync(); // by the watch's own look
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", old));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", fresh));
    }

    [Fact]
    public async Task A_file_that_holds_no_token_changes_nothing()
    {
        await using var edge = await KeyHost.StartAsync();
        var token = edge.MainToken();
        await File.WriteAllTextAsync(Path.Combine(edge.State, "credentials", "gateway-token"), "rubbish", Cancelled);

        await edge.Services.GetRequiredService<CredentialWatch>().DrainOnceAsync(Cancelled);

        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", token));
        Assert.DoesNotContain("rubbish", edge.Log.Everything, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_written_in_the_configuration_is_replaced_there()
    {
        using var home = new Home(WithToken);
        await using var edge = await KeyHost.StartAsync(home.Path);
        await using var stream = await edge.OpenStreamAsync(Written);

        var fresh = (await edge.PayloadAsync(Post, Refresh, Written)).GetProperty("token").GetString()!;

        await stream.EndsAsync();
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", Written));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", fresh));
        var text = await File.ReadAllTextAsync(home.Config, Cancelled);
        Assert.Contains(fresh, text, StringComparison.Ordinal);
        Assert.Contains("\"unknown\": 1", text, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(home.Path, "credentials", "gateway-token")));
    }

    [Theory]
    [InlineData("XOPC_GATEWAY_TOKEN", "{}", "XOPC_GATEWAY_TOKEN")]
    [InlineData("MY_TOKEN", """{"gateway":{"auth":{"token":"${MY_TOKEN}"}}}""", "${MY_TOKEN}")]
    public async Task A_token_that_comes_from_outside_is_a_conflict_that_names_its_place(string variable, string config, string named)
    {
        using var home = new Home(config);
        await using var edge = await KeyHost.StartAsync(home.Path, new Dictionary<string, string> { [variable] = Written });

        using var response = await edge.SendAsync(Post, Refresh, Written);

        await response.IsErrorAsync(ErrorCode.Conflict);
        Assert.Contains(named, await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", Written));
    }

    [Fact]
    public async Task In_password_mode_there_is_no_token_to_replace()
    {
        using var home = new Home("""{"gateway":{"auth":{"mode":"password","password":"a pass word"}}}""");
        await using var edge = await KeyHost.StartAsync(home.Path);

        using var response = await edge.SendAsync(Post, Refresh, "a pass word");

        await response.IsErrorAsync(ErrorCode.Conflict);
        Assert.Equal("password", (await edge.PayloadAsync(Get, "/api/auth/token", "a pass word")).GetProperty("mode").GetString());
    }

    [Fact]
    public async Task A_changed_password_or_mode_in_the_configuration_counts_after_the_reload_and_a_weak_token_does_not()
    {
        using var home = new Home("""{"gateway":{"auth":{"mode":"password","password":"the first one"}}}""");
        await using var edge = await KeyHost.StartAsync(home.Path);
        await using var stream = await edge.OpenStreamAsync("the first one");

        await ReloadAsync(edge, home, """{"gateway":{"auth":{"mode":"password","password":"the second one"}}}""");
        await stream.EndsAsync();
        Assert.Equal((401, 200), (await edge.StatusAsync(Get, "/api/who", "the first one"), await edge.StatusAsync(Get, "/api/who", "the second one")));

        await ReloadAsync(edge, home, """{"gateway":{"auth":{"mode":"token","token":"short"}}}""");
        Assert.Equal((401, 200), (await edge.StatusAsync(Get, "/api/who", "short"), await edge.StatusAsync(Get, "/api/who", "the second one")));

        await ReloadAsync(edge, home, WithToken);
        Assert.Equal((401, 200), (await edge.StatusAsync(Get, "/api/who", "the second one"), await edge.StatusAsync(Get, "/api/who", Written)));
    }

    [Fact]
    public async Task Switching_authentication_off_waits_for_a_restart()
    {
        using var home = new Home(WithToken);
        await using var edge = await KeyHost.StartAsync(home.Path);

        await ReloadAsync(edge, home, """{"gateway":{"auth":{"mode":"none"}}}""");

        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", null));
        Assert.Equal(200, await edge.StatusAsync(Get, "/api/who", Written));
    }

    [Fact]
    public async Task What_was_open_without_a_credential_ends_when_one_is_asked_for()
    {
        using var home = new Home("""{"gateway":{"auth":{"mode":"none"}}}""");
        await using var edge = await KeyHost.StartAsync(home.Path);
        await using var stream = await edge.OpenStreamAsync(null);

        await ReloadAsync(edge, home, WithToken);

        await stream.EndsAsync();
        Assert.Equal(401, await edge.StatusAsync(Get, "/api/who", null));
    }

    [Fact]
    public async Task Another_edge_of_the_installation_takes_the_new_token_over_when_it_is_told()
    {
        using var home = new Home(WithToken);
        await using var first = await KeyHost.StartAsync(home.Path);
        await using var second = await KeyHost.StartAsync(home.Path);
        await using var stream = await second.OpenStreamAsync(Written);

        var fresh = (await first.PayloadAsync(Post, Refresh, Written)).GetProperty("token").GetString()!;
        await second.Services.GetRequiredService<IControlBroadcast>().SendAsync(new ControlMessage(ControlKinds.Revoke, "operator"), Cancelled);

        await stream.EndsAsync();
        Assert.Equal((401, 200), (await second.StatusAsync(Get, "/api/who", Written), await second.StatusAsync(Get, "/api/who", fresh)));
    }

    [Fact]
    public async Task A_key_may_rotate_unless_it_expires_for_the_main_token_does_not()
    {
        await using var edge = await KeyHost.StartAsync();
        var (_, forever) = await edge.CreateAsync(edge.MainToken(), """{"name":"forever","scope":"operator.admin"}""");
        var (_, short_) = await edge.CreateAsync(edge.MainToken(), """{"name":"short","scope":"operator.admin","expiresInDays":1}""");
        var token = edge.MainToken();

        Assert.Equal(403, await edge.StatusAsync(Post, Refresh, short_));
        Assert.Equal(token, edge.MainToken());
        Assert.Equal(200, await edge.StatusAsync(Post, Refresh, forever));
        Assert.NotEqual(token, edge.MainToken());
    }

    private static async Task ReloadAsync(EdgeHost edge, Home home, string config)
    {
        await File.WriteAllTextAsync(home.Config, config, Cancelled);
        await edge.Services.GetRequiredService<ConfigStore>().ReloadAsync(Cancelled);
        await edge.Services.GetRequiredService<CredentialWatch>().DrainOnceAsync(Cancelled);
    }

    private sealed class Home : IDisposable
    {
        private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("xopc-rotation-");

        public Home(string config) => File.WriteAllText(Config, config);

        public string Path => _directory.FullName;

        public string Config => System.IO.Path.Combine(Path, "xopc.json");

        public void Dispose() => _directory.Delete(recursive: true);
    }
}
