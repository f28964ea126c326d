using System.Data.Common;
using Xopc.Channels.Accounts;
using Xopc.Channels.Previews;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// The ledger's steps, each part of a caller's transaction. The row is the queue: the holder of a key's lease works its unfinished rows in the order of
/// acceptance, and every step it takes is verified against the lease, so that an owner who slept through a takeover writes nothing.
/// </summary>
internal static class DeliveryLedger
{
    // Clocks are corrected by less than this all the time.
    private const long ClockToleranceMs = 1_000;

    private const string Columns = """
        seq, id, channel, account_id, peer_kind, peer_id, thread_id, text, principal_id, key, session_key, turn_id, reply_to, state, attempt, labelled, reason,
        traceparent, not_after_ms, created_ms, sending_ms, ended_ms, in_session, cut, occurrence_id
        """;

    /// <summary>The lease that a lane holds, apart from the keys of the inbox.</summary>
    public static string LeaseKey(string key) => "delivery:" + key;

    /// <summary>The unit of order of what goes to a place: that of the place from which its peer moved, so that what is said before and after the move keeps its order.</summary>
    public static string KeyOf(DatabaseReader reader, DeliveryTarget target) => KeyOf(reader, target.Key, target);

    public static string AccountOf(DeliveryTarget target) => $"{target.Channel}:{target.AccountId}";

    /// <summary>Writes the row, once per id, and makes its key due. False: the id is known.</summary>
    public static bool Add(DatabaseTransaction transaction, NewDelivery delivery, long nowMs)
    {
        var (target, key) = (delivery.Target, KeyOf(transaction, delivery.Key, delivery.Target));
        var added = transaction.Execute(
            """
            INSERT INTO deliveries (id, key, channel, account_id, peer_kind, peer_id, thread_id, session_key, turn_id, principal_id, text, body_hash, reply_to, state,
              attempt, labelled, traceparent, bytes, not_after_ms, created_ms, in_session, occurrence_id)
            VALUES (@id, @key, @channel, @account, @kind, @peer, @thread, @session, @turn, @principal, @text, @hash, @reply, 'queued', 0, 0, @trace, @bytes, @notAfter, @now, @inSession, @occurrence)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", delivery.Id), ("key", key), ("channel", target.Channel), ("account", target.AccountId), ("kind", target.PeerKind), ("peer", target.PeerId),
            ("thread", target.ThreadId), ("session", delivery.SessionKey), ("turn", delivery.TurnId), ("principal", delivery.PrincipalId), ("text", delivery.Text),
            ("hash", delivery.BodyHash), ("reply", delivery.ReplyTo), ("trace", delivery.TraceParent), ("bytes", 400L + (2L * delivery.Text.Length)),
            ("notAfter", delivery.NotAfterMs), ("now", nowMs), ("inSession", delivery.InSession), ("occurrence", delivery.OccurrenceId));
        if (added > 0)
        {
            MakeDue(transaction, key, target, nowMs);
        }

        return added > 0;
    }

    /// <summary>The hash kept with an id; null without one, or when the id is not known.</summary>
    public static string? BodyHash(DatabaseReader reader, string id) => reader.Scalar("SELECT body_hash FROM deliveries WHERE id = @id", ("id", id)) as string;

    /// <summary>The oldest unfinished delivery of a held key; when there is none the key is let go, in the same step.</summary>
    public static DeliveryWork? NextOrRelease(DatabaseTransaction transaction, KeyLease lease, string key)
    {
        KeyLeases.Verify(transaction, lease);
        var next = transaction.QueryFirst($"SELECT {Columns} FROM deliveries WHERE key = @key AND ended_ms IS NULL ORDER BY seq LIMIT 1", Map, ("key", key));
        if (next is not null)
        {
            return new DeliveryWork(
                Moved(transaction, next), Parts(transaction, next.Id), PausedAccounts.Contains(transaction, next.Target.Channel, next.Target.AccountId),
                Mark(transaction, next.Key), PreviewTable.Of(transaction, next));
        }

        transaction.Execute("DELETE FROM delivery_keys WHERE key = @key", ("key", key));
        KeyLeases.Release(transaction, lease);
        return null;
    }

    /// <summary>Whether anything unfinished stands at a key.</summary>
    public static bool HasOpen(DatabaseReader reader, string key) =>
        reader.Scalar("SELECT 1 FROM deliveries WHERE key = @key AND ended_ms IS NULL LIMIT 1", ("key", key)) is not null;

    /// <summary>A place by the id that its peer has now.</summary>
    public static DeliveryTarget TargetNow(DatabaseReader reader, DeliveryTarget target) => MovedTo(reader, target.Key) is { } peer ? target with { PeerId = peer } : target;

    /// <summary>Lets the key go until <paramref name="dueMs"/>; the delivery keeps its place.</summary>
    public static void Postpone(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, string? reason, long dueMs, long nowMs)
    {
        transaction.Execute("UPDATE delivery_keys SET due_ms = @due, set_ms = @now WHERE key = @key", ("due", dueMs), ("now", nowMs), ("key", delivery.Key));
        transaction.Execute("UPDATE deliveries SET reason = @reason WHERE id = @id", ("reason", reason), ("id", delivery.Id));
        KeyLeases.Release(transaction, lease);
    }

    /// <summary>A part is about to be handed over: charged before the act, so that a death in between is seen.</summary>
    public static void BeginPart(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, int no, bool labelled, long nowMs)
    {
        KeyLeases.Verify(transaction, lease);
        transaction.Execute(
            """
            INSERT INTO delivery_parts (delivery_id, no, state, attempt, labelled, sending_ms) VALUES (@id, @no, 'sending', 1, @labelled, @now)
            ON CONFLICT (delivery_id, no) DO UPDATE SET state = 'sending', attempt = delivery_parts.attempt + 1, labelled = @labelled, sending_ms = @now
            """,
            ("id", delivery.Id), ("no", no), ("labelled", labelled), ("now", nowMs));
        transaction.Execute(
            """
            UPDATE deliveries SET state = 'sending', attempt = attempt + 1, labelled = CASE WHEN @labelled THEN 1 ELSE labelled END,
              sending_ms = COALESCE(sending_ms, @now), reason = NULL, cut = COALESCE(cut, @cut)
            WHERE id = @id
            """,
            ("labelled", labelled), ("now", nowMs), ("cut", delivery.Cut), ("id", delivery.Id));
    }

    public static void PartSent(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, int no, string messageId, string? note, long nowMs)
    {
        KeyLeases.Verify(transaction, lease);
        transaction.Execute(
            "UPDATE delivery_parts SET state = 'sent', message_id = @message, note = @note, ended_ms = @now WHERE delivery_id = @id AND no = @no",
            ("message", messageId), ("note", note), ("now", nowMs), ("id", delivery.Id), ("no", no));
    }

    /// <summary>This handing over surely left nothing: as if it had not been. One before it, whose outcome nobody knows, is remembered, and with it the mark.</summary>
    public static void PartBack(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, int no)
    {
        KeyLeases.Verify(transaction, lease);
        transaction.Execute("DELETE FROM delivery_parts WHERE delivery_id = @id AND no = @no AND state = 'sending' AND attempt = 1 AND labelled = 0", ("id", delivery.Id), ("no", no));
        transaction.Execute("UPDATE delivery_parts SET attempt = attempt - 1 WHERE delivery_id = @id AND no = @no AND state = 'sending'", ("id", delivery.Id), ("no", no));
        transaction.Execute(
            "UPDATE deliveries SET state = CASE WHEN EXISTS (SELECT 1 FROM delivery_parts WHERE delivery_id = @id) THEN 'sending' ELSE 'queued' END WHERE id = @id",
            ("id", delivery.Id));
    }

    /// <summary>Ends the delivery; its inbox row with it.</summary>
    public static void End(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, string state, string? reason, long nowMs)
    {
        KeyLeases.Verify(transaction, lease);
        transaction.Execute(
            "UPDATE deliveries SET state = @state, reason = @reason, ended_ms = @now, cut = CASE WHEN @state = 'sent' THEN NULL ELSE cut END WHERE id = @id AND ended_ms IS NULL",
            ("state", state), ("reason", reason), ("now", nowMs), ("id", delivery.Id));
        Inbox.Finish(transaction, delivery.Id, nowMs);
        DeliveryReports.Add(transaction, delivery, state, reason, nowMs);
    }

    /// <summary>A dead delivery becomes work again; what people saw of it is not sent again. False: there is none in such a state.</summary>
    public static bool Retry(DatabaseTransaction transaction, string id, long notAfterMs, long nowMs)
    {
        if (Find(transaction, id) is not { } delivery || !DeliveryStates.IsDead(delivery.State))
        {
            return false;
        }

        transaction.Execute("UPDATE deliveries SET state = 'queued', reason = NULL, ended_ms = NULL, not_after_ms = @notAfter WHERE id = @id", ("notAfter", notAfterMs), ("id", id));
        // The operator decides that this unknown part may be there twice: it goes out with its mark, whatever the account's policy says of others.
        transaction.Execute("UPDATE delivery_parts SET attempt = 0, labelled = 1 WHERE delivery_id = @id AND state = 'sending'", ("id", id));
        ClearMark(transaction, delivery.Key);
        MakeDue(transaction, delivery.Key, delivery.Target, nowMs);
        return true;
    }

    /// <summary>Ends a dead delivery for good. False: there is none in such a state.</summary>
    public static bool Discard(DatabaseTransaction transaction, string id) =>
        transaction.Execute("UPDATE deliveries SET state = 'discarded', cut = NULL WHERE id = @id AND state IN ('unknown', 'failed', 'expired')", ("id", id)) > 0;

    public static Delivery? Find(DatabaseReader reader, string id) => reader.QueryFirst($"SELECT {Columns} FROM deliveries WHERE id = @id", Map, ("id", id));

    public static List<PartRow> Parts(DatabaseReader reader, string id) =>
        reader.Query(
            "SELECT no, state, attempt, message_id, note, labelled, sending_ms, ended_ms FROM delivery_parts WHERE delivery_id = @id ORDER BY no", MapPart, ("id", id));

    /// <summary>Newest first, after a position.</summary>
    public static List<Delivery> List(DatabaseReader reader, DeliveryQuery query) =>
        reader.Query(
            $"""
            SELECT {Columns} FROM deliveries
            WHERE seq < @before AND (@state IS NULL OR state = @state) AND (@channel IS NULL OR channel = @channel)
              AND (@account IS NULL OR account_id = @account) AND (@peer IS NULL OR peer_id = @peer)
            ORDER BY seq DESC LIMIT @limit
            """,
            Map, ("before", query.Before ?? long.MaxValue), ("state", query.State), ("channel", query.Channel), ("account", query.AccountId), ("peer", query.PeerId),
            ("limit", query.Limit));

    /// <summary>Why a peer cannot be reached, or null.</summary>
    public static string? Mark(DatabaseReader reader, string key) => reader.Scalar("SELECT reason FROM peer_marks WHERE key = @key", ("key", key)) as string;

    public static void SetMark(DatabaseTransaction transaction, string key, string reason, long nowMs) =>
        transaction.Execute(
            "INSERT INTO peer_marks (key, reason, marked_ms) VALUES (@key, @reason, @now) ON CONFLICT (key) DO UPDATE SET reason = excluded.reason, marked_ms = excluded.marked_ms",
            ("key", key), ("reason", reason), ("now", nowMs));

    /// <summary>The peer can be reached again: it wrote, or the operator says so.</summary>
    public static void ClearMark(DatabaseTransaction transaction, string key) => transaction.Execute("DELETE FROM peer_marks WHERE key = @key", ("key", key));

    /// <summary>The peer has another id from now on. Its key, and so its order, stays.</summary>
    public static void Move(DatabaseTransaction transaction, KeyLease lease, Delivery delivery, string peerId, long nowMs)
    {
        KeyLeases.Verify(transaction, lease);
        transaction.Execute(
            "INSERT INTO peer_moves (key, peer_id, moved_ms) VALUES (@key, @peer, @now) ON CONFLICT (key) DO UPDATE SET peer_id = excluded.peer_id, moved_ms = excluded.moved_ms",
            ("key", delivery.Key), ("peer", peerId), ("now", nowMs));
    }

    /// <summary>Accounts with unfinished work, each with the time at which the first of its keys is due.</summary>
    public static List<(string Account, long DueMs)> DueAccounts(DatabaseReader reader) =>
        // From account to account over the index: a look costs the same however many keys an account has.
        reader.Query(
            """
            WITH RECURSIVE accounts (account) AS (
              SELECT MIN(account) FROM delivery_keys
              UNION ALL
              SELECT (SELECT MIN(delivery_keys.account) FROM delivery_keys WHERE delivery_keys.account > accounts.account) FROM accounts WHERE accounts.account IS NOT NULL)
            SELECT account, (SELECT MIN(due_ms) FROM delivery_keys WHERE delivery_keys.account = accounts.account) FROM accounts WHERE account IS NOT NULL
            """,
            static row => (row.GetString(0), row.GetInt64(1)));

    /// <summary>Due times that were decided at a moment that has not come yet mean nothing any more: the clock was set back since. What waited for them is due.</summary>
    public static void ForgetAhead(DatabaseTransaction transaction, long nowMs) =>
        transaction.Execute("UPDATE delivery_keys SET due_ms = @now, set_ms = @now WHERE set_ms > @ahead", ("now", nowMs), ("ahead", nowMs + ClockToleranceMs));

    /// <summary>Keys of an account that are due and held by nobody, oldest first.</summary>
    public static List<string> DueKeys(DatabaseReader reader, string account, long nowMs, int limit) =>
        reader.Query(
            """
            SELECT key FROM delivery_keys
            WHERE account = @account AND due_ms <= @now AND NOT EXISTS (
              SELECT 1 FROM key_leases WHERE key_leases.key = 'delivery:' || delivery_keys.key AND key_leases.owner <> '' AND key_leases.until_ms > @now)
            ORDER BY due_ms LIMIT @limit
            """,
            static row => row.GetString(0), ("account", account), ("now", nowMs), ("limit", limit));

    private static void MakeDue(DatabaseTransaction transaction, string key, DeliveryTarget target, long nowMs) =>
        // A key that waits goes on waiting: what comes later stands behind what is being tried again.
        transaction.Execute(
            "INSERT INTO delivery_keys (key, account, due_ms, set_ms) VALUES (@key, @account, @now, @now) ON CONFLICT (key) DO NOTHING",
            ("key", key), ("account", AccountOf(target)), ("now", nowMs));

    private static string KeyOf(DatabaseReader reader, string key, DeliveryTarget target)
    {
        var prefix = AccountOf(target) + ":";
        return reader.Query("SELECT key FROM peer_moves WHERE peer_id = @peer LIMIT 100", static row => row.GetString(0), ("peer", target.PeerId))
            .Find(before => before.StartsWith(prefix, StringComparison.Ordinal)) ?? key;
    }

    private static Delivery Moved(DatabaseReader reader, Delivery delivery) =>
        MovedTo(reader, delivery.Key) is { } peer ? delivery with { Target = delivery.Target with { PeerId = peer } } : delivery;

    private static string? MovedTo(DatabaseReader reader, string key) => reader.Scalar("SELECT peer_id FROM peer_moves WHERE key = @key", ("key", key)) as string;

    private static Delivery Map(DbDataReader row) => new(
        row.GetInt64(0), row.GetString(1),
        new DeliveryTarget(row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), Text(row, 6)), row.GetString(7), row.GetString(8))
    {
        Key = row.GetString(9), SessionKey = Text(row, 10), TurnId = Text(row, 11), ReplyTo = Text(row, 12), State = row.GetString(13), Attempt = row.GetInt32(14),
        Labelled = row.GetInt64(15) != 0, Reason = Text(row, 16), TraceParent = Text(row, 17), NotAfterMs = row.GetInt64(18), CreatedMs = row.GetInt64(19),
        SendingMs = Number(row, 20), EndedMs = Number(row, 21), InSession = row.GetInt64(22) != 0, Cut = Text(row, 23), OccurrenceId = Text(row, 24),
    };

    private static PartRow MapPart(DbDataReader row) => new(
        row.GetInt32(0), row.GetString(1), row.GetInt32(2), Text(row, 3), Text(row, 4), row.GetInt64(5) != 0, row.GetInt64(6), Number(row, 7));

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static long? Number(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
