using System.Data.Common;
using Xopc.Channels.Deliveries;
using Xopc.Contracts.Messages;
using Xopc.Storage;

namespace Xopc.Channels.Previews;

/// <summary>The steps of the table <c>previews</c>, each part of a caller's transaction.</summary>
internal static class PreviewTable
{
    private const string Columns = "turn_id, channel, account_id, peer_kind, peer_id, thread_id, state, message_id, created_ms, changed_ms";

    // A run that nobody follows any more and that brought no answer for so long will bring none, or one that finds no preview.
    private const long ForgottenMs = 10 * 60_000;

    private const long TryAgainMs = 60_000;

    /// <summary>The right to show the answer of a turn; who holds it follows the run.</summary>
    public static string LeaseKey(string turnId) => "preview:" + turnId;

    public static PreviewRow? Find(DatabaseReader reader, string turnId) => reader.QueryFirst($"SELECT {Columns} FROM previews WHERE turn_id = @turn", Map, ("turn", turnId));

    /// <summary>The preview of the answer that a delivery is; null without one, or when it is something else.</summary>
    public static PreviewRow? Of(DatabaseReader reader, Delivery delivery) =>
        delivery.TurnId is { } turn && delivery.Id == DeliveryOf(turn) ? Find(reader, turn) : null;

    /// <summary>The id of the delivery that brings a turn's answer.</summary>
    public static string DeliveryOf(string turnId) => "reply:" + turnId;

    /// <summary>Whether something that was said earlier is not there yet: it waits here, or has not even arrived here.</summary>
    public static bool HasToWait(DatabaseReader reader, RunStarted run) =>
        DeliveryLedger.HasOpen(reader, run.ReplyTo.Key) || (run.After is { } after && DeliveryLedger.Find(reader, after) is null);

    /// <summary>Turns whose answer people see growing.</summary>
    public static HashSet<string> Visible(DatabaseReader reader) =>
        reader.Query("SELECT turn_id FROM previews WHERE message_id IS NOT NULL", static row => row.GetString(0)).ToHashSet(StringComparer.Ordinal);

    /// <summary>It is about to be sent: written before the act, so that a death in between leaves no message that nobody knows of.</summary>
    public static void Add(DatabaseTransaction transaction, string turnId, DeliveryTarget target, long nowMs) =>
        // The turn's id is the message's that asks; whose it is stands there.
        transaction.Execute(
            """
            INSERT INTO previews (turn_id, channel, account_id, peer_kind, peer_id, thread_id, state, principal_id, created_ms, changed_ms)
            VALUES (@turn, @channel, @account, @kind, @peer, @thread, 'sending', COALESCE((SELECT principal_id FROM intake WHERE id = @turn), @channel || ':' || @peer), @now, @now)
            """,
            ("turn", turnId), ("channel", target.Channel), ("account", target.AccountId), ("kind", target.PeerKind), ("peer", target.PeerId), ("thread", target.ThreadId),
            ("now", nowMs));

    public static void Shown(DatabaseTransaction transaction, string turnId, string messageId, long nowMs) =>
        transaction.Execute(
            "UPDATE previews SET state = 'shown', message_id = @message, changed_ms = @now WHERE turn_id = @turn AND state IN ('sending', 'editing')",
            ("message", messageId), ("now", nowMs), ("turn", turnId));

    /// <summary>From one state to another. False: it is in neither.</summary>
    public static bool Become(DatabaseTransaction transaction, string turnId, string from, string to, long nowMs) =>
        transaction.Execute(
            "UPDATE previews SET state = @to, changed_ms = @now WHERE turn_id = @turn AND state IN (@from, @to)",
            ("to", to), ("now", nowMs), ("turn", turnId), ("from", from)) > 0;

    public static void Drop(DatabaseTransaction transaction, string turnId) => transaction.Execute("DELETE FROM previews WHERE turn_id = @turn", ("turn", turnId));

    /// <summary>Previews that no answer will come into: it was given otherwise or ended without, or nobody follows the run any more.</summary>
    public static List<PreviewRow> Leftovers(DatabaseReader reader, long nowMs) => reader.Query(
        $"""
        SELECT {Columns} FROM previews WHERE
          (state = 'removing' AND changed_ms <= @again)
          OR (state <> 'removing' AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.id = 'reply:' || previews.turn_id AND deliveries.ended_ms IS NOT NULL))
          OR (state <> 'removing' AND changed_ms <= @forgotten
            AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.id = 'reply:' || previews.turn_id)
            AND NOT EXISTS (SELECT 1 FROM key_leases WHERE key_leases.key = 'preview:' || previews.turn_id AND key_leases.owner <> '' AND key_leases.until_ms > @now))
        LIMIT 100
        """,
        Map, ("again", nowMs - TryAgainMs), ("forgotten", nowMs - ForgottenMs), ("now", nowMs));

    /// <summary>Takes the right to remove it, unless its answer has come meanwhile: from here on none is written into it.</summary>
    public static bool Claim(DatabaseTransaction transaction, PreviewRow row, long nowMs) =>
        transaction.Execute(
            """
            UPDATE previews SET state = 'removing', changed_ms = @now WHERE turn_id = @turn AND state = @state AND changed_ms = @changed
              AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.id = 'reply:' || previews.turn_id AND deliveries.ended_ms IS NULL)
            """,
            ("now", nowMs), ("turn", row.TurnId), ("state", row.State), ("changed", row.ChangedMs)) > 0;

    private static PreviewRow Map(DbDataReader row) => new(
        row.GetString(0), new DeliveryTarget(row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5)), row.GetString(6),
        row.IsDBNull(7) ? null : row.GetString(7), row.GetInt64(8), row.GetInt64(9));
}
