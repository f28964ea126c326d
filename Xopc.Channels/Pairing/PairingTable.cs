using System.Data.Common;
using System.Security.Cryptography;
using Xopc.Storage;

namespace Xopc.Channels.Pairing;

/// <summary>What became of a stranger's message.</summary>
internal enum PairingOutcome
{
    /// <summary>He has a new code, which he is to be shown.</summary>
    Asked,

    /// <summary>He has one already and was told: nothing is said again.</summary>
    Waiting,

    /// <summary>As many as may be are waiting: he gets no code and no word.</summary>
    Full,
}

/// <summary>The steps of the table <c>pairing</c>. What is over time is not there, whenever it is asked.</summary>
internal static class PairingTable
{
    public const int MaxPending = 3;
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(60);

    // Without I and O, 0 and 1: people read it aloud. 32^8 is 10^12; an hour and three at a time leave nothing to guess.
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const string Columns = "channel, account_id, sender_id, code, name, created_ms, seen_ms, expires_ms";

    public static (PairingOutcome Outcome, PairingRequest? Request) Ask(
        DatabaseTransaction transaction, string channel, string accountId, string senderId, string? name, long nowMs)
    {
        transaction.Execute("DELETE FROM pairing WHERE expires_ms <= @now", ("now", nowMs));
        if (transaction.QueryFirst(
            $"UPDATE pairing SET seen_ms = @now WHERE channel = @channel AND account_id = @account AND sender_id = @sender RETURNING {Columns}",
            Map, ("now", nowMs), ("channel", channel), ("account", accountId), ("sender", senderId)) is { } known)
        {
            return (PairingOutcome.Waiting, known);
        }

        var waiting = List(transaction, channel, accountId, nowMs);
        if (waiting.Count >= MaxPending)
        {
            return (PairingOutcome.Full, null);
        }

        string code;
        do
        {
            code = RandomNumberGenerator.GetString(Alphabet, 8);
        }
        while (waiting.Exists(other => other.Code == code));

        var request = new PairingRequest(channel, accountId, senderId, code, name, nowMs, nowMs, nowMs + (long)Lifetime.TotalMilliseconds);
        transaction.Execute(
            $"INSERT INTO pairing ({Columns}) VALUES (@channel, @account, @sender, @code, @name, @now, @now, @expires)",
            ("channel", channel), ("account", accountId), ("sender", senderId), ("code", code), ("name", name), ("now", nowMs), ("expires", request.ExpiresMs));
        return (PairingOutcome.Asked, request);
    }

    /// <summary>Takes a request by its code, in any letter case, or by its sender. Null: there is none.</summary>
    public static PairingRequest? Take(DatabaseTransaction transaction, string channel, string accountId, string? code, string? senderId, long nowMs) =>
        transaction.QueryFirst(
            $"""
            DELETE FROM pairing WHERE channel = @channel AND account_id = @account AND expires_ms > @now AND (code = @code OR sender_id = @sender) RETURNING {Columns}
            """,
            Map, ("channel", channel), ("account", accountId), ("now", nowMs), ("code", code?.Trim().ToUpperInvariant()), ("sender", senderId));

    public static List<PairingRequest> List(DatabaseReader reader, string channel, string accountId, long nowMs) =>
        reader.Query(
            $"SELECT {Columns} FROM pairing WHERE channel = @channel AND account_id = @account AND expires_ms > @now ORDER BY created_ms",
            Map, ("channel", channel), ("account", accountId), ("now", nowMs));

    private static PairingRequest Map(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7));
}
