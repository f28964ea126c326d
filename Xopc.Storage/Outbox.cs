using Xopc.Contracts.Messages;

namespace Xopc.Storage;

/// <summary>A message waiting to be published, or published and not yet confirmed by its receiver.</summary>
public sealed record OutboxRow(long Seq, StreamMessage Message, long CreatedMs, long? PublishedMs);

/// <summary>The sender's table of messages: written in the transaction of the change that causes them, deleted when the receiver has confirmed acceptance.</summary>
public static class Outbox
{
    /// <summary>Adds a message, once per id.</summary>
    public static void Add(DatabaseTransaction transaction, StreamMessage message, long nowMs) => throw new NotImplementedException();

    /// <summary>Unpublished rows, in order; within one key nothing after a row that is not yet published.</summary>
    public static List<OutboxRow> Unpublished(DatabaseReader reader, int limit) => throw new NotImplementedException();

    public static void MarkPublished(DatabaseTransaction transaction, IReadOnlyList<long> seqs, long nowMs) => throw new NotImplementedException();

    /// <summary>The receiver has it: the row goes. Unknown ids are fine (a second receipt).</summary>
    public static void Confirm(DatabaseTransaction transaction, IReadOnlyList<string> messageIds) => throw new NotImplementedException();

    /// <summary>Makes rows published before <paramref name="publishedBeforeMs"/> and still unconfirmed publishable again; how many.</summary>
    public static int Sweep(DatabaseTransaction transaction, long publishedBeforeMs, int limit) => throw new NotImplementedException();
}
