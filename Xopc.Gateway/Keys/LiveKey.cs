using Xopc.Gateway.Edge;

namespace Xopc.Gateway.Keys;

/// <summary>A key that is good now.</summary>
/// <param name="ended">Never disposed of: it has no timer, and a request may register with it while it ends.</param>
internal sealed class LiveKey(ApiKey key, byte[] hash, CancellationTokenSource ended)
{
    private long _usedMs;
    private long _takenMs;

    public ApiKey Key => key;

    public byte[] Hash => hash;

    public KnownCaller Caller { get; } = new(key.Principal, ended.Token);

    public DateTimeOffset? LastUse => Volatile.Read(ref _usedMs) is > 0 and var used ? DateTimeOffset.FromUnixTimeMilliseconds(used) : null;

    public void Use(DateTimeOffset now) => Volatile.Write(ref _usedMs, now.ToUnixTimeMilliseconds());

    /// <summary>The last use, unless it was taken before.</summary>
    public long? TakeUse()
    {
        var used = Volatile.Read(ref _usedMs);
        if (used == _takenMs)
        {
            return null;
        }

        _takenMs = used;
        return used;
    }

    public void End() => ended.Cancel();
}
