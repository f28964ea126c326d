using Xopc.Agents.Runs;
using Xopc.Agents.Sessions;
using Xopc.Contracts;
using Xopc.Storage.Migrations;
using Xopc.Testing.Storage;

namespace Xopc.Agents.Tests;

public sealed class AgentsSchemaTests
{
    [Fact]
    public Task Every_earlier_version_climbs_to_the_schema_of_a_new_file() => MigrationLadder.ClimbAsync(AgentsSchema.Series, AgentsHost.Cancelled);

    [Fact]
    public async Task Sessions_and_runs_of_the_first_version_survive_the_climb()
    {
        using var directory = new TempDirectory();
        var path = directory.File("agents.db");
        await using (var old = TestDatabase.OpenAt(path, clock: null, new MigrationSeries(AgentsSchema.Series.Name, [AgentsSchema.Series.Migrations[0]])))
        {
            await old.Database.WriteAsync(
                tx =>
                {
                    tx.Execute(
                        """
                        INSERT INTO sessions (key, agent_id, source, account_id, peer_kind, peer_id, principal_id, status, turn_count, message_count, token_count, created_ms, updated_ms, accessed_ms)
                        VALUES ('main:webchat:default:direct:x', 'main', 'webchat', 'default', 'direct', 'x', 'operator', 'active', 1, 2, 3, 4, 5, 6)
                        """);
                    tx.Execute(
                        """
                        INSERT INTO runs (run_id, turn_id, session_key, turn_no, principal_id, body_hash, state, attempt, last_update, tool_started, abort_requested, detached, reply, model, bytes, created_ms, ended_ms)
                        VALUES ('r', 't', 'main:webchat:default:direct:x', 1, 'operator', 'hash', 'ok', 1, 9, 0, 0, 0, 'answer', 'fake/echo', 10, 1, 2)
                        """);
                },
                AgentsHost.Cancelled);
        }

        await using var migrated = TestDatabase.OpenAt(path, clock: null, AgentsSchema.Series);
        var (session, run) = await migrated.Database.ReadAsync(
            reader => (SessionStore.Find(reader, "main:webchat:default:direct:x", Principal.Operator), RunStore.Find(reader, "r")), AgentsHost.Cancelled);

        Assert.Equal(("active", 2L, 0), (session!.Status, session.MessageCount, session.Tags.Count));
        Assert.Equal(("ok", "answer", 9), (run!.State, run.Reply, run.LastUpdate));
    }
}
