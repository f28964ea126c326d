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

    [Theory]
    [InlineData("gateway.auth.mode", "none", "started again")]
    [InlineData("gateway.port", "4711", "started again")]
    [InlineData("agents.defaults.temperature", "0.5", "at once")]
    public async Task Setting_a_key_says_whether_a_running_gateway_takes_it_over(string path, string value, string said)
    {
        _home.File("xopc.json", "{}");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("config", "set", path, value));

        Assert.Contains(said, cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_is_set_read_and_removed_without_a_gateway()
    {
        var file = _home.File("xopc.json", """{"future":{"kept":true},"gateway":{"auth":{"token":"${NOT_HERE}"}}}""");
        Assert.Equal(ExitCodes.Ok, await RunAsync("config", "set", "agents.defaults.model", "openai/gpt-5"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("config", "set", "agents.defaults.temperature", "0.25"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("config", "set", "gateway.corsOrigins", "[\"http://localhost:5173\"]"));
        Assert.Equal(ExitCodes.Ok, await RunAsync("config", "unset", "agents.defaults.model"));

        var stored = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        Assert.Equal("""{"temperature":0.25}""", stored["agents"]!["defaults"]!.ToJsonString());
        Assert.Equal("${NOT_HERE}", (string?)stored["gateway"]!["auth"]!["token"]);
        Assert.True((bool)stored["future"]!["kept"]!);

        using var get = Cli();
        get.Environment["NOT_HERE"] = "0123456789abcdef-canary";
        Assert.Equal(ExitCodes.Ok, await get.RunAsync("config", "get", "agents.defaults.temperature"));
        Assert.Equal(ExitCodes.Ok, await get.RunAsync("config", "get", "gateway.auth.token", "--json"));
        Assert.Equal(ExitCodes.Ok, await get.RunAsync("config", "get", "gateway.corsOrigins[0]"));
        Assert.Equal("0.25\n\"***\"\nhttp://localhost:5173\n", get.Out);
        Assert.Equal(ExitCodes.Ok, await get.RunAsync("config", "get"));
        Assert.DoesNotContain("canary", get.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Failed, await get.RunAsync("config", "get", "gateway.nothing"));
    }

    [Theory]
    [InlineData("gateway.port", "0")]
    [InlineData("gateway.port", "eighty")]
    [InlineData("gateway.typo", "1")]
    [InlineData("agents.list[0].name", "x")]
    [InlineData("gateway..port", "1")]
    [InlineData("gateway.auth.token", "***")]
    public async Task What_would_not_be_valid_is_not_saved(string path, string value)
    {
        var file = _home.File("xopc.json", "{}");
        using var cli = Cli();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync("config", "set", path, value));

        Assert.NotEmpty(cli.Error);
        Assert.Equal("{}", File.ReadAllText(file));
    }

    [Fact]
    public async Task The_schema_is_printed_for_editors()
    {
        using var cli = Cli();

        Assert.Equal(ExitCodes.Ok, await cli.RunAsync("config", "schema"));

        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)System.Text.Json.Nodes.JsonNode.Parse(cli.Out)!["$schema"]);
    }

    private async Task<int> RunAsync(params string[] args)
    {
        using var cli = Cli();
        return await cli.RunAsync(args);
    }

    private Cli Cli() => new() { Environment = { ["XOPC_STATE_DIR"] = _home.Path } };
}
