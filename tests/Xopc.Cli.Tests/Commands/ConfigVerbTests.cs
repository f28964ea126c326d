namespace Xopc.Cli.Tests.Commands;

public sealed class ConfigVerbTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_path_is_printed_alone_whether_the_file_exists_or_not()
    {
        using var cli = Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("config", "path"));
        Assert.Equal(Path.Combine(_home.Path, "xopc.json") + "\n", cli.Out);
    }

    [Fact]
    public async Task A_valid_file_and_none_at_all_are_told_apart()
    {
        using var none = Cli();
        Assert.Equal(ExitCodes.Ok, await none.RunAsync("config", "validate"));
        Assert.Contains("does not exist", none.Out, StringComparison.Ordinal);

        _home.File("xopc.json", "{}");
        using var valid = Cli();
        Assert.Equal(ExitCodes.Ok, await valid.RunAsync("config", "validate"));
        Assert.Contains("is valid", valid.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_error_is_listed_at_once_and_the_file_stays_as_it_was()
    {
        const string broken = """{"gateway":{"port":99999,"bind":"nowhere","auth":{"mode":"magic"}}}""";
        var file = _home.File("xopc.json", broken);
        using var cli = Cli();

        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("config", "validate"));

        foreach (var path in (string[])["gateway.port", "gateway.bind", "gateway.auth.mode"])
        {
            Assert.Contains(path, cli.Error, StringComparison.Ordinal);
        }

        Assert.Empty(cli.Out);
        Assert.Equal(broken, File.ReadAllText(file));
    }

    [Fact]
    public async Task A_file_that_is_not_JSON_is_a_configuration_error()
    {
        _home.File("xopc.json", "{ gateway: ");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Configuration, await cli.RunAsync("agent", "-m", "Hi"));
        Assert.Contains("xopc.json", cli.Error, StringComparison.Ordinal);
    }

    private Cli Cli() => new() { Environment = { ["XOPC_STATE_DIR"] = _home.Path } };
}
