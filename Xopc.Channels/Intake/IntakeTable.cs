using System.Data.Common;
using System.Text.Json;
using Xopc.Storage;

namespace Xopc.Channels.Intake;

/// <summary>The steps of the table <c>intake</c>, each part of a caller's transaction.</summary>
internal static class IntakeTable
{
    /// <summary>Texts that follow each other are joined up to here, so that a group closes also when somebody never stops.</summary>
    internal const int MaxGroup = 20;

    /// <summary>So much waits of one conversation; what comes beyond it is refused visibly.</summary>
    internal const int MaxOpen = 200;

    // What was typed as one thought is short; a long text stands for itself.
    private const int ShortText = 100;

    // Telegram sends the pictures of an album as messages of their own, usually within a few hundred milliseconds.
    private const int AlbumMs = 1_200;

    // Nothing is put off for longer (five minutes, and some): a moment beyond was written before the clock was set back, and is no reason to wait for hours.
    private const long LongestMs = 6 * 60 * 1_000;

    public static string LeaseKey(string key) => "intake:" + key;

    public static string KeyOf(InboundMessage message) => $"{message.Channel}:{message.AccountId}:{message.PeerId}";

    /// <summary>Writes a message, once per id, in its group: false when the id is known.</summary>
    public static bool Add(DatabaseTransaction transaction, InboundMessage message, TimeSpan debounce, string? traceParent, long nowMs)
    {
        var key = KeyOf(message);
        var kind = GroupOf(message, debounce);
        var group = kind is null ? message.Id : GroupToJoin(transaction, key, kind, nowMs) ?? $"{kind}#{message.Id}";
        var closesMs = nowMs + (message.MediaGroupId is not null ? AlbumMs : kind is null ? 0 : (long)debounce.TotalMilliseconds);
        var body = JsonSerializer.Serialize(message, ChannelsJson.Default.InboundMessage);
        var added = transaction.Execute(
            """
            INSERT INTO intake (id, channel, account_id, key, group_key, closes_ms, state, body, bytes, attempt, traceparent, principal_id, received_ms)
            VALUES (@id, @channel, @account, @key, @group, @closes, 'received', @body, @bytes, 0, @trace, @principal, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", message.Id), ("channel", message.Channel), ("account", message.AccountId), ("key", key), ("group", group), ("closes", closesMs), ("body", body),
            ("bytes", 300L + (2L * body.Length)), ("trace", traceParent), ("principal", PersonOf(message)), ("now", nowMs));
        if (added == 0)
        {
            return false;
        }

        // What belongs to the same group waits for it; what does not, closes every group before it, so that nothing overtakes.
        transaction.Execute("UPDATE intake SET closes_ms = @closes WHERE key = @key AND group_key = @group AND ended_ms IS NULL", ("closes", closesMs), ("key", key), ("group", group));
        transaction.Execute(
            "UPDATE intake SET closes_ms = @now WHERE key = @key AND group_key <> @group AND attempt = 0 AND ended_ms IS NULL AND closes_ms > @now",
            ("now", nowMs), ("key", key), ("group", group));
        return true;
    }

    /// <summary>Remembers of a message that it came and was not taken: its conversation has as many waiting as it may. False: the id is known.</summary>
    public static bool Refuse(DatabaseTransaction transaction, InboundMessage message, long nowMs) =>
        transaction.Execute(
            """
            INSERT INTO intake (id, channel, account_id, key, group_key, closes_ms, state, reason, body, bytes, attempt, principal_id, received_ms, ended_ms)
            VALUES (@id, @channel, @account, @key, @id, @now, 'failed', 'queue-full', '', 300, 0, @principal, @now, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", message.Id), ("channel", message.Channel), ("account", message.AccountId), ("key", KeyOf(message)), ("now", nowMs), ("principal", PersonOf(message))) > 0;

    /// <summary>The person, across the accounts of a channel; at most 128 characters.</summary>
    public static string PersonOf(InboundMessage message) => $"{message.Channel}:{message.SenderId}";

    /// <summary>Conversations whose oldest group is complete and that nobody works on, up to a limit for each account, and when the next one will be.</summary>
    public static (List<string> Keys, long? NextMs) Due(DatabaseReader reader, long nowMs, int limit)
    {
        // Only the oldest row of a conversation decides: what stands behind it waits for it. From key to key over the index, so that a look costs as much as there
        // are conversations, however many messages wait in them.
        var waiting = reader.Query(
            """
            WITH RECURSIVE conversations (key) AS (
              SELECT MIN(key) FROM intake WHERE ended_ms IS NULL
              UNION ALL
              SELECT (SELECT MIN(intake.key) FROM intake WHERE intake.ended_ms IS NULL AND intake.key > conversations.key) FROM conversations WHERE conversations.key IS NOT NULL)
            SELECT key, closes_ms FROM (
              SELECT first.key AS key, CASE WHEN intake.closes_ms > @never THEN 0 ELSE intake.closes_ms END AS closes_ms,
                ROW_NUMBER() OVER (PARTITION BY intake.channel, intake.account_id ORDER BY intake.closes_ms) AS place
              FROM (
                SELECT key, (SELECT MIN(seq) FROM intake WHERE intake.key = conversations.key AND intake.ended_ms IS NULL) AS seq
                FROM conversations WHERE key IS NOT NULL) AS first
              JOIN intake ON intake.seq = first.seq
              WHERE NOT EXISTS (
                SELECT 1 FROM key_leases WHERE key_leases.key = 'intake:' || first.key AND key_leases.owner <> '' AND key_leases.until_ms > @now)) AS waiting
            WHERE place <= @limit ORDER BY closes_ms LIMIT 500 + @limit
            """,
            static row => (Key: row.GetString(0), ClosesMs: row.GetInt64(1)), ("now", nowMs), ("never", nowMs + LongestMs), ("limit", limit));
        return ([.. waiting.Where(row => row.ClosesMs <= nowMs).Select(row => row.Key)], waiting.Where(row => row.ClosesMs > nowMs).Select(row => (long?)row.ClosesMs).FirstOrDefault());
    }

    /// <summary>
    /// The oldest complete group of a held conversation, its attempt charged; when there is none the conversation is let go, in the same step.
    /// </summary>
    public static List<IntakeRow>? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key, long nowMs)
    {
        KeyLeases.Verify(transaction, lease);
        FailUnreadable(transaction, key, nowMs);
        var rows = transaction.Query(
            """
            SELECT seq, id, key, group_key, closes_ms, attempt, body, traceparent FROM intake
            WHERE key = @key AND ended_ms IS NULL ORDER BY seq LIMIT @limit
            """,
            Map, ("key", key), ("limit", MaxGroup + 1)).TakeWhile(row => row is not null).Select(row => row!).ToList();
        if (rows.Count == 0 || (rows[0].ClosesMs > nowMs && rows[0].ClosesMs <= nowMs + LongestMs))
        {
            KeyLeases.Release(transaction, lease);
            return null;
        }

        var group = rows.TakeWhile(row => row.GroupKey == rows[0].GroupKey).Take(MaxGroup).ToList();
        foreach (var row in group)
        {
            transaction.Execute("UPDATE intake SET attempt = attempt + 1 WHERE seq = @seq", ("seq", row.Seq));
        }

        return group;
    }

    /// <summary>What is known of the message now (its files are fetched).</summary>
    public static void Save(DatabaseTransaction transaction, KeyLease lease, IntakeRow row, InboundMessage message)
    {
        KeyLeases.Verify(transaction, lease);
        transaction.Execute("UPDATE intake SET body = @body WHERE seq = @seq", ("body", JsonSerializer.Serialize(message, ChannelsJson.Default.InboundMessage)), ("seq", row.Seq));
    }

    /// <summary>The group is tried again later; the conversation is let go until then.</summary>
    /// <param name="charged">False: the taking up is not counted.</param>
    public static void Postpone(DatabaseTransaction transaction, KeyLease lease, IReadOnlyList<IntakeRow> group, string reason, long dueMs, bool charged = true)
    {
        foreach (var row in group)
        {
            transaction.Execute(
                "UPDATE intake SET closes_ms = @due, reason = @reason, attempt = attempt - @back WHERE seq = @seq",
                ("due", dueMs), ("reason", reason), ("back", charged ? 0 : 1), ("seq", row.Seq));
        }

        KeyLeases.Release(transaction, lease);
    }

    /// <summary>The group has its one outcome.</summary>
    /// <param name="state">One of <see cref="IntakeStates"/>.</param>
    public static void End(DatabaseTransaction transaction, KeyLease lease, IReadOnlyList<IntakeRow> group, string state, string? reason, string? turnId, long nowMs)
    {
        KeyLeases.Verify(transaction, lease);
        foreach (var row in group)
        {
            // The words have gone where they had to; what is kept is that they came and what became of them.
            transaction.Execute(
                "UPDATE intake SET state = @state, reason = @reason, turn_id = @turn, body = '', bytes = 300, ended_ms = @now WHERE seq = @seq AND ended_ms IS NULL",
                ("state", state), ("reason", reason), ("turn", turnId), ("now", nowMs), ("seq", row.Seq));
        }
    }

    /// <summary>How many messages of a conversation wait.</summary>
    public static long CountOpen(DatabaseReader reader, string key) =>
        (long)reader.Scalar("SELECT COUNT(*) FROM intake WHERE key = @key AND ended_ms IS NULL", ("key", key))!;

    // Null: it stands for itself.
    private static string? GroupOf(InboundMessage message, TimeSpan debounce)
    {
        if (message.MediaGroupId is { } album)
        {
            return $"album:{message.SenderId}:{album}";
        }

        return debounce > TimeSpan.Zero && message is { Media.Count: 0, IsEdit: false } && message.Text.Length < ShortText && !message.Text.StartsWith('/')
            ? $"texts:{message.SenderId}:{message.ThreadId}"
            : null;
    }

    // The group of the newest message, if it is of the kind and still open: whatever stands between closed it.
    private static string? GroupToJoin(DatabaseReader reader, string key, string kind, long nowMs)
    {
        var newest = reader.QueryFirst(
            "SELECT group_key, closes_ms, attempt FROM intake WHERE key = @key AND ended_ms IS NULL ORDER BY seq DESC LIMIT 1",
            static row => (Group: row.GetString(0), ClosesMs: row.GetInt64(1), Attempt: row.GetInt64(2)), ("key", key));
        return newest is { Attempt: 0, Group: { } group } && newest.ClosesMs > nowMs && group.StartsWith(kind + "#", StringComparison.Ordinal)
            && (long)reader.Scalar("SELECT COUNT(*) FROM intake WHERE key = @key AND group_key = @group AND ended_ms IS NULL", ("key", key), ("group", group))! < MaxGroup
            ? group
            : null;
    }

    // What stands first and cannot be read (a damaged row, another version's) would hold its conversation for ever. Its body stays, for whoever looks.
    private static void FailUnreadable(DatabaseTransaction transaction, string key, long nowMs)
    {
        while (transaction.QueryFirst(
            "SELECT seq, body FROM intake WHERE key = @key AND ended_ms IS NULL ORDER BY seq LIMIT 1", static row => (Seq: row.GetInt64(0), Body: row.GetString(1)), ("key", key))
            is { Seq: > 0 } first && Read(first.Body) is null)
        {
            transaction.Execute("UPDATE intake SET state = @state, reason = 'unreadable', ended_ms = @now WHERE seq = @seq", ("state", IntakeStates.Failed), ("now", nowMs), ("seq", first.Seq));
        }
    }

    // Null: it cannot be read.
    private static IntakeRow? Map(DbDataReader row) => Read(row.GetString(6)) is { } message
        ? new IntakeRow(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4), row.GetInt32(5), message, row.IsDBNull(7) ? null : row.GetString(7))
        : null;

    private static InboundMessage? Read(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ChannelsJson.Default.InboundMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
