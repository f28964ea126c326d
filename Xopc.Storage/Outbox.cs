using System.Data.Common;
using Xopc.Contracts.Messages;

namespace Xopc.Storage;

/// <summary>A message waiting to be published, or published and not yet confirmed by its receiver.</summary>
public sealed record OutboxRow(long Seq, StreamMessage Message, long CreatedMs, long? PublishedMs);

/// <summary>The sender's table of messages: written in the transaction of the change that causes them, deleted when the receiver has confirmed acceptance.</summary>
public static class Outbox
{
    private const string Columns = "seq, id, stream, key, body, sender, principal_id, traceparent, created_ms, published_ms";

    /// <summary>Adds a message, once per id. After the commit <see cref="Database.OutboxCommitted"/> is raised.</summary>
    /// <exception cref="ArgumentException">The id is empty or longer than 200 characters.</exception>
    public static void Add(DatabaseTransaction transaction, StreamMessage message, long nowMs)
    {
        if (message.Id.Length is 0 or > 200)
        {
            throw new ArgumentException($"A message id has 1 to 200 characters, this one has {message.Id.Length}.", nameof(message));
        }

        transaction.Execute(
            """
            INSERT INTO outbox (id, stream, key, body, sender, principal_id, traceparent, created_ms)
            VALUES (@id, @stream, @key, @body, @sender, @principal, @traceparent, @now)
            ON CONFLICT (id) DO NOTHING
            """,
            ("id", message.Id), ("stream", message.Stream), ("key", message.Key), ("body", message.Body), ("sender", message.Sender),
            ("principal", message.PrincipalId), ("traceparent", message.TraceParent), ("now", nowMs));
        transaction.NoteOutbox();
    }

    /// <summary>Whether the row is there: its receiver has not confirmed it yet.</summary>
    public static bool Contains(DatabaseReader reader, string id) => reader.Scalar("SELECT 1 FROM outbox WHERE id = @id", ("id", id)) is not null;

    /// <summary>Unpublished rows, in order; within one key nothing after a row that is not yet published.</summary>
    public static List<OutboxRow> Unpublished(DatabaseReader reader, int limit)
    {
        // Stream by stream over one index: the rows of a stream that is full do not have to be stepped over to reach the others.
        var rows = new List<OutboxRow>();
        var stream = "";
        while (reader.Scalar(
            "SELECT stream FROM outbox WHERE published_ms IS NULL AND stream > @after ORDER BY stream LIMIT 1", ("after", stream)) is string next)
        {
            rows.AddRange(Unpublished(reader, next, limit));
            stream = next;
        }

        rows.Sort(static (a, b) => a.Seq.CompareTo(b.Seq));
        return rows.Count <= limit ? rows : rows[..limit];
    }

    /// <summary>The same for one stream: while another is at its length bound, this one goes on.</summary>
    public static List<OutboxRow> Unpublished(DatabaseReader reader, string stream, int limit) =>
        reader.Query(
            $"SELECT {Columns} FROM outbox WHERE published_ms IS NULL AND stream = @stream ORDER BY seq LIMIT @limit", Map, ("stream", stream), ("limit", limit));

    /// <summary>The id of the newest row of a key that its receiver has not confirmed; null when there is none among the newest <paramref name="among"/> rows.</summary>
    public static string? Newest(DatabaseReader reader, string stream, string key, int among) =>
        reader.Scalar(
            "SELECT id FROM (SELECT seq, id, stream, key FROM outbox ORDER BY seq DESC LIMIT @among) AS newest WHERE stream = @stream AND key = @key ORDER BY seq DESC LIMIT 1",
            ("among", among), ("stream", stream), ("key", key)) as string;

    public static void MarkPublished(DatabaseTransaction transaction, IReadOnlyList<long> seqs, long nowMs)
    {
        foreach (var seq in seqs)
        {
            transaction.Execute("UPDATE outbox SET published_ms = @now WHERE seq = @seq AND published_ms IS NULL", ("now", nowMs), ("seq", seq));
        }
    }

    /// <summary>The receiver has it: the row goes. Unknown ids are fine (a second receipt).</summary>
    public static void Confirm(DatabaseTransaction transaction, IReadOnlyList<string> messageIds)
    {
        foreach (var id in messageIds)
        {
            transaction.Execute("DELETE FROM outbox WHERE id = @id", ("id", id));
        }
    }

    /// <summary>Makes rows published before <paramref name="publishedBeforeMs"/> and still unconfirmed publishable again; how many.</summary>
    public static int Sweep(DatabaseTransaction transaction, long publishedBeforeMs, int limit)
    {
        var swept = transaction.Execute(
            """
            UPDATE outbox SET published_ms = NULL
            WHERE seq IN (SELECT seq FROM outbox WHERE published_ms IS NOT NULL AND published_ms < @before ORDER BY published_ms, seq LIMIT @limit)
            """,
            ("before", publishedBeforeMs), ("limit", limit));
        if (swept > 0)
        {
            transaction.NoteOutbox();
        }

        return swept;
    }

    private static OutboxRow Map(DbDataReader row) => new(
        row.GetInt64(0),
        new StreamMessage(
            row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<byte[]>(4), row.GetString(5), row.GetString(6),
            row.IsDBNull(7) ? null : row.GetString(7)),
        row.GetInt64(8), row.IsDBNull(9) ? null : row.GetInt64(9));
}
