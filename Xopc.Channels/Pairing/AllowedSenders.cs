using Xopc.Storage;

namespace Xopc.Channels.Pairing;

/// <summary>Who was let in at run time: a row per account and sender. Effective are these and the configured ones together.</summary>
internal static class AllowedSenders
{
    public static bool Has(DatabaseReader reader, string channel, string accountId, string senderId) =>
        reader.Scalar(
            "SELECT 1 FROM allowed_senders WHERE channel = @channel AND account_id = @account AND sender_id = @sender",
            ("channel", channel), ("account", accountId), ("sender", senderId)) is not null;

    public static void Add(DatabaseTransaction transaction, PairingRequest request, string principalId, long nowMs) =>
        transaction.Execute(
            """
            INSERT INTO allowed_senders (channel, account_id, sender_id, name, principal_id, allowed_ms) VALUES (@channel, @account, @sender, @name, @principal, @now)
            ON CONFLICT (channel, account_id, sender_id) DO NOTHING
            """,
            ("channel", request.Channel), ("account", request.AccountId), ("sender", request.SenderId), ("name", request.Name), ("principal", principalId), ("now", nowMs));

    /// <summary>False: he was not in it.</summary>
    public static bool Remove(DatabaseTransaction transaction, string channel, string accountId, string senderId) =>
        transaction.Execute(
            "DELETE FROM allowed_senders WHERE channel = @channel AND account_id = @account AND sender_id = @sender",
            ("channel", channel), ("account", accountId), ("sender", senderId)) > 0;

    public static List<AllowedSender> List(DatabaseReader reader, string channel, string accountId) =>
        reader.Query(
            "SELECT sender_id, name, allowed_ms FROM allowed_senders WHERE channel = @channel AND account_id = @account ORDER BY allowed_ms LIMIT 10000",
            static row => new AllowedSender(row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))),
            ("channel", channel), ("account", accountId));
}

/// <summary>A sender who was let in at run time.</summary>
internal sealed record AllowedSender(string SenderId, string? Name, DateTimeOffset AllowedAt);
