using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xopc.Cli.Commands;
using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Tests.Hosting;

public sealed class GatewayLockTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    private StatePaths Paths => new(_home.Path, Path.Combine(_home.Path, "xopc.json"));

    [Fact]
    public void The_file_is_named_after_the_configuration_and_says_who_has_it()
    {
        var paths = Paths;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalPath.Of(paths.ConfigFile))))[..8];
        using var held = GatewayLock.TryAcquire(paths, TimeProvider.System);

        var file = Path.Combine(paths.LocksDirectory, $"gateway.{hash}.lock");
        using var content = JsonDocument.Parse(File.ReadAllText(file));
        Assert.Equal(Environment.ProcessId, content.RootElement.GetProperty("pid").GetInt32());
        Assert.Equal(CanonicalPath.Of(paths.ConfigFile), content.RootElement.GetProperty("configPath").GetString());
        Assert.Equal(ProcessIdentity.StartTimeOf(Environment.ProcessId), content.RootElement.GetProperty("startTime").GetInt64());
        Assert.True(content.RootElement.GetProperty("createdAt").TryGetDateTimeOffset(out _));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void Edges_stand_beside_each_other_on_ports_of_their_own_and_a_whole_gateway_beside_nobody()
    {
        var first = GatewayLock.TryAcquire(Paths, TimeProvider.System, edgePort: 1);
        using var second = GatewayLock.TryAcquire(Paths, TimeProvider.System, edgePort: 2);
        first!.Announce("http://127.0.0.1:1");
        second!.Announce("http://127.0.0.1:2");

        Assert.Null(GatewayLock.TryAcquire(Paths, TimeProvider.System, edgePort: 2));
        Assert.Null(GatewayLock.TryAcquire(Paths, TimeProvider.System));
        Assert.Equal("http://127.0.0.1:1", GatewayLock.FindOwner(Paths)?.Url);

        first.Dispose();
        Assert.Equal("http://127.0.0.1:2", GatewayLock.FindOwner(Paths)?.Url);
        Assert.Null(GatewayLock.TryAcquire(Paths, TimeProvider.System));
    }

    [Fact]
    public void An_edge_beside_a_whole_gateway_is_refused()
    {
        using var whole = GatewayLock.TryAcquire(Paths, TimeProvider.System);

        Assert.Null(GatewayLock.TryAcquire(Paths, TimeProvider.System, edgePort: 2));
    }

    [Fact]
    public void A_second_one_is_refused_until_the_first_lets_go_and_leaves_no_trace()
    {
        var first = GatewayLock.TryAcquire(Paths, TimeProvider.System);
        Assert.NotNull(first);
        Assert.Null(GatewayLock.TryAcquire(Paths, TimeProvider.System));
        Assert.Equal(Environment.ProcessId, GatewayLock.FindOwner(Paths)?.Pid);

        first.Dispose();

        Assert.Null(GatewayLock.FindOwner(Paths));
        Assert.Empty(Directory.GetFiles(Paths.LocksDirectory, "*.lock"));
        using var second = GatewayLock.TryAcquire(Paths, TimeProvider.System);
        Assert.NotNull(second);
    }

    [Fact]
    public void Another_configuration_is_another_lock()
    {
        using var first = GatewayLock.TryAcquire(Paths, TimeProvider.System);
        using var second = GatewayLock.TryAcquire(Paths with { ConfigFile = Path.Combine(_home.Path, "other.json") }, TimeProvider.System);

        Assert.NotNull(second);
    }

    [Fact]
    public void Two_ways_to_write_a_path_are_one_configuration()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Symbolic links need a privilege there");
        var real = Directory.CreateDirectory(Path.Combine(_home.Path, "real")).FullName;
        var link = Directory.CreateSymbolicLink(Path.Combine(_home.Path, "link"), real).FullName;
        using var first = GatewayLock.TryAcquire(Paths with { ConfigFile = Path.Combine(real, "xopc.json") }, TimeProvider.System);

        Assert.Null(GatewayLock.TryAcquire(Paths with { ConfigFile = Path.Combine(link, "xopc.json") }, TimeProvider.System));
        Assert.Null(GatewayLock.TryAcquire(Paths with { ConfigFile = Path.Combine(real, "..", "real", "xopc.json") }, TimeProvider.System));
    }

    [Fact]
    public void What_a_dead_owner_left_behind_is_overwritten()
    {
        Leave(new LockOwner(Environment.ProcessId, DateTimeOffset.UnixEpoch, "/elsewhere", StartTime: 1, "http://127.0.0.1:1"));

        using var held = GatewayLock.TryAcquire(Paths, TimeProvider.System);

        Assert.NotNull(held);
        Assert.Equal(CanonicalPath.Of(Paths.ConfigFile), GatewayLock.FindOwner(Paths)?.ConfigPath);
    }

    [Fact]
    public void A_process_that_got_the_id_of_a_dead_owner_is_not_taken_for_it()
    {
        Leave(new LockOwner(Environment.ProcessId, DateTimeOffset.UnixEpoch, Paths.ConfigFile, ProcessIdentity.StartTimeOf(Environment.ProcessId) - 1, "http://127.0.0.1:1"));
        Assert.Null(GatewayLock.FindOwner(Paths));

        Leave(new LockOwner(Environment.ProcessId, DateTimeOffset.UnixEpoch, Paths.ConfigFile, ProcessIdentity.StartTimeOf(Environment.ProcessId), "http://127.0.0.1:1"));
        Assert.NotNull(GatewayLock.FindOwner(Paths));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"pid":"many"}""")]
    [InlineData("\u0000\u0001")]
    public void Content_that_is_none_names_nobody_and_stops_nobody(string content)
    {
        Directory.CreateDirectory(Paths.LocksDirectory);
        File.WriteAllText(Paths.GatewayLockFile, content);

        Assert.Null(GatewayLock.FindOwner(Paths));
        using var held = GatewayLock.TryAcquire(Paths, TimeProvider.System);
        Assert.NotNull(held);
    }

    [Fact]
    public void The_address_is_added_when_it_is_known()
    {
        using var held = GatewayLock.TryAcquire(Paths, TimeProvider.System);
        Assert.Null(GatewayLock.FindOwner(Paths)!.Url);

        held!.Announce("http://127.0.0.1:4711");

        Assert.Equal("http://127.0.0.1:4711", GatewayLock.FindOwner(Paths)?.Url);
    }

    [Theory]
    [InlineData("not an address")]
    [InlineData("http://")]
    [InlineData("/run/xopc")]
    [InlineData("gopher://127.0.0.1:1")]
    [InlineData("")]
    public void An_announced_address_that_is_none_leaves_the_one_of_the_configuration(string url)
    {
        using var cli = new Cli();
        cli.Environment["XOPC_STATE_DIR"] = _home.Path;
        var configured = FindGateway.Run(cli.Context, url: null, token: "the-token").Address;
        using var held = GatewayLock.TryAcquire(StatePaths.Resolve(name => cli.Environment.GetValueOrDefault(name)), TimeProvider.System);

        held!.Announce("http://127.0.0.1:4711");
        Assert.Equal(new Uri("http://127.0.0.1:4711"), FindGateway.Run(cli.Context, url: null, token: "the-token").Address);
        held.Announce(url);
        Assert.Equal(configured, FindGateway.Run(cli.Context, url: null, token: "the-token").Address);
    }

    [Theory]
    [InlineData("1 (a) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8123 9", 8123L)]
    [InlineData("1 (a ) b (c) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 8123 9", 8123L)]
    [InlineData("1 (a) S 1 1", null)]
    [InlineData("", null)]
    public void The_start_time_is_counted_from_the_last_bracket(string stat, long? expected) => Assert.Equal(expected, ProcessIdentity.FromStat(stat));

    private void Leave(LockOwner owner)
    {
        Directory.CreateDirectory(Paths.LocksDirectory);
        File.WriteAllText(Paths.GatewayLockFile, JsonSerializer.Serialize(owner, CliJson.Default.LockOwner));
    }
}
