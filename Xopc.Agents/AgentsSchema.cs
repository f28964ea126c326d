using Xopc.Storage.Migrations;

namespace Xopc.Agents;

/// <summary>The schema of <c>agents.db</c>. Storage's own series holds the inbox (the queue of turns), the outbox and the leases.</summary>
internal static class AgentsSchema
{
    public const string Database = "agents";

    public static readonly MigrationSeries Series = new(Database,
    [
        new Migration(1, "sessions, transcripts and runs", SessionsTranscriptsAndRuns),
        new Migration(2, "rows in the order of their keys, tags", RowsInOrder),
        new Migration(3, "who waits for a run", "ALTER TABLE runs ADD COLUMN watcher TEXT;"),
    ]);

    // A message's place is (turn_no, idx): a person may write again while the agent still answers, and the answer must stand below its own question.
    private const string SessionsTranscriptsAndRuns = """
        CREATE TABLE sessions (
            key TEXT PRIMARY KEY NOT NULL,
            agent_id TEXT NOT NULL,
            source TEXT NOT NULL,
            account_id TEXT NOT NULL,
            peer_kind TEXT NOT NULL,
            peer_id TEXT NOT NULL,
            thread_id TEXT,
            principal_id TEXT NOT NULL,
            name TEXT,
            status TEXT NOT NULL,
            settings TEXT,
            turn_count BIGINT NOT NULL,
            message_count BIGINT NOT NULL,
            token_count BIGINT NOT NULL,
            created_ms BIGINT NOT NULL,
            updated_ms BIGINT NOT NULL,
            accessed_ms BIGINT NOT NULL
        );
        CREATE INDEX sessions_by_updated ON sessions (updated_ms, key);
        CREATE INDEX sessions_empty ON sessions (source, agent_id, updated_ms) WHERE message_count = 0;

        CREATE TABLE messages (
            session_key TEXT NOT NULL,
            turn_no BIGINT NOT NULL,
            idx INTEGER NOT NULL,
            principal_id TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (session_key, turn_no, idx)
        );

        CREATE TABLE runs (
            run_id TEXT PRIMARY KEY NOT NULL,
            turn_id TEXT NOT NULL UNIQUE,
            session_key TEXT NOT NULL,
            turn_no BIGINT NOT NULL,
            principal_id TEXT NOT NULL,
            body_hash TEXT NOT NULL,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            last_update INTEGER NOT NULL,
            tool_started INTEGER NOT NULL,
            abort_requested INTEGER NOT NULL,
            detached INTEGER NOT NULL,
            reply TEXT,
            error TEXT,
            model TEXT,
            bytes BIGINT NOT NULL,
            created_ms BIGINT NOT NULL,
            ended_ms BIGINT
        );
        CREATE INDEX runs_open ON runs (session_key) WHERE ended_ms IS NULL;
        CREATE INDEX runs_by_end ON runs (ended_ms, bytes);

        CREATE TABLE run_journal (
            run_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            seq INTEGER NOT NULL,
            principal_id TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run_id, attempt, seq)
        );

        CREATE TABLE steers (
            run_id TEXT NOT NULL,
            seq INTEGER NOT NULL,
            principal_id TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (run_id, seq)
        );

        CREATE TABLE idempotency (
            id TEXT PRIMARY KEY NOT NULL,
            principal_id TEXT NOT NULL,
            body_hash TEXT NOT NULL,
            result TEXT NOT NULL,
            created_ms BIGINT NOT NULL
        );
        CREATE INDEX idempotency_by_age ON idempotency (created_ms);
        """;

    // One tree per table instead of two: fewer pages in a commit's log, and a session's messages lie together for whoever reads its history. A session's
    // tags lie one per line. A run no longer knows the hash of its request (the record under the idempotency key does) nor its model (the transcript does).
    private const string RowsInOrder = """
        CREATE TABLE sessions_2 (
            key TEXT PRIMARY KEY NOT NULL,
            agent_id TEXT NOT NULL,
            source TEXT NOT NULL,
            account_id TEXT NOT NULL,
            peer_kind TEXT NOT NULL,
            peer_id TEXT NOT NULL,
            thread_id TEXT,
            principal_id TEXT NOT NULL,
            name TEXT,
            status TEXT NOT NULL,
            settings TEXT,
            turn_count BIGINT NOT NULL,
            message_count BIGINT NOT NULL,
            token_count BIGINT NOT NULL,
            created_ms BIGINT NOT NULL,
            updated_ms BIGINT NOT NULL,
            accessed_ms BIGINT NOT NULL,
            tags TEXT
        ){clustered};
        INSERT INTO sessions_2 SELECT key, agent_id, source, account_id, peer_kind, peer_id, thread_id, principal_id, name, status, settings,
            turn_count, message_count, token_count, created_ms, updated_ms, accessed_ms, NULL FROM sessions;
        DROP TABLE sessions;
        ALTER TABLE sessions_2 RENAME TO sessions;
        CREATE INDEX sessions_by_updated ON sessions (updated_ms, key);
        CREATE INDEX sessions_empty ON sessions (source, agent_id, updated_ms) WHERE message_count = 0;

        CREATE TABLE messages_2 (
            session_key TEXT NOT NULL,
            turn_no BIGINT NOT NULL,
            idx INTEGER NOT NULL,
            principal_id TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (session_key, turn_no, idx)
        ){clustered};
        INSERT INTO messages_2 SELECT session_key, turn_no, idx, principal_id, body FROM messages;
        DROP TABLE messages;
        ALTER TABLE messages_2 RENAME TO messages;

        CREATE TABLE runs_2 (
            run_id TEXT PRIMARY KEY NOT NULL,
            turn_id TEXT NOT NULL,
            session_key TEXT NOT NULL,
            turn_no BIGINT NOT NULL,
            principal_id TEXT NOT NULL,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            last_update INTEGER NOT NULL,
            tool_started INTEGER NOT NULL,
            abort_requested INTEGER NOT NULL,
            detached INTEGER NOT NULL,
            reply TEXT,
            error TEXT,
            bytes BIGINT NOT NULL,
            created_ms BIGINT NOT NULL,
            ended_ms BIGINT
        ){clustered};
        INSERT INTO runs_2 SELECT run_id, turn_id, session_key, turn_no, principal_id, state, attempt, last_update, tool_started,
            abort_requested, detached, reply, error, bytes, created_ms, ended_ms FROM runs;
        DROP TABLE runs;
        ALTER TABLE runs_2 RENAME TO runs;
        CREATE INDEX runs_open ON runs (session_key) WHERE ended_ms IS NULL;
        CREATE INDEX runs_by_end ON runs (ended_ms, bytes) WHERE ended_ms IS NOT NULL;
        """;
}
