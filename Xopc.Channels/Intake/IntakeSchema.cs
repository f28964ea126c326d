namespace Xopc.Channels.Intake;

/// <summary>The tables of what came in, and of who may write.</summary>
internal static class IntakeSchema
{
    /// <summary>
    /// <c>intake</c>: one row per platform event, written before the event is acknowledged; <c>key</c> is the conversation, whose rows are worked in order;
    /// <c>group_key</c> joins the rows of one turn (debounce, album), <c>closes_ms</c> says when the group closes and its work is due. <c>pairing</c>: senders who asked and wait for the operator. <c>allowed_senders</c>: who was let
    /// in at run time; effective are these and the configured ones together.
    /// </summary>
    public const string Tables = """
        CREATE TABLE intake (
            seq {identity},
            id TEXT NOT NULL UNIQUE,
            channel TEXT NOT NULL,
            account_id TEXT NOT NULL,
            key TEXT NOT NULL,
            group_key TEXT NOT NULL,
            closes_ms BIGINT NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            turn_id TEXT,
            body TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            attempt INTEGER NOT NULL,
            traceparent TEXT,
            principal_id TEXT NOT NULL,
            received_ms BIGINT NOT NULL,
            ended_ms BIGINT
        );
        CREATE INDEX intake_open ON intake (key, seq, closes_ms) WHERE ended_ms IS NULL;
        CREATE INDEX intake_ended ON intake (ended_ms, bytes) WHERE ended_ms IS NOT NULL;

        CREATE TABLE pairing (
            channel TEXT NOT NULL,
            account_id TEXT NOT NULL,
            sender_id TEXT NOT NULL,
            code TEXT NOT NULL,
            name TEXT,
            created_ms BIGINT NOT NULL,
            seen_ms BIGINT NOT NULL,
            expires_ms BIGINT NOT NULL,
            PRIMARY KEY (channel, account_id, sender_id)
        ){clustered};

        CREATE TABLE allowed_senders (
            channel TEXT NOT NULL,
            account_id TEXT NOT NULL,
            sender_id TEXT NOT NULL,
            name TEXT,
            principal_id TEXT NOT NULL,
            allowed_ms BIGINT NOT NULL,
            PRIMARY KEY (channel, account_id, sender_id)
        ){clustered};
        """;
}
