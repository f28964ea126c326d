using Microsoft.Data.Sqlite;
using Xopc.Testing.Models;
using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests.Runs;

public sealed class UnavailableStartTests
{
    [Fact]
    public async Task A_database_that_cannot_be_used_yet_does_not_fail_the_start_and_is_used_when_it_can()
    {
        await using var model = await FakeOpenAiServer.StartAsync();
        using var state = new TempDirectory();
        Directory.CreateDirectory(state.File("data"));
        using var other = new SqliteConnection($"Data Source={state.File("data/agents.db")};Pooling=False");
        other.Open();
        Execute(other, "BEGIN EXCLUSIVE");

        await using var host = await AgentsHost.StartAsync(model.BaseUrl, state.Path);
        var (status, body) = await host.AskAsync("hello");
        Assert.Equal((503, "STORAGE_UNAVAILABLE"), (status, (string)body!["error"]!["code"]!));

        Execute(other, "ROLLBACK");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(AgentsHost.Cancelled);
        patience.CancelAfter(AgentsHost.Generous);
        while ((status, body) is (503, _))
        {
            Assert.False(patience.IsCancellationRequested, "The database was not opened although nobody holds it any more.");
            (status, body) = await host.AskAsync("hello");
        }

        Assert.Equal((200, "hello"), (status, (string)body!["reply"]!));
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
