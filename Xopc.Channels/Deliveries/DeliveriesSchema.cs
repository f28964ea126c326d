namespace Xopc.Channels.Deliveries;

/// <summary>The delivery ledger's tables.</summary>
internal static class DeliveriesSchema
{
    /// <summary>
    /// <c>deliveries</c> is the ledger and the queue: an unfinished row waits for its key's lane. <c>delivery_keys</c> has one row per key with unfinished
    /// rows; <c>due_ms</c> says when its oldest row may be worked on next, so that nobody looks at a key that waits. <c>delivery_parts</c> has one row per
    /// visible message: a row in state <c>sending</c> without a lane is a send whose outcome is unknown. <c>peer_marks</c>: peers that cannot be reached until they
    /// write again. <c>peer_moves</c>: peers that have another id now.
    /// </summary>
    public const string Tables = """
        CREATE TABLE deliveries (
            seq {identity},
            id TEXT NOT NULL UNIQUE,
            key TEXT NOT NULL,
            channel TEXT NOT NULL,
            account_id TEXT NOT NULL,
            peer_kind TEXT NOT NULL,
            peer_id TEXT NOT NULL,
            thread_id TEXT,
            session_key TEXT,
            turn_id TEXT,
            principal_id TEXT NOT NULL,
            text TEXT NOT NULL,
            body_hash TEXT,
            reply_to TEXT,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            labelled INTEGER NOT NULL,
            reason TEXT,
            traceparent TEXT,
            bytes BIGINT NOT NULL,
            not_after_ms BIGINT NOT NULL,
            created_ms BIGINT NOT NULL,
            sending_ms BIGINT,
            ended_ms BIGINT
        );
        CREATE INDEX deliveries_open ON deliveries (key, seq) WHERE ended_ms IS NULL;
        CREATE INDEX deliveries_ended ON deliveries (ended_ms, bytes) WHERE ended_ms IS NOT NULL;

        CREATE TABLE delivery_keys (
            key TEXT PRIMARY KEY NOT NULL,
            account TEXT NOT NULL,
            due_ms BIGINT NOT NULL
        ){clustered};
        CREATE INDEX delivery_keys_due ON delivery_keys (account, due_ms);

        CREATE TABLE delivery_parts (
            delivery_id TEXT NOT NULL,
            no INTEGER NOT NULL,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            message_id TEXT,
            note TEXT,
            labelled INTEGER NOT NULL,
            sending_ms BIGINT NOT NULL,
            ended_ms BIGINT,
            PRIMARY KEY (delivery_id, no)
        ){clustered};

        CREATE TABLE peer_marks (
            key TEXT PRIMARY KEY NOT NULL,
            reason TEXT NOT NULL,
            marked_ms BIGINT NOT NULL
        ){clustered};

        CREATE TABLE peer_moves (
            key TEXT PRIMARY KEY NOT NULL,
            peer_id TEXT NOT NULL,
            moved_ms BIGINT NOT NULL
        ){clustered};
        """;

    /// <summary>
    /// <c>in_session</c>: the session that is the target holds the words already. <c>cut</c>: the parts as they were when the first was handed over, so that a
    /// number goes on naming the same words; gone when all are there. <c>set_ms</c>: when <c>due_ms</c> was decided; a moment that has not come yet says that the
    /// clock was set back since.
    /// </summary>
    public const string CutAndInSession = """
        ALTER TABLE deliveries ADD COLUMN in_session INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE deliveries ADD COLUMN cut TEXT;
        ALTER TABLE delivery_keys ADD COLUMN set_ms BIGINT NOT NULL DEFAULT 0;
        CREATE INDEX peer_moves_to ON peer_moves (peer_id);
        """;

    /// <summary><c>occurrence_id</c>: the occurrence of a job that caused the delivery and hears of its end.</summary>
    public const string Occurrences = "ALTER TABLE deliveries ADD COLUMN occurrence_id TEXT;";
}
