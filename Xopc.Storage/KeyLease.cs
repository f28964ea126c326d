namespace Xopc.Storage;

/// <summary>The right to work on one key. <see cref="Fence"/> grows with every taking, so that an owner who slept through a takeover can commit nothing.</summary>
/// <param name="Key">The unit of order, for example a session key.</param>
/// <param name="Owner">The process that holds it: unique per start.</param>
/// <param name="Fence">The number of this taking.</param>
/// <param name="UntilMs">Unix milliseconds at which others may take it, unless renewed.</param>
public sealed record KeyLease(string Key, string Owner, long Fence, long UntilMs);

/// <summary>The lease was taken over meanwhile; nothing of this write happened.</summary>
public sealed class FencedException(string key) : Exception($"The lease on '{key}' was taken over; nothing was written.");

/// <summary>Leases on keys, in the database they protect. All are steps of a caller's transaction.</summary>
public static class KeyLeases
{
    /// <summary>Takes the lease when it is free, expired, or already the owner's own (then the fence stays). Null: somebody else holds it.</summary>
    public static KeyLease? TryTake(DatabaseTransaction transaction, string key, string owner, long nowMs, TimeSpan duration) => throw new NotImplementedException();

    public static KeyLease? TryTakeFree(DatabaseTransaction transaction, string key, string owner, long nowMs, TimeSpan duration) => throw new NotImplementedException();

    /// <summary>Throws <see cref="FencedException"/> unless owner and fence still stand in the row (an expired but untaken lease still stands).</summary>
    public static void Verify(DatabaseTransaction transaction, KeyLease lease) => throw new NotImplementedException();

    /// <summary>Verifies and gives the lease up, in one statement.</summary>
    public static void Release(DatabaseTransaction transaction, KeyLease lease) => throw new NotImplementedException();

    /// <summary>Extends every lease of the owner; the number extended.</summary>
    public static int RenewAll(DatabaseTransaction transaction, string owner, long untilMs) => throw new NotImplementedException();
}
