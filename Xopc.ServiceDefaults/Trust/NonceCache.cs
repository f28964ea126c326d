using System.Buffers.Binary;
using System.Buffers.Text;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>
/// Remembers each nonce exactly as long as its signature would be accepted, in buckets of ten seconds of signing time. When it is full, requests are
/// refused rather than nonces forgotten: 524,288 are 8,700 requests a second for a minute, and about 15 MB.
/// </summary>
internal sealed class NonceCache(TimeSpan skew, int capacity = 512 * 1024)
{
    private const long BucketMilliseconds = 10_000;
    private readonly Dictionary<long, HashSet<UInt128>> _buckets = [];
    private readonly Lock _gate = new();
    private long _oldest = long.MinValue;
    private int _count;

    public SignatureFault Add(ReadOnlySpan<char> nonce, long signedAt, long now)
    {
        if (!TryRead(nonce, out var value))
        {
            return SignatureFault.Malformed;
        }

        lock (_gate)
        {
            Forget(now);
            if (_count >= capacity)
            {
                return SignatureFault.TooManyRequests;
            }

            var bucket = signedAt / BucketMilliseconds;
            if (!_buckets.TryGetValue(bucket, out var nonces))
            {
                _buckets[bucket] = nonces = [];
            }

            if (!nonces.Add(value))
            {
                return SignatureFault.Replayed;
            }

            _count++;
            return SignatureFault.None;
        }
    }

    private void Forget(long now)
    {
        var oldest = (now - (long)skew.TotalMilliseconds) / BucketMilliseconds;
        if (oldest <= _oldest)
        {
            return;
        }

        _oldest = oldest;
        foreach (var bucket in _buckets.Keys.Where(b => b < oldest).ToArray())
        {
            _count -= _buckets[bucket].Count;
            _buckets.Remove(bucket);
        }
    }

    private static bool TryRead(ReadOnlySpan<char> nonce, out UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[SignedPrincipal.NonceBytes];
        var read = Base64Url.IsValid(nonce, out var length) && length == bytes.Length && Base64Url.TryDecodeFromChars(nonce, bytes, out _);
        value = read ? BinaryPrimitives.ReadUInt128LittleEndian(bytes) : default;
        return read;
    }
}
