using System.Text.Json;

namespace Xopc.Cli.Tests.Commands;

public sealed class SecurityAuditTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_new_installation_has_nothing_dangerous()
    {
        using var cli = Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("security", "audit"));
        Assert.Contains("0 critical, 0 warnings", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_critical_comes_with_its_remedy_and_exit_code_1()
    {
        _home.File("xopc.json", """{"gateway":{"bind":"lan","auth":{"mode":"none"},"corsOrigins":["*"]}}""");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("security", "audit"));

        Assert.StartsWith("critical", cli.Out, StringComparison.Ordinal);
        Assert.Contains("gateway.auth.none_on_network", cli.Out, StringComparison.Ordinal);
        Assert.Contains("Set gateway.auth.mode to token", cli.Out, StringComparison.Ordinal);
        Assert.Empty(cli.Error);
    }

    [Fact]
    public async Task As_JSON_it_is_one_object_without_secrets()
    {
        _home.File("xopc.json", """{"gateway":{"auth":{"token":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}}""");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("security", "audit", "--json"));

        using var report = JsonDocument.Parse(cli.Out);
        Assert.Equal(1, report.RootElement.GetProperty("critical").GetInt32());
        Assert.Equal("gateway.auth.low_entropy_token", report.RootElement.GetProperty("findings")[0].GetProperty("checkId").GetString());
        Assert.DoesNotContain("aaaaaaaa", cli.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_that_cannot_be_used_is_said_to_be_that()
    {
        _home.File("xopc.json", """{"gateway":{"tls":{"certFile":"relative.pem"}}}""");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("security", "audit"));
        Assert.Contains("gateway.tls.certFile", cli.Error, StringComparison.Ordinal);
    }

    private Cli Cli() => new() { Environment = { ["XOPC_STATE_DIR"] = _home.Path } };
}
