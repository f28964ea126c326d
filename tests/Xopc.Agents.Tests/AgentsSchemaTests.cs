using Xopc.Agents.Runs;
using Xopc.Agents.Transcripts;
using Xopc.Storage;
using Xopc.Storage.Migrations;
using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests;

public sealed class AgentsSchemaTests
{
    [Fact]
    public Task Every_earlier_version_climbs_to_the_schema_of_a_new_file() => MigrationLadder.ClimbAsync(AgentsSchema.Series, AgentsHost.Cancelled, Fill);

    [Fact]
    public async Task A_conversation_written_by_the_first_version_is_whole_in_the_newest()
    {
        using var directory = new TempDirectory();
        var path = directory.File("agents.db");
        await using (var old = TestDatabase.OpenAt(path, clock: null, new MigrationSeries(AgentsSchema.Database, [AgentsSchema.Series.Migrations[0]])))
        {
            await old.Database.WriteAsync(tx => Fill(1, tx), AgentsHost.Cancelled);
        }

        await using var test = TestDatabase.OpenAt(path, clock: null, AgentsSchema.Series);
        var (session, messages, run) = await test.Database.ReadAsync(
            reader => (
                reader.QueryFirst("SELECT key, name, message_count FROM sessions", row => $"{row.GetString(0)} {row.GetString(1)} {row.GetInt64(2)}"),
                TranscriptStore.Tail(reader, Key, 1, 10),
                RunStore.Find(reader, "0199-r")),
            AgentsHost.Cancelled);

        Assert.Equal($"{Key} A talk 2", session);
        Assert.Equal(["question", "answer"], messages);
        Assert.Equal(("t-1", "answer", true), (run?.TurnId, run?.Reply, run?.Ended));
    }

    private const string Key = "main:webchat:default:direct:ann";

    private static void Fill(int version, DatabaseTransaction tx)
    {
        if (version == 0)
        {
            return;
        }

        tx.Execute($"INSERT INTO sessions VALUES ('{Key}', 'main', 'webchat', 'default', 'direct', 'ann', NULL, 'operator', 'A talk', 'active', NULL, 1, 2, 3, 4, 5, 6{(version > 1 ? ", NULL" : "")})");
        tx.Execute($"INSERT INTO messages VALUES ('{Key}', 1, 0, 'operator', 'question'), ('{Key}', 1, 1, 'operator', 'answer')");
        tx.Execute(version > 1
            ? $"INSERT INTO runs VALUES ('0199-r', 't-1', '{Key}', 1, 'operator', 'ok', 1, 9, 0, 0, 0, 'answer', NULL, 7, 8, 9{(version > 2 ? ", NULL" : "")})"
            : $"INSERT INTO runs VALUES ('0199-r', 't-1', '{Key}', 1, 'operator', 'hash', 'ok', 1, 9, 0, 0, 0, 'answer', NULL, 'demo', 7, 8, 9)");
    }
}
