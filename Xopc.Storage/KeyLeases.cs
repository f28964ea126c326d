namespace Xopc.Storage;

/// <summary>Leases on keys, in the database they protect. All are steps of a caller's transaction.</summary>
public static class KeyLeases
{
    /// <summary>Takes the lease when it is free, expired, or already the owner's own (then the fence stays). Null: somebody else holds it.</summary>
    public static KeyLease? TryTake(DatabaseTransaction transaction, string key, string owner, long nowMs, TimeSpan duration)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        var untilMs = nowMs + (long)duration.TotalMilliseconds;
        return transaction.Scalar(
            """
            INSERT INTO key_leases (key, owner, fence, until_ms) VALUES (@key, @owner, 1, @until)
            ON CONFLICT (key) DO UPDATE SET
              fence = CASE WHEN key_leases.owner = excluded.owner THEN key_leases.fence ELSE key_leases.fence + 1 END,
              owner = excluded.owner, until_ms = excluded.until_ms
            WHERE key_leases.owner = excluded.owner OR key_leases.owner = '' OR key_leases.until_ms <= @now
            RETURNING fence
            """,
            ("key", key), ("owner", owner), ("until", untilMs), ("now", nowMs)) is long fence
            ? new KeyLease(key, owner, fence, untilMs)
            : null;
    }

    /// <summary>
    /// Takes the lease only when nobody holds it, the caller included: for owners that hold a key by a lane of their own and must not enter it twice, also not
    /// when the time of the first taking has run out (a suspended machine, a stepped clock). The fence always grows.
    /// </summary>
    public static KeyLease? TryTakeFree(DatabaseTransaction transaction, string key, string owner, long nowMs, TimeSpan duration)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        var untilMs = nowMs + (long)duration.TotalMilliseconds;
        return transaction.Scalar(
            """
            INSERT INTO key_leases (key, owner, fence, until_ms) VALUES (@key, @owner, 1, @until)
            ON CONFLICT (key) DO UPDATE SET fence = key_leases.fence + 1, owner = excluded.owner, until_ms = excluded.until_ms
            WHERE key_leases.owner = '' OR (key_leases.until_ms <= @now AND key_leases.owner <> excluded.owner)
            RETURNING fence
            """,
            ("key", key), ("owner", owner), ("until", untilMs), ("now", nowMs)) is long fence
            ? new KeyLease(key, owner, fence, untilMs)
            : null;
    }

    /// <summary>Throws <see cref="FencedException"/> unless the lease <see cref="Stands"/>.</summary>
    public static void Verify(DatabaseTransaction transaction, KeyLease lease)
    {
        if (!Stands(transaction, lease))
        {
            throw new FencedException(lease.Key);
        }
    }

    /// <summary>Verifies and gives the lease up, in one statement.</summary>
    public static void Release(DatabaseTransaction transaction, KeyLease lease)
    {
        // The row stays, so that the next taking goes on counting; until_ms stays as the time from which retention may take the row.
        var released = transaction.Execute(
            "UPDATE key_leases SET owner = '' WHERE key = @key AND owner = @owner AND fence = @fence",
            ("key", lease.Key), ("owner", lease.Owner), ("fence", lease.Fence));
        if (released == 0)
        {
            throw new FencedException(lease.Key);
        }
    }

    /// <summary>Extends every lease of the owner; the number extended.</summary>
    public static int RenewAll(DatabaseTransaction transaction, string owner, long untilMs)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        return transaction.Execute("UPDATE key_leases SET until_ms = @until WHERE owner = @owner", ("until", untilMs), ("owner", owner));
    }

    /// <summary>Key and fence of every lease that stands in the owner's name.</summary>
    public static List<(string Key, long Fence)> HeldBy(DatabaseReader reader, string owner) =>
        reader.Query("SELECT key, fence FROM key_leases WHERE owner = @owner", static row => (row.GetString(0), row.GetInt64(1)), ("owner", owner));

    /// <summary>Whether owner and fence still stand in the row (an expired but untaken lease still stands).</summary>
    public static bool Stands(DatabaseTransaction transaction, KeyLease lease) =>
        // With a single writer nobody can take the lease between this look and the commit; where writers run side by side (PostgreSQL) it has to lock the row.
        transaction.Scalar(
            "SELECT 1 FROM key_leases WHERE key = @key AND owner = @owner AND fence = @fence",
            ("key", lease.Key), ("owner", lease.Owner), ("fence", lease.Fence)) is not null;
}
