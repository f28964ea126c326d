using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Xopc.Cli.Hosting;
using Xopc.Configuration;

namespace Xopc.Cli.Tests.Hosting;

/// <summary>The real gateway in processes of its own.</summary>
public sealed class GatewayProcessTests : IDisposable
{
    // Generous: these start runtimes on a busy machine. What they assert about time is that the answer is not the five seconds of a cut.
    private readonly TemporaryDirectory _home = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose()
    {
        _http.Dispose();
        _home.Dispose();
    }

    private StatePaths Paths => new(Path.Combine(_home.Path, "state"), Path.Combine(_home.Path, "state", "xopc.json"));

    [Fact]
    public async Task It_becomes_healthy_says_where_it_is_answers_and_stops_on_SIGTERM_with_0()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals");
        await using var gateway = Start("gateway", "--port", "0");
        var url = await gateway.UrlAsync();

        using var health = JsonDocument.Parse(await _http.GetStringAsync(new Uri(url, "/health"), TestContext.Current.CancellationToken));
        Assert.Equal("healthy", health.RootElement.GetProperty("status").GetString());

        // The token that the banner tells to ask for, and the client that finds gateway and token by itself.
        await using var token = Start("gateway", "token");
        Assert.Equal(ExitCodes.Ok, await token.ExitAsync());
        var secret = token.Out.Trim();
        Assert.Contains($"{secret[..8]}…{secret[^8..]}", gateway.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, gateway.Out, StringComparison.Ordinal);
        Assert.Contains(Paths.StateDirectory, gateway.Out, StringComparison.Ordinal);
        using var refused = await _http.GetAsync(new Uri(url, "/api/status"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var asked = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/api/status")) { Headers = { { "Authorization", "Bearer " + secret } } };
        using var answered = await _http.SendAsync(asked, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);

        gateway.Signal("TERM");

        Assert.Equal(ExitCodes.Ok, await gateway.ExitAsync());
        Assert.DoesNotContain("cut off", gateway.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Paths.LocksDirectory, "*.lock"));
    }

    [Fact]
    public async Task A_second_gateway_is_refused_with_the_first_ones_process_and_address()
    {
        await using var first = Start("gateway", "--port", "0");
        var url = await first.UrlAsync();

        await using var second = Start("gateway", "--port", "0");

        Assert.Equal(ExitCodes.Failed, await second.ExitAsync());
        Assert.Contains($"process {first.Id}", second.Error, StringComparison.Ordinal);
        Assert.Contains(url.ToString().TrimEnd('/'), second.Error, StringComparison.Ordinal);
        Assert.Equal(first.Id, GatewayLock.FindOwner(Paths)?.Pid);
    }

    [Fact]
    public async Task A_killed_gateway_frees_its_lock_at_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals");
        await using var killed = Start("gateway", "--port", "0");
        await killed.UrlAsync();
        killed.Signal("KILL");
        await killed.ExitAsync();
        Assert.NotEmpty(Directory.GetFiles(Paths.LocksDirectory, "*.lock"));
        Assert.Null(GatewayLock.FindOwner(Paths));

        await using var next = Start("gateway", "--port", "0");

        await next.UrlAsync();
        Assert.Equal(next.Id, GatewayLock.FindOwner(Paths)?.Pid);
    }

    [Fact]
    public async Task A_port_in_use_is_told_with_who_has_it_and_how_to_choose_another()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        await using var gateway = Start("gateway", "--port", port.ToString());

        Assert.Equal(ExitCodes.Failed, await gateway.ExitAsync());
        Assert.Contains($"port {port} on 127.0.0.1 is in use", gateway.Error, StringComparison.Ordinal);
        Assert.Contains("--port", gateway.Error, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains($"process {Environment.ProcessId} ", gateway.Error, StringComparison.Ordinal);
        }

        // It gave the lock back: the next start is judged by the port alone.
        Assert.Null(GatewayLock.FindOwner(Paths));
    }

    [Fact]
    public async Task A_broken_configuration_is_told_whole_and_exits_with_78()
    {
        _home.File("state/xopc.json", """{"gateway":{"port":"many","bind":"nowhere"},"agents":{"list":[{"id":"Not An Id!"}]}}""");

        await using var gateway = Start("gateway");

        Assert.Equal(ExitCodes.Configuration, await gateway.ExitAsync());
        Assert.Contains("gateway.port", gateway.Error, StringComparison.Ordinal);
        Assert.Contains("gateway.bind", gateway.Error, StringComparison.Ordinal);
        Assert.Contains("agents.list", gateway.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", gateway.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_read_from_the_working_directory()
    {
        _home.File("appsettings.json", """{"urls":"http://127.0.0.1:1","Kestrel":{"Endpoints":{"Http":{"Url":"http://127.0.0.1:1"}}}}""");
        _home.File(".env", "XOPC_GATEWAY_AUTH_MODE=none");
        await using var gateway = Start("gateway", "--port", "0");

        var url = await gateway.UrlAsync();

        Assert.NotEqual(1, url.Port);
        using var refused = await _http.GetAsync(new Uri(url, "/api/status"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task The_platforms_address_is_taken_unless_an_option_names_one()
    {
        await using var hosted = XopcProcess.Start(
            _home.Path, new Dictionary<string, string> { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["XOPC_GATEWAY_PORT"] = "1" }, "gateway");

        Assert.NotEqual(1, (await hosted.UrlAsync()).Port);
    }

    private XopcProcess Start(params string[] args) => XopcProcess.Start(_home.Path, null, args);
}
