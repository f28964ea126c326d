using System.Globalization;
using Xopc.Storage;

namespace Xopc.Channels.Deliveries;

/// <summary>
/// What a peer is told about deliveries that became too old during an outage: one message that counts them, instead of all of them hours late. It stands behind
/// them in the order, and a digest that is waiting takes the next one in.
/// </summary>
internal static class ExpiryDigest
{
    private const string Prefix = "digest:";
    private static readonly TimeSpan NotAfter = TimeSpan.FromHours(24);

    /// <summary>A step of the transaction that expires <paramref name="expired"/>. A digest that itself became too old is told by nobody.</summary>
    public static void Note(DatabaseTransaction transaction, Delivery expired, long nowMs)
    {
        if (expired.Id.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return;
        }

        var waiting = transaction.Scalar(
            "SELECT id FROM deliveries WHERE key = @key AND ended_ms IS NULL AND state = 'queued' AND id LIKE 'digest:%' ORDER BY seq DESC LIMIT 1", ("key", expired.Key)) as string;
        if (waiting is not null)
        {
            // The count stands in the text's first word.
            var text = (string)transaction.Scalar("SELECT text FROM deliveries WHERE id = @id", ("id", waiting))!;
            var count = int.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture) + 1;
            transaction.Execute("UPDATE deliveries SET text = @text WHERE id = @id", ("text", Text(count)), ("id", waiting));
            return;
        }

        var notAfterMs = nowMs + (long)NotAfter.TotalMilliseconds;
        var digest = new NewDelivery(Prefix + expired.Id, expired.Target, Text(1), expired.PrincipalId, notAfterMs, expired.SessionKey, TraceParent: expired.TraceParent)
        {
            Key = expired.Key,
        };
        DeliveryLedger.Add(transaction, digest, nowMs);
    }

    private static string Text(int count) => count == 1
        ? "1 message could not be delivered in time and was not sent. It is kept in the conversation; ask again if you still need it."
        : $"{count.ToString(CultureInfo.InvariantCulture)} messages could not be delivered in time and were not sent. They are kept in the conversation; ask again if you still need them.";
}
