using System.Text.Json;

namespace Xopc.Cli.Tests.Commands;

/// <summary>Keys by the command line, with no gateway running.</summary>
public sealed class KeysVerbTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_key_is_printed_once_and_alone()
    {
        using var create = Cli();
        using var list = Cli();

        Assert.Equal(ExitCodes.Ok, await create.RunAsync("keys", "create", "laptop", "--scope", "write", "--agent", "Main", "--expires", "30d"));
        Assert.Equal(ExitCodes.Ok, await list.RunAsync("keys", "list"));

        Assert.Matches("^xk_[A-Za-z0-9]{12}_[A-Za-z0-9]{43}\n$", create.Out);
        var id = create.Out[3..15];
        Assert.Contains("only in the agents main", create.Error, StringComparison.Ordinal);
        Assert.Contains($"xopc keys revoke {id}", create.Error, StringComparison.Ordinal);
        Assert.Matches($"(?m)^{id}  active  write .* laptop .*main$", list.Out);
        Assert.DoesNotContain(create.Out[16..^1], list.Out + list.Error + create.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_json_everything_is_in_one_object()
    {
        using var create = Cli();
        using var list = Cli();

        await create.RunAsync("keys", "create", "phone", "--scope", "read", "--session", "main:webchat:default:direct:a", "--json");
        await list.RunAsync("keys", "list", "--json");

        var made = JsonDocument.Parse(create.Out).RootElement;
        var listed = JsonDocument.Parse(list.Out).RootElement;
        Assert.StartsWith("xk_", made.GetProperty("key").GetString(), StringComparison.Ordinal);
        Assert.Equal("main:webchat:default:direct:a", made.GetProperty("sessions")[0].GetString());
        Assert.Equal("cli", listed.GetProperty("createdBy").GetString());
        Assert.False(listed.TryGetProperty("key", out _));
        Assert.Empty(create.Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_is_revoked_by_name_or_by_id(bool byName)
    {
        using var create = Cli();
        await create.RunAsync("keys", "create", "laptop", "--scope", "write");
        using var revoke = Cli();
        using var again = Cli();
        using var list = Cli();
        var named = byName ? "laptop" : create.Out[3..15];

        Assert.Equal(ExitCodes.Ok, await revoke.RunAsync("keys", "revoke", named));
        Assert.Equal(byName ? ExitCodes.Failed : ExitCodes.Ok, await again.RunAsync("keys", "revoke", named));
        await list.RunAsync("keys", "list");

        Assert.Contains("revoked", list.Out, StringComparison.Ordinal);
        Assert.Contains(byName ? "xopc keys list" : "before", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("n\n", ExitCodes.Failed, "active")]
    [InlineData("", ExitCodes.Failed, "active")]
    [InlineData("y\n", ExitCodes.Ok, "revoked")]
    public async Task A_person_is_asked_before_a_key_ends(string answer, int code, string state)
    {
        using var create = Cli();
        await create.RunAsync("keys", "create", "laptop", "--scope", "write");
        using var revoke = Cli();
        (revoke.Decorated, revoke.Input) = (true, new StringReader(answer));
        using var list = Cli();

        Assert.Equal(code, await revoke.RunAsync("keys", "revoke", "laptop"));

        await list.RunAsync("keys", "list");
        Assert.Contains(state, list.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys", "create", "x")]
    [InlineData("keys", "create", "x", "--scope", "root")]
    [InlineData("keys", "create", "x", "--scope", "read", "--expires", "soon")]
    [InlineData("keys", "create", "x", "--scope", "read", "--expires", "0d")]
    [InlineData("keys", "create", "x", "--scope", "admin", "--agent", "main")]
    [InlineData("keys", "create", "x", "--scope", "read", "--session", "default")]
    [InlineData("keys", "create", "", "--scope", "read")]
    [InlineData("keys", "revoke")]
    public async Task What_is_not_understood_is_2_and_makes_nothing(params string[] args)
    {
        using var cli = Cli();
        using var list = Cli();

        Assert.Equal(ExitCodes.Usage, await cli.RunAsync(args));

        await list.RunAsync("keys", "list");
        Assert.Empty(cli.Out + list.Out);
        Assert.NotEmpty(cli.Error);
        Assert.Contains("xopc keys create", list.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_taken_and_a_key_that_is_not_there_are_1_and_name_the_next_command()
    {
        using var first = Cli();
        using var second = Cli();
        using var revoke = Cli();
        await first.RunAsync("keys", "create", "laptop", "--scope", "read");

        Assert.Equal(ExitCodes.Failed, await second.RunAsync("keys", "create", "laptop", "--scope", "read"));
        Assert.Equal(ExitCodes.Failed, await revoke.RunAsync("keys", "revoke", "nobody", "--yes"));

        Assert.Contains("xopc keys list", second.Error, StringComparison.Ordinal);
        Assert.Contains("xopc keys list", revoke.Error, StringComparison.Ordinal);
        Assert.Empty(second.Out);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_said_with_its_name()
    {
        _home.File("data/edge.db", new string('x', 5000));
        using var cli = Cli();

        Assert.Equal(ExitCodes.Failed, await cli.RunAsync("keys", "list"));
        Assert.Contains("edge.db", cli.Error, StringComparison.Ordinal);
    }

    private Cli Cli() => new() { Environment = { ["XOPC_STATE_DIR"] = _home.Path } };
}
