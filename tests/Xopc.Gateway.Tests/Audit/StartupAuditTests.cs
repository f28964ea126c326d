using System.Net;
using System.Text.Json;
using Xopc.Configuration;

namespace Xopc.Gateway.Tests.Audit;

public sealed class StartupAuditTests : IDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("xopc-audit-");

    public void Dispose() => _state.Delete(recursive: true);

    [Fact]
    public async Task An_open_gateway_on_a_network_does_not_come_up()
    {
        var refused = await Assert.ThrowsAsync<ConfigException>(() => StartAsync(Open, edge => edge.ListensOn.Add("0.0.0.0")));

        Assert.Contains("gateway.auth.mode", refused.Message, StringComparison.Ordinal);
        Assert.Contains("allowUnauthenticatedNetwork", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strict_security_refuses_what_is_critical_and_names_all_of_it()
    {
        Write("""{"gateway":{"corsOrigins":["*"],"trustedProxies":["0.0.0.0/0"]}}""");

        var refused = await Assert.ThrowsAsync<ConfigException>(() => StartAsync(new() { ["XOPC_GATEWAY_STRICT_SECURITY"] = "1" }, edge => edge.ListensOn.Add("10.1.2.3")));

        Assert.Contains("gateway.cors.wildcard", refused.Message, StringComparison.Ordinal);
        Assert.Contains("gateway.trusted_proxy.everyone", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_findings_are_logged_and_answered_to_the_admin_alone()
    {
        Write("""{"gateway":{"corsOrigins":["*"]}}""");
        await using var edge = await StartAsync([]);

        using var stranger = await edge.Client.GetAsync(new Uri("/api/security/audit", UriKind.Relative), TestContext.Current.CancellationToken);
        using var request = edge.Request(HttpMethod.Get, "/api/security/audit", await TokenAsync());
        using var answer = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        var payload = body.RootElement.GetProperty("payload");
        Assert.Equal(1, payload.GetProperty("warn").GetInt32());
        Assert.Equal(
            ["gateway.cors.wildcard:warn", "gateway.auth.auto_generated_token:info"],
            payload.GetProperty("findings").EnumerateArray().Select(f => $"{f.GetProperty("checkId").GetString()}:{f.GetProperty("severity").GetString()}"));
        Assert.Contains(edge.Log.Lines, line => line.Text.Contains("gateway.cors.wildcard", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_configuration_that_others_can_read_is_found()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        Write("{}");
        File.SetUnixFileMode(Path.Combine(_state.FullName, "xopc.json"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.SetUnixFileMode(_state.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await using var edge = await StartAsync([]);

        using var request = edge.Request(HttpMethod.Get, "/api/security/audit", await TokenAsync());
        using var answer = await edge.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains("files.readable_by_others", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Open => new() { ["XOPC_GATEWAY_AUTH_MODE"] = "none" };

    private void Write(string json) => File.WriteAllText(Path.Combine(_state.FullName, "xopc.json"), json);

    private async Task<string> TokenAsync() =>
        (await File.ReadAllTextAsync(Path.Combine(_state.FullName, "credentials", "gateway-token"), TestContext.Current.CancellationToken)).Trim();

    private Task<EdgeHost> StartAsync(Dictionary<string, string> environment, Action<EdgeOptions>? configure = null) =>
        EdgeHost.StartAsync(configure: configure ?? (edge => edge.ListensOn.Add("127.0.0.1")), state: _state.FullName, environment: environment);
}
