namespace Xopc.Storage.Migrations;

/// <summary>The series <c>storage</c>: the tables of this project, first in every database.</summary>
public static class StorageSchema
{
    /// <summary>Forward only; a step that has landed is never edited.</summary>
    public static MigrationSeries Series { get; } = new("storage",
    [
        new Migration(1, "outbox, inbox, leases, dead letters", """
            CREATE TABLE outbox (
              seq {identity}, id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, key TEXT NOT NULL, body {bytes} NOT NULL, sender TEXT NOT NULL,
              principal_id TEXT NOT NULL, traceparent TEXT, created_ms BIGINT NOT NULL, published_ms BIGINT);
            CREATE INDEX outbox_unpublished ON outbox (stream, seq) WHERE published_ms IS NULL;
            CREATE INDEX outbox_unconfirmed ON outbox (published_ms) WHERE published_ms IS NOT NULL;

            CREATE TABLE inbox (
              seq {identity}, id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, key TEXT NOT NULL, body {bytes} NOT NULL, sender TEXT NOT NULL,
              principal_id TEXT NOT NULL, traceparent TEXT, state TEXT NOT NULL, attempt BIGINT NOT NULL, bytes BIGINT NOT NULL,
              accepted_ms BIGINT NOT NULL, ended_ms BIGINT);
            CREATE INDEX inbox_unfinished ON inbox (key, seq, stream) WHERE ended_ms IS NULL;
            CREATE INDEX inbox_ended ON inbox (ended_ms, bytes) WHERE ended_ms IS NOT NULL;

            CREATE TABLE key_leases (key TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, fence BIGINT NOT NULL, until_ms BIGINT NOT NULL);

            CREATE TABLE dead_letters (
              seq {identity}, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL, body {bytes} NOT NULL,
              sender TEXT NOT NULL, principal_id TEXT NOT NULL, traceparent TEXT, attempts BIGINT NOT NULL, reason TEXT NOT NULL,
              bytes BIGINT NOT NULL, buried_ms BIGINT NOT NULL);
            CREATE INDEX dead_letters_buried ON dead_letters (buried_ms, bytes);

            CREATE TABLE storage_probe (id BIGINT NOT NULL PRIMARY KEY, pad {bytes} NOT NULL);
            """),

        // Every tree that a commit touches is a page in the log and a write before the sync. A lease becomes one tree instead of a table and its index,
        // and the inbox keeps no counter beside its newest row: a number needs to be larger than those of the rows that are there, no more.
        new Migration(2, "fewer pages per accepted message", """
            CREATE TABLE key_leases_2 (
              key TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, fence BIGINT NOT NULL, until_ms BIGINT NOT NULL){clustered};
            INSERT INTO key_leases_2 SELECT key, owner, fence, until_ms FROM key_leases;
            DROP TABLE key_leases;
            ALTER TABLE key_leases_2 RENAME TO key_leases;

            CREATE TABLE inbox_2 (
              seq {ascending}, id TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, key TEXT NOT NULL, body {bytes} NOT NULL, sender TEXT NOT NULL,
              principal_id TEXT NOT NULL, traceparent TEXT, state TEXT NOT NULL, attempt BIGINT NOT NULL, bytes BIGINT NOT NULL,
              accepted_ms BIGINT NOT NULL, ended_ms BIGINT);
            INSERT INTO inbox_2 (seq, id, stream, key, body, sender, principal_id, traceparent, state, attempt, bytes, accepted_ms, ended_ms)
              SELECT seq, id, stream, key, body, sender, principal_id, traceparent, state, attempt, bytes, accepted_ms, ended_ms FROM inbox;
            DROP TABLE inbox;
            ALTER TABLE inbox_2 RENAME TO inbox;
            CREATE INDEX inbox_unfinished ON inbox (key, seq, stream) WHERE ended_ms IS NULL;
            CREATE INDEX inbox_ended ON inbox (ended_ms, bytes) WHERE ended_ms IS NOT NULL;
            """),
    ]);
}
