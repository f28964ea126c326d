namespace Xopc.Channels.Previews;

/// <summary>What is remembered of answers that people see before they are finished.</summary>
internal static class PreviewsSchema
{
    /// <summary>
    /// One row per message that shows an unfinished answer, from before it is sent until the answer stands in it or it is gone. <c>state</c>:
    /// <c>sending</c> (handed over, <c>message_id</c> not known), <c>shown</c>, <c>editing</c> (a change is on its way), <c>answering</c> (the answer is on its
    /// way into it), <c>removing</c>. A row in <c>sending</c> or <c>editing</c> whose peer nobody holds is one whose outcome nobody knows.
    /// </summary>
    public const string Tables = """
        CREATE TABLE previews (
            turn_id TEXT PRIMARY KEY NOT NULL,
            channel TEXT NOT NULL,
            account_id TEXT NOT NULL,
            peer_kind TEXT NOT NULL,
            peer_id TEXT NOT NULL,
            thread_id TEXT,
            state TEXT NOT NULL,
            message_id TEXT,
            principal_id TEXT NOT NULL,
            created_ms BIGINT NOT NULL,
            changed_ms BIGINT NOT NULL
        ){clustered};
        """;
}
