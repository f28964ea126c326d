using System.Collections.Frozen;
using System.Security.Cryptography;
using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Keys;

/// <summary>
/// The keys that are good now, in memory: an immutable table that is swapped whole. A key that leaves it is cancelled, and everything it has open ends.
/// </summary>
internal sealed class LiveKeys(TimeProvider clock)
{
    private static readonly byte[] Nobody = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    private readonly Lock _gate = new();
    private volatile FrozenDictionary<string, LiveKey>? _keys;

    /// <summary>False until the database was read once: until then nobody can say whether a key is good.</summary>
    public bool IsKnown => _keys is not null;

    /// <summary>Null: nobody's. An unknown id costs the same hash and comparison as a wrong secret.</summary>
    public KnownCaller? Find(string? presented)
    {
        if (!ApiKeyText.TryRead(presented, out var id, out var secret))
        {
            return null;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        ApiKeyText.Hash(secret, digest);
        LiveKey? key = null;
        _keys?.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(id, out key);
        var matches = CryptographicOperations.FixedTimeEquals(digest, key?.Hash ?? Nobody);
        var now = clock.GetUtcNow();
        if (!matches || key is null || key.Key.ExpiresAt <= now)
        {
            return null;
        }

        key.Use(now);
        return key.Caller;
    }

    /// <summary>Takes over what the database says; keys that are still good keep what they have open.</summary>
    public void Replace(IReadOnlyList<(ApiKey Key, byte[] Hash)> good) => Swap(before => good.ToFrozenDictionary(
        row => row.Key.Id, row => before.TryGetValue(row.Key.Id, out var kept) ? kept : new LiveKey(row.Key, row.Hash, new CancellationTokenSource()), StringComparer.Ordinal));

    /// <summary>Ends a key at once, before the database is asked.</summary>
    public void End(string id)
    {
        if (_keys?.ContainsKey(id) is true)
        {
            Swap(before => before.Where(pair => pair.Key != id).ToFrozenDictionary(StringComparer.Ordinal));
        }
    }

    public void EndExpired()
    {
        var now = clock.GetUtcNow();
        foreach (var key in _keys?.Values ?? [])
        {
            if (key.Key.ExpiresAt <= now)
            {
                End(key.Key.Id);
            }
        }
    }

    /// <summary>Uses since the last call, for the database.</summary>
    public List<(string Id, long UsedMs)> TakeUses()
    {
        var uses = new List<(string, long)>();
        foreach (var key in _keys?.Values ?? [])
        {
            if (key.TakeUse() is { } usedMs)
            {
                uses.Add((key.Key.Id, usedMs));
            }
        }

        return uses;
    }

    /// <summary>When the key was used last as far as this process knows; null: not since it was read.</summary>
    public DateTimeOffset? LastUseOf(string id) => _keys?.GetValueOrDefault(id)?.LastUse;

    private void Swap(Func<FrozenDictionary<string, LiveKey>, FrozenDictionary<string, LiveKey>> change)
    {
        FrozenDictionary<string, LiveKey> before;
        FrozenDictionary<string, LiveKey> after;
        lock (_gate)
        {
            before = _keys ?? FrozenDictionary<string, LiveKey>.Empty;
            _keys = after = change(before);
        }

        // After the swap: what is ended here can no longer come in again.
        foreach (var (id, key) in before)
        {
            if (!after.ContainsKey(id))
            {
                key.End();
            }
        }
    }
}
