using Xopc.Contracts.Messages;

namespace Xopc.Storage;

/// <summary>What became of a message offered to the inbox.</summary>
public enum AcceptOutcome
{
    /// <summary>A new row: make it visible in the same transaction.</summary>
    Accepted,

    /// <summary>The id is known: nothing to do, confirm it again.</summary>
    Duplicate,

    /// <summary>The key has as many unfinished rows as it may; nothing was written.</summary>
    KeyFull,
}

/// <summary>A unit of work. The inbox table is the queue: attempts and state live here, the stream only carried it.</summary>
/// <param name="Seq">Acceptance order within the database.</param>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>done</c>, <c>dead</c>.</param>
/// <param name="Attempt">How often it was started, this start included.</param>
public sealed record InboxRow(
    long Seq, string Id, string Stream, string Key, byte[] Body, string PrincipalId, string State, int Attempt, string? TraceParent, long AcceptedMs);

/// <summary>
/// The receiver's table of accepted messages. All are steps of a caller's transaction, so that accepting and completing commit together with their effects.
/// Work is claimed by key: whoever holds the key's lease works its rows in acceptance order, one at a time.
/// </summary>
public static class Inbox
{
    /// <summary>Inserts the row, once per id. <paramref name="keyCapacity"/> bounds the unfinished rows of one key.</summary>
    public static AcceptOutcome Accept(DatabaseTransaction transaction, StreamMessage message, int keyCapacity, long nowMs) => throw new NotImplementedException();

    /// <summary>
    /// Takes the oldest unfinished row of a leased key and charges an attempt. A row left <c>running</c> by a dead owner is returned too (its
    /// <see cref="InboxRow.Attempt"/> already counts the new start). Null: nothing to do.
    /// </summary>
    public static InboxRow? ClaimNext(DatabaseTransaction transaction, KeyLease lease) => throw new NotImplementedException();

    /// <summary>Marks a claimed row done. Throws <see cref="FencedException"/> when the lease is no longer the caller's.</summary>
    public static void Complete(DatabaseTransaction transaction, KeyLease lease, string id, long nowMs) => throw new NotImplementedException();

    /// <summary>Puts a claimed row back and takes its charge off: a graceful stop costs no attempt.</summary>
    public static void Return(DatabaseTransaction transaction, KeyLease lease, string id) => throw new NotImplementedException();

    /// <summary>Gives a row up: to the dead letters, with its reason; the key moves on.</summary>
    public static void Bury(DatabaseTransaction transaction, KeyLease lease, string id, string reason, long nowMs) => throw new NotImplementedException();

    /// <summary>Keys of a stream that have unfinished rows and no live lease: work for whoever takes them. Oldest first.</summary>
    public static List<string> IdleKeys(DatabaseReader reader, string stream, long nowMs, int limit) => throw new NotImplementedException();
}
